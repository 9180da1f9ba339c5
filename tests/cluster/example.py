"""The example pipeline, as tests run it in processes of their own."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tests.spark.nyc_flights_reference import assert_same_results, expected_results, written_results

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
"""One of its last components."""

_PREPARE = """
unpack_tables read_flights read_weather read_planes read_airports read_airlines
clean_flights clean_weather flights_with_weather fleets
"""
_RESULTS = """
delays_per_carrier delays_per_hour top_destinations
write_delays_per_carrier write_delays_per_hour write_top_destinations
"""


def by_component(spark: str, **airflow: object) -> str:
    """The pipeline with such a block `spark`, whose DAG has a task for each component."""
    settings = "\n".join(f"  {name} = {json.dumps(value)}" for name, value in airflow.items())
    return (
        f'include "{EXAMPLES}/pipelines/nyc_flights.conf"\n'
        f"spark {{ {spark} }}\n"
        f"airflow {{\n  granularity = component\n{settings}\n}}\n"
    )


def by_groups(spark: str, **airflow: object) -> str:
    """The same with four tasks: `prepare`, `results`, `publish_report` and `pipeline_end`."""
    return by_component(spark, groups={"prepare": _PREPARE.split(), "results": _RESULTS.split()}, **airflow)


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
