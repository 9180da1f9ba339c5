"""Program that prints counts and progress on Spark Connect as one line of JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ppf_core.batch import Write
from ppf_core.config import CheckpointConfig
from ppf_core.runner import CompositeHooks, NoOpHooks, ProgressPace, SimplePipelineRunner
from ppf_core.session import SparkSessionWrapper
from tests.support.pipelines import pipeline, step

if TYPE_CHECKING:
    from ppf_core.session import JobProgress


class Progress(NoOpHooks):
    """A hook that records the progress of components."""

    progress_pace = ProgressPace(0.2, 0.2)

    def __init__(self) -> None:
        self.records: list[Any] = []

    def on_component_progress(self, config: Any, progress: JobProgress, elapsed_ms: int) -> None:
        """Record it."""
        self.records.append(asdict(progress))


def main(address: str, folder: str) -> None:
    """Write plainly, then with counts, then materialise, then work for a while."""
    from pyspark.sql import SparkSession

    spark: Any = SparkSession.builder.remote(address).getOrCreate()
    report: dict[str, Any] = {}
    for name, frame in {"rows": spark.range(0, 1000, 1, 3), "none": spark.range(5).where("id < 0")}.items():
        spark.addTag(f"plain-{name}")
        frame.write.parquet(f"{folder}/plain-{name}")
        spark.clearTags()
        frame.createOrReplaceTempView("v")
        sink = Write.from_config({"view": "v", "format": "parquet", "path": f"{folder}/{name}"})
        sink.set_spark_session(spark)
        spark.addTag(f"counted-{name}")
        sink.run()
        spark.clearTags()
        (count,) = sink.data_counts()
        report[name] = [count.rows, count.bytes, spark.read.parquet(f"{folder}/{name}").count()]
    wrapper = SparkSessionWrapper()
    wrapper.set_spark_session(spark)
    hook = Progress()
    work = "SELECT sum(hash(id)) AS a FROM range(0, 200000000, 1, 8)"
    config = pipeline(
        step("maker", cls="Views", config={"make": {"made": work}}, outputs=["made"]),
        checkpoint=CheckpointConfig(root=folder, materialize=True, keep=True),
    )
    result = SimplePipelineRunner(config, wrapper, hooks=CompositeHooks(hook), run_id="r").run()
    report["failed"] = [str(error) for _, error in result.failed_components]
    report["made"] = [
        [count.rows, count.bytes] for component in result.component_results for count in component.counts
    ]
    report["progress"] = hook.records
    report["handlers left"] = len(spark.client._progress_handlers)
    sys.stdout.write(json.dumps(report) + "\n")
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
