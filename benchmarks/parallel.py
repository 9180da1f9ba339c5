"""Gain of `execution.max_parallel`: four components that wait, and two that compute, on one local Spark.

Each pipeline runs with one slot and with as many as it has branches, in turn, in one warm session with fair scheduling.
Waiting happens inside Spark tasks, which hold one of Spark's slots meanwhile; each computation is one Spark task, so it
cannot use more than one core.
"""

from __future__ import annotations

import os
import time
from statistics import median

from ppf_core.component import DataFlow
from ppf_core.config import ComponentConfig, ComponentType, PipelineConfig, SparkConfig
from ppf_core.runner import RunOptions, SimplePipelineRunner
from ppf_core.session import SparkSessionWrapper

__all__ = ["Compute", "Wait", "main"]


class Wait(DataFlow):
    """Waits in one Spark task."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def run(self) -> None:
        """Wait."""
        seconds = self.seconds
        self.spark.sparkContext.parallelize([0], 1).foreach(lambda _: time.sleep(seconds))


class Compute(DataFlow):
    """Hashes numbers in one Spark task."""

    def __init__(self, rows: int) -> None:
        self.rows = rows

    def run(self) -> None:
        """Compute."""
        self.spark.range(0, self.rows, 1, 1).selectExpr("max(sha2(string(id), 256))").collect()


def main(rounds: int = 5) -> None:
    """Measure `rounds` times after a warm-up; print medians, all times, and the machine's load."""
    print(f"{os.cpu_count()} cores, load average before: {_load()}")
    spark = SparkConfig("parallel", master="local[4]", spark_conf={"spark.ui.enabled": False})
    with SparkSessionWrapper(spark, fair_scheduling=True) as session:
        waiting, longest = _pipeline(spark, "Wait", 4, seconds=2.0), _pipeline(spark, "Wait", 1, seconds=2.0)
        computing = _pipeline(spark, "Compute", 2, rows=6_000_000)
        cases = {
            "one that waits 2 s": (longest, 1),
            "four that wait 2 s, 4 slots": (waiting, 4),
            "two that compute, 1 slot": (computing, 1),
            "two that compute, 2 slots": (computing, 2),
        }
        taken: dict[str, list[float]] = {name: [] for name in cases}
        for number in range(rounds + 1):
            for name, (config, slots) in cases.items():
                seconds = _seconds(config, session, slots)
                if number:
                    taken[name].append(seconds)
    for name, times in taken.items():
        print(f"{name:28} {median(times):6.2f} s   ({', '.join(f'{seconds:.2f}' for seconds in times)})")
    single, four, serial, both = (median(times) for times in taken.values())
    print(f"waiting:   {four / single:.2f} times the longest   (target: at most 1.15)")
    print(f"computing: {serial / both:.2f} times faster        (target: at least 1.6)")
    print(f"load average after: {_load()}")


def _pipeline(spark: SparkConfig, cls: str, count: int, **config: float) -> PipelineConfig:
    components = [
        ComponentConfig(
            f"{cls}{number}", ComponentType.TRANSFORMATION, f"benchmarks.parallel.{cls}", config=dict(config)
        )
        for number in range(count)
    ]
    return PipelineConfig("parallel", "1", spark, components)


def _seconds(config: PipelineConfig, session: SparkSessionWrapper, slots: int) -> float:
    runner = SimplePipelineRunner(config, spark_wrapper=session, options=RunOptions(max_parallel=slots))
    began = time.perf_counter()
    result = runner.run()
    seconds = time.perf_counter() - began
    if result.failed_components:
        raise SystemExit(f"a component failed: {result.failed_components}")
    return seconds


def _load() -> str:
    return ", ".join(f"{load:.1f}" for load in os.getloadavg())


if __name__ == "__main__":
    main()
