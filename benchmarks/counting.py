"""Cost of counting rows in a write, and of polling the progress of Spark jobs.

First the same rows are written with and without a `RowCounter`, in turn. Then the jobs of a tag are polled: while a job
runs, and after a hundred others of that tag have ended. Last, runs of a component that does nothing, with and without a
hook for progress.
"""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from ppf_core.component import PipelineComponent, RowCounter
from ppf_core.config import ComponentConfig, ComponentType, PipelineConfig, SparkConfig
from ppf_core.runner import NoOpHooks, SimplePipelineRunner
from ppf_core.session import SparkSessionWrapper

if TYPE_CHECKING:
    from ppf_core.session import JobProgress, JobWatch

__all__ = ["Nothing", "main"]


class Nothing(PipelineComponent):
    """A component that does nothing."""

    def run(self) -> None:
        """Do nothing."""


class Listening(NoOpHooks):
    """A hook for progress."""

    def on_component_progress(self, config: ComponentConfig, progress: JobProgress, elapsed_ms: int) -> None:
        """Do nothing."""


def main(pairs: int = 5, rows: int = 10_000_000, ended_jobs: int = 100, runs: int = 200) -> None:
    """Print the figures, each with its target."""
    settings = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
    config = SparkConfig("counting", master="local[2]", spark_conf=settings)
    with tempfile.TemporaryDirectory() as temporary, SparkSessionWrapper(config) as session:
        _writing(session, Path(temporary), pairs, rows)
        _looking(session, ended_jobs, rows)
    _watching(config, runs)


def _writing(session: SparkSessionWrapper, folder: Path, pairs: int, rows: int) -> None:
    taken: dict[str, list[float]] = {"plain": [], "counted": []}
    frame = session.spark.sql(
        "SELECT id, id % 1000 AS k, rand(7) AS r, cast(id AS STRING) AS s, "  # noqa: S608 - a number
        f"timestamp_seconds(1700000000 + id % 86400) AS t FROM range({rows})"
    )
    for pair in range(pairs + 1):
        # The order alternates, so that neither always has the warmer machine.
        for kind in ("plain", "counted") if pair % 2 else ("counted", "plain"):
            counter = RowCounter()
            began = time.perf_counter()
            written = counter.watch(frame) if kind == "counted" else frame
            written.write.mode("overwrite").parquet(str(folder / kind))
            counted = counter.rows
            if pair:  # the first pair is for warming up
                taken[kind].append(time.perf_counter() - began)
            assert counted == (rows if kind == "counted" else None)  # noqa: S101 - else nothing was measured
    plain, counted_s = median(taken["plain"]), median(taken["counted"])
    print(f"write of {rows} rows: plain {plain:.2f} s, counted {counted_s:.2f} s", end="; ")
    print(f"ratio {counted_s / plain:.3f} (target: at most 1.05)")


def _looking(session: SparkSessionWrapper, ended_jobs: int, rows: int) -> None:
    jobs = session.watch_jobs()

    def work() -> None:
        with session.job_tag("watched"):
            session.spark.sql(f"SELECT sum(hash(id)) FROM range(0, {rows * 100}, 1, 200)").collect()  # noqa: S608 - a number

    thread = threading.Thread(target=work)
    thread.start()
    looks = []
    while thread.is_alive():
        looks.append(_look(jobs))
        time.sleep(0.05)
    thread.join()
    print(f"a look while a job runs: {median(looks):.1f} ms ({len(looks)} looks; target: at most 10)")
    with session.job_tag("watched"):
        for _job in range(ended_jobs):
            session.spark.range(1).collect()
    first, later = _look(jobs), median(_look(jobs) for _ in range(20))
    print(f"when {ended_jobs} jobs have ended: first look {first:.1f} ms, later looks {later:.1f} ms")


def _look(jobs: JobWatch) -> float:
    began = time.perf_counter()
    jobs.progress("watched")
    return (time.perf_counter() - began) * 1000


def _watching(spark: SparkConfig, runs: int) -> None:
    component = ComponentConfig("nothing", ComponentType.TRANSFORMATION, "benchmarks.counting.Nothing")
    config = PipelineConfig("p", "1", spark, [component])
    taken: dict[str, list[float]] = {"unwatched": [], "watched": []}
    for _run in range(runs):
        for kind, hooks in (("unwatched", NoOpHooks()), ("watched", Listening())):
            began = time.perf_counter()
            SimplePipelineRunner(config, hooks=hooks).run()
            taken[kind].append((time.perf_counter() - began) * 1000)
    unwatched, watched = median(taken["unwatched"]), median(taken["watched"])
    print(f"a run that does nothing: {unwatched:.2f} ms, watched {watched:.2f} ms")


if __name__ == "__main__":
    main()
