"""The NYC flights example, run by tests in separate processes."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tests.support.nyc_flights_reference import assert_same_results, expected_results, written_results

__all__ = [
    "CHECKOUT",
    "EXAMPLES",
    "LATE",
    "assert_right_results",
    "by_component",
    "by_groups",
    "environment",
    "killing_hooks",
]

CHECKOUT = Path(__file__).parents[2]
EXAMPLES = CHECKOUT / "example_dags"
LATE = "write_delays_per_hour"
"""Name of one of the last components."""

_PREPARE = """
unpack_tables read_flights read_weather read_planes read_airports read_airlines
clean_flights clean_weather flights_with_weather fleets
"""
_RESULTS = """
delays_per_carrier delays_per_hour top_destinations
write_delays_per_carrier write_delays_per_hour write_top_destinations
"""


def by_component(spark: str, **airflow: object) -> str:
    """Return the text of the pipeline with this block `spark`, and a task for each component."""
    settings = "\n".join(f"  {name} = {json.dumps(value)}" for name, value in airflow.items())
    return (
        f'include "{EXAMPLES}/pipelines/nyc_flights.conf"\n'
        f"spark {{ {spark} }}\n"
        f"airflow {{\n  granularity = component\n{settings}\n}}\n"
    )


def by_groups(spark: str, **airflow: object) -> str:
    """Return the same text for four tasks: `prepare`, `results`, `publish_report` and `pipeline_end`."""
    return by_component(spark, groups={"prepare": _PREPARE.split(), "results": _RESULTS.split()}, **airflow)


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a process that runs it, with its data in `folder`."""
    return {
        **os.environ,
        "NYC_FLIGHTS_DIR": str(folder / "data"),
        "PYTHONPATH": os.pathsep.join([str(EXAMPLES), str(CHECKOUT)]),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def killing_hooks(component: str | None, pid: int | None) -> str:
    """Return `hooks.custom` that kills `pid`, or the own process, before the component; none without a component."""
    if component is None:
        return "[]"
    config = {"component": component, "pid": pid}
    return json.dumps([{"class_path": "tests.support.killing_hooks.KillBefore", "config": config}])


def assert_right_results(folder: Path) -> None:
    """Check that the files hold what pandas computes from the same tables."""
    assert_same_results(
        written_results(folder / "data" / "results"), expected_results(folder / "data" / "tables")
    )
