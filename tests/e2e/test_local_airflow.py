"""The harness itself, with a DAG of plain Python: what later tests take for granted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from dev.airflow_client import AirflowClient, DagImportError
from dev.home_lock import HomeInUseError
from dev.local_airflow import LocalAirflow, LocalAirflowError
from dev.processes import is_alive, processes_of, still_alive
from dev.waiting import wait_for_line, wait_until
from tests.support.ledger_run import LedgerRun, starts

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

CHECKOUT = Path(__file__).parents[2]

PLAIN = """
    import os, time
    from datetime import timedelta
    from pathlib import Path
    from airflow.sdk import dag, get_current_context, task

    def note(text):
        with Path(get_current_context()["dag_run"].conf["ledger"]).open("a") as ledger:
            ledger.write(text + "\\n")

    @dag(schedule=None)
    def plain():
        @task(retries=1, retry_delay=timedelta(seconds=1))
        def fails_once(ti=None, task_state_store=None):
            note(f"try {ti.try_number}")
            ti.xcom_push("tried", {"number": ti.try_number})
            if task_state_store.get("seen") is None:
                task_state_store.set("seen", [ti.try_number])
                raise RuntimeError("a lost connection")
            return {"seen": task_state_store.get("seen"), "try": ti.try_number}

        fails_once()

    @dag(schedule=None)
    def endless():
        @task(retries=1, retry_delay=timedelta(seconds=1))
        def waits(ti=None):
            note(f"pid {os.getpid()} try {ti.try_number}")
            if ti.try_number == 1:
                time.sleep(600)

        waits()

    plain()
    endless()
"""


@pytest.fixture(scope="module", autouse=True)
def prepared(dags_folder: Path) -> None:
    """The DAGs."""
    (dags_folder / "plain.py").write_text(textwrap.dedent(PLAIN))


@pytest.fixture(scope="module")
def second_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("second")


@starts("plain", dag_file="plain.py")
def test_a_task_that_fails_once_is_retried_and_both_tries_can_be_read(
    ledger: LedgerRun, airflow_client: AirflowClient
) -> None:
    task = replace(ledger.task, task_id="fails_once")
    ledger.wait_for("success")

    assert ledger.steps() == ["try 1", "try 2"]
    assert [each_try["state"] for each_try in airflow_client.tries(task)] == ["failed", "success"]
    assert airflow_client.xcom(task) == {"seen": [1], "try": 2}
    assert airflow_client.xcom(task, "tried") == {"number": 2}
    assert airflow_client.xcom(task, "unknown") is None
    assert airflow_client.state_store(task) == {"seen": [1]}
    errors = [line for line in airflow_client.log(task, 1) if line.get("level") == "error"]
    assert any("a lost connection" in str(line) for line in errors)
    assert airflow_client.log(task, 9) == []


@starts("plain", dag_file="plain.py")
def test_clearing_a_task_runs_it_again(ledger: LedgerRun, airflow_client: AirflowClient) -> None:
    task = replace(ledger.task, task_id="fails_once")
    ledger.wait_for("success")

    airflow_client.set_state_value(task, "seen", "by hand")
    airflow_client.clear("plain", ledger.run_id, ["fails_once"])
    airflow_client.wait_for_task(task, ["success"], try_number=3)

    assert ledger.steps() == ["try 1", "try 2", "try 3"]
    assert airflow_client.xcom(task) == {"seen": "by hand", "try": 3}


@starts("endless", dag_file="plain.py")
def test_the_pid_that_airflow_reports_is_the_tasks_own_and_a_killed_task_is_retried(
    ledger: LedgerRun, airflow_client: AirflowClient
) -> None:
    pid = airflow_client.wait_for_pid(replace(ledger.task, task_id="waits"))
    assert wait_for_line(ledger.file, "try 1") == f"pid {pid} try 1"
    os.kill(pid, signal.SIGKILL)

    wait_for_line(ledger.file, "try 2")
    ledger.wait_for("success")


@starts("endless", dag_file="plain.py")
def test_a_running_task_can_be_marked_as_failed(ledger: LedgerRun, airflow_client: AirflowClient) -> None:
    task = replace(ledger.task, task_id="waits")
    process = psutil.Process(airflow_client.wait_for_pid(task))

    airflow_client.set_task_state(task, "failed")

    assert still_alive([process], timeout_seconds=60) == []
    ledger.wait_for("failed")


def test_a_broken_dag_file_is_reported_at_once_with_its_error(
    airflow_client: AirflowClient, dags_folder: Path
) -> None:
    broken = dags_folder / "broken.py"
    broken.write_text("from airflow.sdk import DAG\nraise ValueError('no such pipeline')\n")
    try:
        with pytest.raises(DagImportError, match="no such pipeline"):
            airflow_client.wait_for_dag("broken", file="broken.py")
    finally:
        broken.unlink()


def test_a_second_airflow_in_the_same_home_is_refused(airflow: LocalAirflow) -> None:
    with (
        pytest.raises(HomeInUseError, match=str(os.getpid())),
        LocalAirflow(airflow.home, airflow.dags_folder),
    ):
        pass


def test_a_service_that_dies_is_reported_with_the_end_of_its_log(
    second_home: Path, dags_folder: Path
) -> None:
    broken = {"AIRFLOW__CORE__EXECUTOR": "NoSuchExecutor"}
    with (
        pytest.raises(LocalAirflowError, match=r"(?s)airflow [a-z -]+ ended with code 1.*NoSuchExecutor"),
        LocalAirflow(second_home, dags_folder, env=broken),
    ):
        pass
    assert processes_of(second_home) == []


OWNER = """
    import sys
    from pathlib import Path
    from dev.local_airflow import LocalAirflow

    with LocalAirflow(Path(sys.argv[1]), Path(sys.argv[2])) as airflow:
        airflow.client.wait_for_dag("endless")
        airflow.client.trigger("endless", {"ledger": sys.argv[3]})
        sys.stdin.read()
"""


@pytest.mark.parametrize(
    "ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda each: each.name
)
def test_nothing_is_left_however_its_owner_ends(
    second_home: Path, dags_folder: Path, tmp_path: Path, ending: signal.Signals
) -> None:
    """Check it with a task in the middle of its work; after SIGKILL the guard cleans up."""
    ledger = tmp_path / "ledger"
    owner = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(OWNER), str(second_home), str(dags_folder), str(ledger)],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        # A run of the start before may be continued too, so the ledger identifies ours.
        task = psutil.Process(int(wait_for_line(ledger, "try 1", timeout_seconds=120).split()[1]))
        assert task in processes_of(second_home)
        owner.send_signal(ending)
        owner.wait(timeout=30)
        wait_until(
            lambda: not processes_of(second_home) and not is_alive(task),
            lambda: f"all its processes to end; there are {processes_of(second_home)}, the task was {task}",
            timeout_seconds=15,
        )
    finally:
        owner.kill()
        owner.communicate()
