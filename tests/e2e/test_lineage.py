"""OpenLineage events of a pipeline in a real Airflow."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dev.local_airflow import LocalAirflow
from dev.waiting import wait_until
from tests.support.ledger_run import LedgerRun, starts

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.spark]


def emitted_events(airflow: LocalAirflow) -> list[dict[str, Any]]:
    """Return the events of the pipeline's task, once its success is among them."""

    def events() -> list[dict[str, Any]] | None:
        file = airflow.home / "lineage.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        emitted = [
            each for each in map(json.loads, lines) if each["job"]["name"] == "ledger_lineage.pipeline"
        ]
        return emitted if any(each["eventType"] == "COMPLETE" for each in emitted) else None

    return wait_until(events, "the event of the task's success")


@starts("ledger_lineage", times=1)
def test_tries_that_fail_and_that_succeed_report_what_they_have_read_and_written(
    airflow: LocalAirflow, ledger: LedgerRun
) -> None:
    ledger.wait_for("success")

    events = emitted_events(airflow)
    assert [each["eventType"] for each in events] == ["START", "FAIL", "START", "COMPLETE"]
    _, failed, _, succeeded = events
    for event in (failed, succeeded):
        (read,) = event["inputs"]
        assert (read["namespace"], read["name"]) == ("file", str(ledger.sales))
        columns = {field["name"]: field["type"] for field in read["facets"]["schema"]["fields"]}
        assert columns == {"shop": "string", "cents": "bigint"}
    assert failed["outputs"] == []
    (written,) = succeeded["outputs"]
    assert (written["namespace"], written["name"]) == ("file", str(ledger.folder / "sales"))
    assert written["outputFacets"]["outputStatistics"]["rowCount"] == len(ledger.sold())
