"""Tasks that a real Airflow stops in the middle of a Spark job, or that are killed there."""

from __future__ import annotations

import psutil
import pytest

from airflow_ppf.reporting.report_address import ReportKey
from dev.airflow_client import AirflowClient
from dev.local_airflow import LocalAirflow
from dev.processes import still_alive
from tests.support.ledger_run import LedgerRun, starts

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.spark]


def jvms_of(family: list[psutil.Process]) -> list[psutil.Process]:
    jvms = [each for each in family if each.name() == "java"]
    assert jvms
    return jvms


@starts("ledger_one_try", kind="hang", times=1)
def test_marking_a_running_task_failed_ends_its_jvm_within_eight_seconds_and_clearing_it_resumes(
    ledger: LedgerRun, airflow_client: AirflowClient
) -> None:
    family = ledger.wait_for_trouble()
    jvms = jvms_of(family)
    airflow_client.set_task_state(ledger.task, "failed")
    assert still_alive(jvms, timeout_seconds=8) == []
    assert still_alive(family, timeout_seconds=30) == []

    airflow_client.clear(ledger.dag_id, ledger.run_id, ["pipeline"])
    ledger.wait_for_try(2)
    ledger.assert_resumed()


@starts("ledger_one_try", kind="hang", times=1)
def test_marking_a_running_task_success_ends_its_jvm_and_leaves_it_a_success_that_can_be_cleared_to_resume(
    ledger: LedgerRun, airflow_client: AirflowClient
) -> None:
    family = ledger.wait_for_trouble()
    jvms = jvms_of(family)
    airflow_client.set_task_state(ledger.task, "success")
    assert still_alive(jvms, timeout_seconds=8) == []
    assert still_alive(family, timeout_seconds=30) == []
    assert airflow_client.task(ledger.task)["state"] == "success"
    ledger.wait_for("success", timeout_seconds=60)

    airflow_client.clear(ledger.dag_id, ledger.run_id, ["pipeline"])
    ledger.wait_for_try(2)
    ledger.assert_resumed()


@starts("ledger_one_try", kind="hang", times=1)
def test_a_task_that_is_cleared_while_it_runs_ends_and_its_next_try_resumes(
    ledger: LedgerRun, airflow_client: AirflowClient
) -> None:
    family = ledger.wait_for_trouble()
    airflow_client.clear(ledger.dag_id, ledger.run_id, ["pipeline"])
    assert still_alive(family, timeout_seconds=30) == []

    ledger.wait_for_try(2)
    ledger.assert_resumed()


@starts("ledger_retried", kind="hang", times=1)
def test_a_task_whose_supervisor_is_killed_ends_itself_and_the_next_try_resumes(
    ledger: LedgerRun, airflow: LocalAirflow, airflow_client: AirflowClient
) -> None:
    family = ledger.wait_for_trouble()
    jvms_of(family)
    supervisor = family[0].parent()
    assert supervisor is not None
    supervisor.kill()
    assert still_alive(family, timeout_seconds=15) == []
    assert airflow_client.task(ledger.task)["state"] == "running"  # which Airflow still believes

    ledger.wait_for("success")
    assert [each_try["state"] for each_try in airflow_client.tries(ledger.task)] == ["failed", "success"]
    ledger.assert_resumed()
    report = ReportKey(ledger.dag_id, ledger.run_id, "pipeline", -1, try_number=2)
    folder = airflow.home / "reports" / report.folder
    assert (
        "killed or lost: it left no result; 4 components completed by" in (folder / "try-2.html").read_text()
    )
    assert "the process that supervised this task has ended" in (folder / "try-1.html").read_text()


def test_a_time_limit_ends_the_task_and_its_retry_resumes(
    ledger: LedgerRun, airflow_client: AirflowClient
) -> None:
    ledger.trigger("ledger_limited", kind="overtime", times=1)
    family = ledger.wait_for_trouble("overtime")
    jvms = jvms_of(family)
    assert still_alive(jvms, timeout_seconds=15) == []  # 2 s until the alarm, 4 s at most for the run to end
    assert still_alive(family, timeout_seconds=60) == []
    ledger.wait_for("success")
    assert [each_try["state"] for each_try in airflow_client.tries(ledger.task)] == ["failed", "success"]
    assert "AirflowTaskTimeout" in str(airflow_client.log(ledger.task, 1))
    ledger.assert_resumed()
