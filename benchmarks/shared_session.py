"""Start-up of a component's task with a local Spark, and in a Spark Connect session that tasks share.

In turn and each in its own process: with a local Spark, which reads the views of the upstream task from Parquet, and in
a shared session of a Spark Connect server, which has those views already. Measured is a run of one component: from its
start until the component is called, with PySpark imported, a session started and all views defined; and until the
component's first query, over one of the views, is answered.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from dev.connect_server import ConnectServer
from ppf_core.component import DataFlow
from ppf_core.config import CheckpointConfig, ComponentConfig, ComponentType, PipelineConfig, SparkConfig
from ppf_core.runner import (
    CompletedComponents,
    PartialRun,
    RunKey,
    RunOptions,
    SelectedComponents,
    SimplePipelineRunner,
    checkpoint_store_at,
    load_checkpoint_for_resume,
)
from ppf_core.session import SharedSession, SparkSessionWrapper

__all__ = ["Asks", "Makes", "main"]

CHECKOUT = Path(__file__).parent.parent
VIEWS = ("a", "b", "c")


class Makes(DataFlow):
    """A component that makes the views."""

    def run(self) -> None:
        """Make the views."""
        for view in VIEWS:
            self.spark.range(1000).createOrReplaceTempView(view)


class Asks(DataFlow):
    """A component that makes one query."""

    times: tuple[float, float] = (0.0, 0.0)

    def run(self) -> None:
        """Measure when the query is made and when it is answered."""
        began = time.perf_counter()
        self.spark.table(VIEWS[0]).groupBy().sum("id").collect()
        Asks.times = began, time.perf_counter()


def main(rounds: int = 9) -> None:
    """Measure `rounds` rounds after a warm-up round, and print medians."""
    with tempfile.TemporaryDirectory() as temporary, ConnectServer(Path(temporary) / "server") as server:
        folder = Path(temporary)
        addresses = {"local": "local[2]", "shared": server.address}
        for name, where in addresses.items():
            _task(folder / name, where, "makes")
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in addresses}
        for turn in range(rounds + 1):
            for name, where in addresses.items():
                times = _task(folder / name, where, "asks")
                if turn:
                    taken[name].append(times)
    print(f"seconds, medians of {rounds:<12} until it is called  until its first answer")
    for name, rows in taken.items():
        called, answered = (median(values) for values in zip(*rows, strict=True))
        print(f"{name:32} {called:18.2f}  {answered:22.2f}")
    for which, what in enumerate(("until it is called", "until its first answer")):
        local, shared = (median(row[which] for row in taken[name]) for name in addresses)
        print(
            f"local / shared, {what}: {local / shared:.1f} (target: at least 4, at most 1.5 s where it is shared)"
        )


def _task(folder: Path, where: str, component: str) -> tuple[float, float]:
    env = {
        **os.environ,
        "PYTHONPATH": str(CHECKOUT),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }
    command = [sys.executable, "-m", "benchmarks.shared_session", str(folder), where, component]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    called, answered = json.loads(done.stdout.splitlines()[-1])
    return called, answered


def _run(folder: Path, where: str, component: str) -> None:
    """Run the task, in its own process."""
    from benchmarks import shared_session

    connect = where.startswith("sc://")
    config = PipelineConfig(
        "p",
        "1",
        SparkConfig("p", connect_string=where) if connect else SparkConfig("p", master=where),
        [
            _component("makes", "Makes", materialize=not connect),
            _component("asks", "Asks", depends_on=["makes"]),
        ],
        checkpoint=CheckpointConfig(str(folder), keep=True),
    )
    store = checkpoint_store_at(str(folder))
    before = component == "asks"
    elsewhere = load_checkpoint_for_resume(store, "r", config) if before else CompletedComponents()
    session = SparkSessionWrapper(config.spark, shared=SharedSession(["benchmark"]) if connect else None)
    began = time.perf_counter()
    result = SimplePipelineRunner(
        config,
        session,
        run_id="r",
        checkpoint_store=None if before else store,
        options=RunOptions(
            scope=("benchmark",),
            part=PartialRun(
                RunKey(("benchmark",), "p", "r"), SelectedComponents(frozenset([component])), elsewhere
            ),
        ),
    ).run()
    session.stop()
    if result.failed_components:
        raise SystemExit(str(result.failed_components))
    if before and not any(entry.restored for entry in result.component_results):
        raise SystemExit("the views were not restored")
    called, answered = (at - began for at in shared_session.Asks.times)
    print(json.dumps([called, answered]))


def _component(name: str, class_name: str, **more: Any) -> ComponentConfig:
    kind = ComponentType.SOURCE if name == "makes" else ComponentType.TRANSFORMATION
    return ComponentConfig(name, kind, f"benchmarks.shared_session.{class_name}", **more)


if __name__ == "__main__":
    _run(Path(sys.argv[1]), *sys.argv[2:])
