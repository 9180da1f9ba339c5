"""Rows, and how far a component is, on Spark Connect; the server's event log says how many jobs that took."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dev.connect_server import ConnectServer

pytestmark = [pytest.mark.spark, pytest.mark.slow]

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the report of the process, and a function that counts the server's jobs under a tag."""
    events, folder = tmp_path_factory.mktemp("events"), tmp_path_factory.mktemp("data")
    conf = {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": str(events),
        "spark.eventLog.rolling.enabled": "false",
        "spark.eventLog.compress": "false",
        "spark.connect.progress.reportInterval": "100ms",
    }
    env = {**os.environ, "PYTHONPATH": str(CHECKOUT), "SPARK_LOCAL_IP": "127.0.0.1"}
    with ConnectServer(tmp_path_factory.mktemp("connect"), conf=conf) as server:
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.connect_counts_program", server.address, str(folder)],
            env=env,
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
    assert done.returncode == 0, done.stderr
    (log,) = events.iterdir()
    starts = [line for line in log.read_text().splitlines() if '"SparkListenerJobStart"' in line]
    tags = [json.loads(line)["Properties"].get("spark.job.tags", "") for line in starts]
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**answer, "jobs": lambda tag: sum(f"Tag_{tag}" in each for each in tags)}


@pytest.mark.parametrize("name", ["rows", "none"])
def test_rows_are_counted_as_reading_them_counts_and_with_no_further_job(
    report: dict[str, Any], name: str
) -> None:
    rows, size, read = report[name]
    assert (rows, size) == (read, None)
    assert report["jobs"](f"counted-{name}") == report["jobs"](f"plain-{name}")
    assert report["jobs"]("plain-rows") > 0


def test_a_materialized_view_is_counted(report: dict[str, Any]) -> None:
    assert report["failed"] == []
    ((rows, size),) = report["made"]
    assert rows == 1
    assert size > 0


def test_stages_and_tasks_are_reported_and_nothing_is_left_in_the_session(report: dict[str, Any]) -> None:
    last = report["progress"][-1]
    assert 0 < last["tasks_done"] <= last["tasks"]
    assert last["tasks"] >= 8
    assert last["rows_read"] is None
    assert report["handlers left"] == 0
