"""One real Airflow for all end-to-end tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dev.local_airflow import LocalAirflow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dev.airflow_client import AirflowClient


@pytest.fixture(scope="session")
def dags_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The DAG folder of `airflow`: write DAG files into it, then `airflow_client.wait_for_dag(...)`."""
    return tmp_path_factory.mktemp("dags")


SOON = {
    # A task without heartbeats counts as lost after half a minute instead of five.
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
}


@pytest.fixture(scope="session")
def airflow(dags_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAirflow]:
    """Scheduler, DAG processor and api-server, with the provider that is installed here."""
    with LocalAirflow(tmp_path_factory.mktemp("airflow"), dags_folder, env=SOON) as running:
        yield running


@pytest.fixture
def airflow_client(airflow: LocalAirflow) -> AirflowClient:
    """Its REST API."""
    return airflow.client
