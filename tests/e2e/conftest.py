"""One real Airflow for all end-to-end tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dev.local_airflow import LocalAirflow
from tests.support.ledger_run import LedgerRun, copy_dags

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dev.airflow_client import AirflowClient


@pytest.fixture(scope="session")
def dags_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The DAG folder of `airflow`: write DAG files into it, then `airflow_client.wait_for_dag(...)`."""
    return tmp_path_factory.mktemp("dags")


LINEAGE = [
    {"scope": {}, "controls": {"emit": False}},
    {"scope": {"dag_id": "ledger_lineage"}, "controls": {"emit": True}},
]
SETTINGS = {
    # A task without heartbeats counts as lost after half a minute instead of five.
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
    "AIRFLOW__OPENLINEAGE__EMISSION_POLICY": json.dumps(LINEAGE),
}


@pytest.fixture(scope="session")
def airflow(dags_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAirflow]:
    """Scheduler, DAG processor and api-server, with the provider that is installed here.

    OpenLineage's events, of one DAG only, go to `lineage.jsonl` in its home.
    """
    home = tmp_path_factory.mktemp("airflow")
    lineage = {"type": "file", "log_file_path": str(home / "lineage.jsonl"), "append": True}
    settings = {**SETTINGS, "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(lineage)}
    with LocalAirflow(home, dags_folder, env=settings) as running:
        yield running


@pytest.fixture
def airflow_client(airflow: LocalAirflow) -> AirflowClient:
    """Its REST API."""
    return airflow.client


@pytest.fixture(scope="module")
def prepared() -> None:
    """Prepare the first run of a test file; files override it."""


@pytest.fixture(scope="module")
def started_ledgers(
    request: pytest.FixtureRequest,
    airflow: LocalAirflow,
    dags_folder: Path,
    prepared: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[object, LedgerRun]:
    """The runs that the tests of the file have begun in advance (`starts`), by the function of the test."""
    copy_dags(dags_folder, "ledger*")
    runs: dict[object, LedgerRun] = {}
    for item in request.session.items:
        test = getattr(item, "function", None)
        if hasattr(test, "starts") and item.path == request.path and test not in runs:
            dag_id, conf = test.starts
            run = runs[test] = LedgerRun(airflow.client, tmp_path_factory.mktemp("ledger"))
            run.trigger(dag_id, **conf)
    return runs


@pytest.fixture
def ledger(
    request: pytest.FixtureRequest,
    started_ledgers: dict[object, LedgerRun],
    airflow_client: AirflowClient,
    tmp_path_factory: pytest.TempPathFactory,
) -> LedgerRun:
    """Return a run of the ledger pipeline: begun by `starts`, or still to be triggered."""
    begun = started_ledgers.get(request.function)
    return begun or LedgerRun(airflow_client, tmp_path_factory.mktemp("ledger"))
