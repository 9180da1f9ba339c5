"""A pipeline that a real Airflow submits to a real cluster: what is run again, and what is not."""

from __future__ import annotations

import os
import random
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import psutil
import pytest

from dev.airflow_client import AirflowClient, TaskId
from dev.local_cluster import LocalCluster
from dev.waiting import wait_for_line, wait_until

pytest.importorskip(
    "airflow.providers.apache.spark.hooks.spark_submit", reason="needs the extra submit: make test-submit"
)
pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.spark]

FIRST_STEPS = ["sales", "per_shop", "append_per_shop"]
LAST_STEPS = ["trouble", "append_total"]
DAG_ID = "ledger_submitted"


@pytest.fixture(scope="module", autouse=True)
def ledger_dags(dags_folder: Path) -> None:
    for file in (Path(__file__).parent / "dags").glob("ledger*"):
        shutil.copy(file, dags_folder)


@dataclass
class Scene:
    """One run's files, and the run."""

    client: AirflowClient
    folder: Path
    run_id: str = ""

    @property
    def task(self) -> TaskId:
        return TaskId(DAG_ID, self.run_id, "pipeline")

    def trigger(self, kind: str, conn_id: str = "spark_here") -> None:
        """Start the run, whose component `trouble` meets that kind of it once."""
        self.run_id = self.client.trigger(
            DAG_ID,
            {
                "sales": str(self.folder / "sales.csv"),
                "ledger": str(self.ledger),
                "output": str(self.folder),
                "conn_id": conn_id,
                "kind": kind,
                "times": 1,
            },
        )

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger"

    def steps(self) -> list[str]:
        return self.ledger.read_text().splitlines()

    def driver(self, kind: str) -> psutil.Process:
        """The driver, once it is in trouble."""
        return psutil.Process(int(wait_for_line(self.ledger, f"{kind} ", timeout_seconds=240).split()[1]))

    def wait_for(self, state: str) -> None:
        assert self.client.wait_for_run(DAG_ID, self.run_id, timeout_seconds=300)["state"] == state

    def said(self, try_number: int) -> list[str]:
        return [line["event"] for line in self.client.log(self.task, try_number)]

    def outcomes(self) -> dict[str, str]:
        return {one["name"]: one["outcome"] for one in self.client.xcom(self.task)["components"]}

    def assert_every_row_was_written_once(self) -> None:
        sales = pd.read_csv(self.folder / "sales.csv").query("cents >= 0")
        order = ["shop", "cents"]
        per_shop = sales.groupby("shop", as_index=False)["cents"].sum()
        for name, wanted in (("sales", sales), ("per_shop", per_shop)):
            found = pd.read_parquet(self.folder / name).sort_values(order, ignore_index=True)
            wanted = wanted.sort_values(order, ignore_index=True)
            pd.testing.assert_frame_equal(found, wanted, check_dtype=False)


@pytest.fixture
def scene(airflow_client: AirflowClient, tmp_path: Path) -> Scene:
    chance = random.Random(20131224)
    rows = [(chance.choice(["Lyon", "Oslo", "Kobe"]), chance.randint(-500, 10_000)) for _ in range(3_000)]
    pd.DataFrame(rows, columns=["shop", "cents"]).to_csv(tmp_path / "sales.csv", index=False)
    airflow_client.wait_for_dag(DAG_ID, file="ledger_submitted.py")
    airflow_client.add_connection("spark_here", "spark", host="local[1]")
    return Scene(airflow_client, tmp_path)


def test_on_a_cluster_a_submitted_try_that_failed_is_submitted_again_and_resumes(
    scene: Scene, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with LocalCluster(tmp_path_factory.mktemp("cluster"), memory_mb=768) as cluster:
        host, _, port = cluster.address.rpartition(":")
        scene.client.add_connection("spark_cluster", "spark", host=host, port=int(port))
        scene.trigger("fail", "spark_cluster")
        scene.wait_for("success")
    assert scene.steps()[:3] == FIRST_STEPS
    assert scene.steps()[4:] == ["sales", *LAST_STEPS]
    scene.assert_every_row_was_written_once()
    assert scene.outcomes() == {
        "read_sales": "replayed",
        "sales": "replayed",
        "trouble": "ran",
        "append_total": "ran",
        "per_shop": "skipped",
        "append_per_shop": "skipped",
    }
    assert any("append_per_shop succeeded" in line for line in scene.said(1))
    assert list((scene.folder / "ppf" / "submitted").iterdir()) == []


def test_after_kill_9_of_the_task_the_next_try_waits_for_its_driver_and_nothing_runs_twice(
    scene: Scene,
) -> None:
    scene.trigger("wait")
    driver = scene.driver("wait")
    os.kill(scene.client.wait_for_pid(scene.task), signal.SIGKILL)
    wait_until(
        lambda: any("is still at work" in line for line in scene.said(2)),
        "the second try to find the driver",
        timeout_seconds=120,
    )
    assert driver.is_running()
    scene.ledger.with_suffix(".gate").touch()
    scene.wait_for("success")
    assert scene.steps() == [*FIRST_STEPS, f"wait {driver.pid}", *LAST_STEPS]
    scene.assert_every_row_was_written_once()
    assert set(scene.outcomes().values()) == {"ran"}


def test_marking_a_submitted_task_failed_leaves_no_driver_and_clearing_it_resumes(scene: Scene) -> None:
    scene.trigger("hang")
    driver = scene.driver("hang")
    family = [driver, *driver.children(recursive=True), driver.parent()]
    assert [one.name() for one in family if one is not None and one.name() == "java"]
    scene.client.set_task_state(scene.task, "failed")
    assert psutil.wait_procs([one for one in family if one is not None], timeout=30)[1] == []

    scene.client.clear(DAG_ID, scene.run_id, ["pipeline"])
    scene.client.wait_for_task(scene.task, ["success"], try_number=2, timeout_seconds=180)
    assert scene.steps()[4:] == ["sales", *LAST_STEPS]
    scene.assert_every_row_was_written_once()
