"""The examples with orders, in a real Airflow: mapped over days, and downstream of a quality gate."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from dev.airflow_client import AirflowClient
from dev.local_airflow import LocalAirflow

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.spark]

EXAMPLES = Path(__file__).parents[2] / "example_dags"


@dataclass
class Run:
    """A run of one of the examples, whose data are in `folder`."""

    client: AirflowClient
    folder: Path
    dag_id: str
    run_id: str

    def wait_for(self, state: str) -> None:
        run = self.client.wait_for_run(self.dag_id, self.run_id, timeout_seconds=500)
        assert run["state"] == state


@pytest.fixture(scope="module")
def runs(
    airflow: LocalAirflow, dags_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Run]:
    """Those that the tests wait for, begun together; each pipeline has data of its own."""
    pipelines = dags_folder / "pipelines"
    pipelines.mkdir(exist_ok=True)
    folders = {}
    for name in ("orders", "orders_gate", "orders_by_component"):
        folders[name] = tmp_path_factory.mktemp(name)
        text = (EXAMPLES / "pipelines" / f"{name}.conf").read_text()
        (pipelines / f"{name}.conf").write_text(f'{text}\ntags.data = "{folders[name]}"\n')
    for name in ("orders_components", "orders_by_component", "orders_by_day", "orders_gate"):
        shutil.copy(EXAMPLES / f"{name}.py", dags_folder)

    def begin(dag_id: str, folder: Path, **conf: object) -> Run:
        airflow.client.wait_for_dag(dag_id, file=f"{dag_id}.py")
        return Run(airflow.client, folder, dag_id, airflow.client.trigger(dag_id, conf))

    return {
        "by day": begin("orders_by_day", folders["orders"], first_day="2026-02-28", days=2),
        "bad": begin("orders_gate", folders["orders_gate"], without_price=3),
        "good": begin("orders_gate", folders["orders_gate"]),
        "by component": begin("orders_by_component", folders["orders_by_component"]),
    }


def cents(day: str, number: int) -> int:
    """Compute the orders of the example's component a second way."""
    return (number * 37 + pd.Timestamp(day).toordinal()) % 10_000


def sales(folder: Path) -> dict[tuple[str, str], tuple[int, int]]:
    """Read orders and cents by day and shop, as written."""
    frame = pd.read_parquet(folder / "sales")
    return {(str(row.day), row.shop): (row.orders, row.cents) for row in frame.itertuples()}


def expected_sales(*days: str) -> dict[tuple[str, str], tuple[int, int]]:
    shops = ("north", "east", "south", "west")
    return {
        (day, shop): (250, sum(cents(day, number) for number in range(number, 1000, 4)))
        for day in days
        for number, shop in enumerate(shops)
    }


def test_each_day_is_a_mapped_task_and_a_partition(runs: dict[str, Run]) -> None:
    run = runs["by day"]
    run.wait_for("success")
    assert sales(run.folder) == expected_sales("2026-02-28", "2026-03-01")


def test_downstream_of_a_gate_nothing_runs_when_a_check_has_failed(runs: dict[str, Run]) -> None:
    run = runs["bad"]
    run.wait_for("failed")

    tasks = {
        task["task_id"]: (task["state"], task["try_number"])
        for task in run.client.tasks(run.dag_id, run.run_id)
    }
    assert tasks["announce"] == ("success", 1)
    assert tasks["orders.pipeline"] == ("failed", 1)
    assert tasks["publish"][0] == "upstream_failed"
    alert = json.loads((run.folder / "alert.json").read_text())
    assert alert["component"] == "make_orders"
    assert "nulls(orders: cents)" in alert["error"]


def test_downstream_of_a_gate_all_runs_when_the_checks_have_passed(runs: dict[str, Run]) -> None:
    run = runs["good"]
    run.wait_for("success")
    assert sales(run.folder) == expected_sales("2026-01-01")


def test_with_a_task_for_each_component_it_comes_to_the_same(runs: dict[str, Run]) -> None:
    run = runs["by component"]
    run.wait_for("success")
    assert sales(run.folder) == expected_sales("2026-01-01")
    assert not list((run.folder / "handover" / "handover").iterdir())
