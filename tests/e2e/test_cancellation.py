"""Tasks that a real Airflow stops in the middle of a Spark job."""

from __future__ import annotations

import random
import shutil
import time
from datetime import datetime
from pathlib import Path

import pandas as pd
import psutil
import pytest

from dev.airflow_client import AirflowClient, TaskId
from dev.waiting import wait_for_line

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.spark]

FIRST_STEPS = ["sales", "per_shop", "append_per_shop"]
RESUMED = ["sales", "trouble", "append_total"]


@pytest.fixture(scope="module", autouse=True)
def ledger_dags(dags_folder: Path) -> None:
    for file in (Path(__file__).parent / "dags").glob("ledger*"):
        shutil.copy(file, dags_folder)


def hanging_run(client: AirflowClient, folder: Path, dag_id: str) -> tuple[TaskId, list[psutil.Process]]:
    """A run whose task is in the middle of a Spark job that never ends; its process, JVM and all else below it."""
    chance = random.Random(20131224)
    rows = [(chance.choice(["Lyon", "Oslo", "Kobe"]), chance.randint(0, 10_000)) for _ in range(300)]
    pd.DataFrame(rows, columns=["shop", "cents"]).to_csv(folder / "sales.csv", index=False)
    client.wait_for_dag(dag_id, file="ledger.py")
    run_id = client.trigger(
        dag_id,
        {
            "sales": str(folder / "sales.csv"),
            "ledger": str(folder / "ledger"),
            "output": str(folder),
            "kind": "hang",
            "times": 1,
        },
    )
    pid = int(wait_for_line(folder / "ledger", "hang ", timeout_seconds=120).split()[1])
    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    assert any(one.name() == "java" for one in family)
    return TaskId(dag_id, run_id, "pipeline"), family


def assert_resumed(folder: Path) -> None:
    """Nothing was done twice but what defines views, and every row is there once."""
    steps = (folder / "ledger").read_text().splitlines()
    assert steps[:3] == FIRST_STEPS
    assert steps[4:] == RESUMED
    sales = pd.read_csv(folder / "sales.csv").sort_values(["shop", "cents"], ignore_index=True)
    written = pd.read_parquet(folder / "sales").sort_values(["shop", "cents"], ignore_index=True)
    pd.testing.assert_frame_equal(written, sales, check_dtype=False)


def test_marking_a_running_task_failed_leaves_no_process_within_eight_seconds_and_clearing_it_resumes(
    airflow_client: AirflowClient, tmp_path: Path
) -> None:
    task, family = hanging_run(airflow_client, tmp_path, "ledger_one_try")
    began = time.monotonic()
    airflow_client.set_task_state(task, "failed")
    _, alive = psutil.wait_procs(family, timeout=30)
    took = time.monotonic() - began
    assert alive == []
    assert took < 8, f"{took:.1f} s"

    airflow_client.clear(task.dag_id, task.run_id, ["pipeline"])
    airflow_client.wait_for_task(task, ["success"], try_number=2, timeout_seconds=180)
    assert_resumed(tmp_path)


def test_a_time_limit_ends_the_task_and_its_retry_resumes(
    airflow_client: AirflowClient, tmp_path: Path
) -> None:
    task, family = hanging_run(airflow_client, tmp_path, "ledger_limited")
    assert airflow_client.wait_for_run(task.dag_id, task.run_id, timeout_seconds=240)["state"] == "success"
    assert psutil.wait_procs(family, timeout=0)[1] == []
    first = airflow_client.tries(task)[0]
    began, ended = (
        datetime.fromisoformat(first[key].replace("Z", "+00:00")) for key in ("start_date", "end_date")
    )
    assert 45 <= (ended - began).total_seconds() < 55
    assert "AirflowTaskTimeout" in str(airflow_client.log(task, 1))
    assert_resumed(tmp_path)
