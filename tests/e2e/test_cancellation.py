"""Tasks that a real Airflow stops in the middle of a Spark job."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pandas as pd
import psutil
import pytest

from airflow_ppf.report import ReportKey
from dev.airflow_client import AirflowClient, TaskId
from dev.local_airflow import LocalAirflow
from dev.waiting import wait_for_line

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.spark]

FIRST_STEPS = ["sales", "per_shop", "append_per_shop"]
RESUMED = ["sales", "trouble", "append_total"]


@pytest.fixture(scope="module", autouse=True)
def ledger_dags(dags_folder: Path) -> None:
    for file in (Path(__file__).parent / "dags").glob("ledger*"):
        shutil.copy(file, dags_folder)


def hanging_run(
    client: AirflowClient, folder: Path, dag_id: str, kind: str = "hang"
) -> tuple[TaskId, list[psutil.Process]]:
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
            "kind": kind,
            "times": 1,
        },
    )
    pid = int(wait_for_line(folder / "ledger", f"{kind} ", timeout_seconds=240).split()[1])
    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    return TaskId(dag_id, run_id, "pipeline"), family


def jvms_of(family: list[psutil.Process]) -> list[psutil.Process]:
    jvms = [one for one in family if one.name() == "java"]
    assert jvms
    return jvms


def assert_resumed(folder: Path) -> None:
    """Nothing was done twice but what defines views, and every row is there once."""
    steps = (folder / "ledger").read_text().splitlines()
    assert steps[:3] == FIRST_STEPS
    assert steps[4:] == RESUMED
    sales = pd.read_csv(folder / "sales.csv").sort_values(["shop", "cents"], ignore_index=True)
    written = pd.read_parquet(folder / "sales").sort_values(["shop", "cents"], ignore_index=True)
    pd.testing.assert_frame_equal(written, sales, check_dtype=False)


def test_marking_a_running_task_failed_ends_its_jvm_within_eight_seconds_and_clearing_it_resumes(
    airflow_client: AirflowClient, tmp_path: Path
) -> None:
    task, family = hanging_run(airflow_client, tmp_path, "ledger_one_try")
    jvms = jvms_of(family)
    airflow_client.set_task_state(task, "failed")
    assert psutil.wait_procs(jvms, timeout=8)[1] == []
    assert psutil.wait_procs(family, timeout=30)[1] == []

    airflow_client.clear(task.dag_id, task.run_id, ["pipeline"])
    airflow_client.wait_for_task(task, ["success"], try_number=2, timeout_seconds=180)
    assert_resumed(tmp_path)


def test_marking_a_running_task_success_ends_its_jvm_and_leaves_it_a_success_that_can_be_cleared_to_resume(
    airflow_client: AirflowClient, tmp_path: Path
) -> None:
    task, family = hanging_run(airflow_client, tmp_path, "ledger_one_try")
    jvms = jvms_of(family)
    airflow_client.set_task_state(task, "success")
    assert psutil.wait_procs(jvms, timeout=8)[1] == []
    assert psutil.wait_procs(family, timeout=30)[1] == []
    assert airflow_client.task(task)["state"] == "success"
    assert airflow_client.wait_for_run(task.dag_id, task.run_id, timeout_seconds=60)["state"] == "success"

    airflow_client.clear(task.dag_id, task.run_id, ["pipeline"])
    airflow_client.wait_for_task(task, ["success"], try_number=2, timeout_seconds=180)
    assert_resumed(tmp_path)


def test_a_time_limit_ends_the_task_and_its_retry_resumes(
    airflow_client: AirflowClient, tmp_path: Path
) -> None:
    task, family = hanging_run(airflow_client, tmp_path, "ledger_limited", "overtime")
    jvms = jvms_of(family)
    assert psutil.wait_procs(jvms, timeout=15)[1] == []  # 2 s until the alarm, 4 s at most for the run to end
    assert psutil.wait_procs(family, timeout=60)[1] == []
    assert airflow_client.wait_for_run(task.dag_id, task.run_id, timeout_seconds=240)["state"] == "success"
    assert [one["state"] for one in airflow_client.tries(task)] == ["failed", "success"]
    assert "AirflowTaskTimeout" in str(airflow_client.log(task, 1))
    assert_resumed(tmp_path)


def test_a_task_whose_supervisor_is_killed_ends_itself_and_the_next_try_resumes(
    airflow: LocalAirflow, airflow_client: AirflowClient, tmp_path: Path
) -> None:
    task, family = hanging_run(airflow_client, tmp_path, "ledger_retried")
    jvms_of(family)
    supervisor = family[0].parent()
    assert supervisor is not None
    supervisor.kill()
    assert psutil.wait_procs(family, timeout=15)[1] == []
    assert airflow_client.task(task)["state"] == "running"  # which Airflow still believes

    assert airflow_client.wait_for_run(task.dag_id, task.run_id, timeout_seconds=240)["state"] == "success"
    assert [one["state"] for one in airflow_client.tries(task)] == ["failed", "success"]
    assert_resumed(tmp_path)
    report = ReportKey(task.dag_id, task.run_id, task.task_id, task.map_index, 2)
    page = (airflow.home / "reports" / report.folder / "try-2.html").read_text()
    assert "killed or lost: it left no result; 4 components completed by" in page
