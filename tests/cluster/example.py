"""The example pipeline, as tests run it in processes of their own."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tests.spark.nyc_flights_reference import assert_same_results, expected_results, written_results

__all__ = ["CHECKOUT", "EXAMPLES", "LATE", "assert_right_results", "environment", "killing_hooks"]

CHECKOUT = Path(__file__).parents[2]
EXAMPLES = CHECKOUT / "example_dags"
LATE = "write_delays_per_hour"
"""One of its last components."""


def environment(folder: Path) -> dict[str, str]:
    """Of a process that runs it, with its data in `folder`."""
    return {
        **os.environ,
        "NYC_FLIGHTS_DIR": str(folder / "data"),
        "PYTHONPATH": os.pathsep.join([str(EXAMPLES), str(CHECKOUT)]),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def killing_hooks(component: str | None, pid: int | None) -> str:
    """What `hooks.custom` has: before that component begins the process kills itself, or `pid`; nothing for None."""
    if component is None:
        return "[]"
    config = {"component": component, "pid": pid}
    return json.dumps([{"class_path": "tests.cluster.killers.KillBefore", "config": config}])


def assert_right_results(folder: Path) -> None:
    """The files are what pandas makes of the same tables."""
    assert_same_results(
        written_results(folder / "data" / "results"), expected_results(folder / "data" / "tables")
    )
