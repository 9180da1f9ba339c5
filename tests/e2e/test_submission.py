"""A pipeline that a real Airflow submits to a real cluster: what is run again, and what is not."""

from __future__ import annotations

from dataclasses import replace

import psutil
import pytest

from dev.local_cluster import LocalCluster
from dev.processes import is_alive, still_alive
from dev.waiting import wait_for_line, wait_until
from tests.support.ledger_run import FIRST_STEPS, LAST_STEPS, LedgerRun

pytest.importorskip(
    "airflow.providers.apache.spark.hooks.spark_submit", reason="needs the extra submit: make test-submit"
)
pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.spark]

DAG_ID = "ledger_submitted"


@pytest.fixture
def submitted(ledger: LedgerRun) -> LedgerRun:
    """Not yet triggered; of the connections, `spark_here` is there."""
    ledger.client.add_connection("spark_here", "spark", host="local[1]")
    return ledger


def trigger(run: LedgerRun, kind: str, conn_id: str = "spark_here", dag_id: str = DAG_ID) -> None:
    """Start the run, whose component `trouble` meets that kind of it once."""
    run.trigger(dag_id, dag_file="ledger_submitted.py", kind=kind, times=1, conn_id=conn_id)


def driver_in(run: LedgerRun, kind: str) -> psutil.Process:
    """Return the driver, once it is in trouble."""
    return psutil.Process(int(wait_for_line(run.file, f"{kind} ", timeout_seconds=240).split()[1]))


def said(run: LedgerRun, try_number: int) -> list[str]:
    return [line["event"] for line in run.client.log(run.task, try_number)]


def test_on_a_cluster_a_submitted_try_that_failed_is_submitted_again_and_resumes(
    submitted: LedgerRun, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with LocalCluster(tmp_path_factory.mktemp("cluster"), memory_mb=768) as cluster:
        host, _, port = cluster.address.rpartition(":")
        submitted.client.add_connection("spark_cluster", "spark", host=host, port=int(port))
        trigger(submitted, "fail", "spark_cluster")
        submitted.wait_for("success")
    assert submitted.steps()[:3] == FIRST_STEPS
    assert submitted.steps()[4:] == ["sales", *LAST_STEPS]
    submitted.assert_data_equals_pandas()
    assert submitted.outcomes() == {
        "read_sales": "replayed",
        "sales": "replayed",
        "trouble": "ran",
        "append_total": "ran",
        "per_shop": "skipped",
        "append_per_shop": "skipped",
    }
    assert any("append_per_shop ran" in line for line in said(submitted, 1))
    assert list((submitted.folder / "ppf" / "submitted").iterdir()) == []


def test_tasks_of_components_that_are_submitted_hand_over_and_one_that_failed_is_submitted_again_alone(
    submitted: LedgerRun,
) -> None:
    trigger(submitted, "fail", dag_id="ledger_submitted_parts")
    submitted.wait_for("success")
    steps = submitted.steps()
    assert (steps[:3], steps[4:]) == (FIRST_STEPS, LAST_STEPS)
    submitted.assert_data_equals_pandas()
    numbers = {
        task_id: len(submitted.client.tries(replace(submitted.task, task_id=task_id)))
        for task_id in ("first", "pipeline", "last")
    }
    assert numbers == {"first": 1, "pipeline": 2, "last": 1}
    for folder in ("handover", "submitted"):
        assert list((submitted.folder / "ppf" / folder).iterdir()) == []


@pytest.mark.parametrize("killed", ["the task", "its supervisor"])
def test_after_kill_9_of_the_task_the_next_try_waits_for_its_driver_and_nothing_runs_twice(
    submitted: LedgerRun, killed: str
) -> None:
    trigger(submitted, "wait")
    driver = driver_in(submitted, "wait")
    task = psutil.Process(submitted.client.wait_for_pid(submitted.task))
    victim = task if killed == "the task" else task.parent()
    assert victim is not None
    victim.kill()
    assert still_alive([task], timeout_seconds=15) == []
    wait_until(
        lambda: any("is still running" in line for line in said(submitted, 2)),
        "the second try to find the driver",
        timeout_seconds=120,
    )
    assert is_alive(driver)
    submitted.file.with_suffix(".gate").touch()
    submitted.wait_for("success")
    assert submitted.steps() == [*FIRST_STEPS, f"wait {driver.pid}", *LAST_STEPS]
    submitted.assert_data_equals_pandas()
    assert set(submitted.outcomes().values()) == {"ran"}


def test_marking_a_submitted_task_failed_leaves_no_driver_and_clearing_it_resumes(
    submitted: LedgerRun,
) -> None:
    trigger(submitted, "hang")
    driver = driver_in(submitted, "hang")
    family = [driver, *driver.children(recursive=True), driver.parent()]
    assert [each.name() for each in family if each is not None and each.name() == "java"]
    submitted.client.set_task_state(submitted.task, "failed")
    assert still_alive([each for each in family if each is not None], timeout_seconds=30) == []

    submitted.client.clear(DAG_ID, submitted.run_id, ["pipeline"])
    submitted.client.wait_for_task(submitted.task, ["success"], try_number=2, timeout_seconds=180)
    assert submitted.steps()[4:] == ["sales", *LAST_STEPS]
    submitted.assert_data_equals_pandas()
