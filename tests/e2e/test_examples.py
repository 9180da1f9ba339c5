"""The examples with orders, in a real Airflow: mapped over days, and behind a quality gate."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

if TYPE_CHECKING:
    from dev.airflow_client import AirflowClient

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.spark]

EXAMPLES = Path(__file__).parents[2] / "example_dags"
DATA = "/tmp/ppf/orders"  # noqa: S108 - what the example says, to be replaced


@pytest.fixture(scope="module")
def data(dags_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples in the DAG folder, with their data elsewhere."""
    folder = tmp_path_factory.mktemp("orders")
    (dags_folder / "pipelines").mkdir(exist_ok=True)
    for name in (
        "orders_components.py",
        "orders_by_component.py",
        "orders_by_day.py",
        "orders_gate.py",
        "pipelines/orders_by_component.conf",
        "pipelines/orders_gate.conf",
    ):
        shutil.copy(EXAMPLES / name, dags_folder / name)
    text = (EXAMPLES / "pipelines" / "orders.conf").read_text()
    (dags_folder / "pipelines" / "orders.conf").write_text(text.replace(DATA, str(folder)))
    return folder


def cents(day: str, number: int) -> int:
    """What the example's component makes up, said again."""
    return (number * 37 + pd.Timestamp(day).toordinal()) % 10_000


def sales(folder: Path) -> dict[tuple[str, str], tuple[int, int]]:
    """Orders and cents by day and shop, as they were written."""
    frame = pd.read_parquet(folder / "sales")
    return {(str(row.day), row.shop): (row.orders, row.cents) for row in frame.itertuples()}


def expected_sales(*days: str) -> dict[tuple[str, str], tuple[int, int]]:
    shops = ("north", "east", "south", "west")
    return {
        (day, shop): (250, sum(cents(day, number) for number in range(place, 1000, 4)))
        for day in days
        for place, shop in enumerate(shops)
    }


def test_each_day_is_a_mapped_task_and_a_partition(airflow_client: AirflowClient, data: Path) -> None:
    airflow_client.wait_for_dag("orders_by_day", file="orders_by_day.py")
    run = airflow_client.trigger("orders_by_day", {"first_day": "2026-02-28", "days": 2})
    assert airflow_client.wait_for_run("orders_by_day", run, timeout_seconds=240)["state"] == "success"
    assert sales(data) == expected_sales("2026-02-28", "2026-03-01")


def test_behind_a_gate_nothing_runs_when_a_check_has_failed(
    airflow_client: AirflowClient, data: Path
) -> None:
    airflow_client.wait_for_dag("orders_gate", file="orders_gate.py")
    run = airflow_client.trigger("orders_gate", {"without_price": 3})
    assert airflow_client.wait_for_run("orders_gate", run, timeout_seconds=240)["state"] == "failed"

    tasks = {
        task["task_id"]: (task["state"], task["try_number"])
        for task in airflow_client.tasks("orders_gate", run)
    }
    assert tasks["announce"] == ("success", 1)
    assert tasks["orders.pipeline"] == ("failed", 1)
    assert tasks["publish"][0] == "upstream_failed"
    alert = json.loads((data / "alert.json").read_text())
    assert alert["component"] == "make_orders"
    assert "nulls(orders: cents)" in alert["error"]


def test_behind_a_gate_all_runs_when_the_checks_have_passed(
    airflow_client: AirflowClient, data: Path
) -> None:
    airflow_client.wait_for_dag("orders_gate", file="orders_gate.py")
    run = airflow_client.trigger("orders_gate")
    assert airflow_client.wait_for_run("orders_gate", run, timeout_seconds=240)["state"] == "success"
    assert expected_sales("2026-01-01").items() <= sales(data).items()


def test_with_a_task_for_each_component_it_comes_to_the_same(
    airflow_client: AirflowClient, data: Path
) -> None:
    shutil.rmtree(data / "sales", ignore_errors=True)
    airflow_client.wait_for_dag("orders_by_component", file="orders_by_component.py")
    run = airflow_client.trigger("orders_by_component")
    assert airflow_client.wait_for_run("orders_by_component", run, timeout_seconds=300)["state"] == "success"
    assert sales(data) == expected_sales("2026-01-01")
    assert not list((data / "handover" / "handover").iterdir())
