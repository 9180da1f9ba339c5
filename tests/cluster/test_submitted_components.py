"""Components whose tasks submit them: each is a driver of its own, which runs on what those before it handed over."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import psutil
import pytest

from airflow_ppf.dag_factory import pipeline_dag
from dev.local_cluster import LocalCluster
from dev.processes import MARK, is_alive, stop_all
from dev.waiting import wait_until
from tests.support.nyc_flights_run import LATE, assert_right_results, by_groups, environment
from tests.support.task_processes import TaskProcesses, hook
from tests.support.task_state_store import StateStore
from tests.support.task_try import task_try

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

pytest.importorskip(
    "airflow.providers.apache.spark.hooks.spark_submit", reason="needs the extra submit: make test-submit"
)
pytestmark = [pytest.mark.spark, pytest.mark.slow, pytest.mark.airflow]

PIPELINE = """
name = small, version = "1"
spark { master = "local[1]", driver_memory = 512m }
components = [
  { name = numbers, component_type = source, class_path = ppf_core.batch.Read
    config { path = "FOLDER/numbers.csv", format = csv, schema = "n LONG", output_view = numbers } }
  { name = note, component_type = sink, class_path = tests.support.note_component.Note, depends_on = [numbers]
    config { ledger = "FOLDER/ledger", line = "{{ ti.task_id }} {{ ti.try_number }}" } }
  { name = doubled, component_type = transformation, class_path = ppf_core.batch.Sql, depends_on = [note]
    config { query = "SELECT 2 * n AS n FROM numbers", output_view = doubled } }
  { name = out, component_type = sink, class_path = ppf_core.batch.Write, depends_on = [doubled]
    config { view = doubled, path = "FOLDER/out", format = parquet } }
]
airflow { granularity = component, submit = true, groups { rest = [note, doubled, out] } }
"""


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[TaskProcesses]:
    """One in which the first task has handed over what it read: 1 and 2."""
    run = TaskProcesses(tmp_path, PIPELINE)
    read(run, "1\n2\n")
    yield run
    stop_all(tmp_path)


def read(run: TaskProcesses, numbers: str) -> None:
    (run.folder / "numbers.csv").write_text(numbers)
    done = run.run("numbers")
    assert done.exit_code == 0, done.said


def ledger(run: TaskProcesses) -> list[str]:
    file = run.folder / "ledger"
    return file.read_text().splitlines() if file.exists() else []


def output(run: TaskProcesses) -> list[int]:
    return sorted(pd.read_parquet(run.folder / "out")["n"])


def killed_while_its_driver_waits(run: TaskProcesses) -> psutil.Process:
    """Kill a task whose driver waits before `out` for the file `gate`; return the driver."""
    reached = run.folder / "waits"
    task = run.start("rest", hook("WaitBefore", "out", until=str(run.folder / "gate"), reached=str(reached)))
    wait_until(reached.exists, "a driver that waits", timeout_seconds=120)
    (driver,) = run.drivers()
    kill(task)
    assert is_alive(driver)
    return driver


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_a_driver_that_was_killed_resumes_within_its_task_on_what_was_handed_over(run: TaskProcesses) -> None:
    killed = run.run("rest", hook("KillBefore", "out"))
    assert killed.exit_code == 1
    assert "without an outcome" in killed.said
    resumed = run.run("rest")
    assert resumed.exit_code == 0, resumed.said
    expected = {"numbers": "skipped", "note": "skipped", "doubled": "restored", "out": "ran"}
    outcomes = run.outcomes("rest")
    assert {name: outcomes[name] for name in expected} == expected
    assert ledger(run) == ["rest 1"]
    ended = run.run("pipeline_end")
    assert ended.exit_code == 0, ended.said
    assert output(run) == [2, 4]
    for folder in ("handover", "submitted"):
        assert list((run.folder / "root" / folder).iterdir()) == []
    assert run.processes() == []


def test_a_driver_that_outlived_its_task_is_waited_for_and_nothing_runs_twice(run: TaskProcesses) -> None:
    driver = killed_while_its_driver_waits(run)
    threading.Timer(20, (run.folder / "gate").touch).start()
    second = run.run("rest")
    assert second.exit_code == 0, second.said
    assert "is still running" in second.said
    wait_until(lambda: not is_alive(driver), "the end of the driver", timeout_seconds=30)
    assert ledger(run) == ["rest 1"]
    assert output(run) == [2, 4]
    handovers = (run.folder / "rest.xcoms.json").read_text()
    written = '"doubled": {"record": {"views": ["doubled"], "handover": {"directory": '
    assert written in handovers.replace("\\", "")


def test_a_driver_on_what_was_made_again_since_is_stopped_and_its_task_starts_afresh(
    run: TaskProcesses,
) -> None:
    driver = killed_while_its_driver_waits(run)
    run.clear("numbers")
    read(run, "5\n")
    second = run.run("rest")
    assert second.exit_code == 0, second.said
    assert not is_alive(driver)
    assert ledger(run) == ["rest 1", "rest 2"]
    assert output(run) == [10]


def test_what_is_damaged_fails_the_task_and_names_the_task_to_clear(run: TaskProcesses) -> None:
    shutil.rmtree(run.folder / "root" / "handover")
    failed = run.run("rest")
    assert failed.exit_code == 1
    assert "UpstreamHandOverError" in failed.said
    assert "Clear task numbers" in failed.said
    assert ledger(run) == []


def test_on_a_cluster_a_killed_driver_a_killed_task_and_a_lost_worker_leave_the_examples_right_results(
    tmp_path: Path,
) -> None:
    gate, reached = tmp_path / "gate", tmp_path / "waits"
    with LocalCluster(tmp_path / "cluster", memory_mb=768) as cluster:
        spark = f'master = "{cluster.address}", executor_memory = 512m, executor_cores = 1'
        run = TaskProcesses(tmp_path, by_groups(spark, submit=True), environment(tmp_path))
        tries = [run.run("prepare"), run.run("results", hook("KillBefore", LATE))]
        task = run.start("results", hook("WaitBefore", LATE, until=str(gate), reached=str(reached)))
        wait_until(reached.exists, "a driver that waits", timeout_seconds=120)
        kill(task)
        os.kill(cluster.pid("worker-0"), signal.SIGKILL)
        gate.touch()
        tries += [run.run("results"), run.run("publish_report pipeline_end")]
    assert [each_try.exit_code for each_try in tries] == [0, 1, 0, 0], [each_try.said for each_try in tries]
    outcomes = run.outcomes("results")
    assert (outcomes["write_delays_per_carrier"], outcomes[LATE]) == ("skipped", "ran")
    assert_right_results(tmp_path)
    assert run.processes() == []


def test_stopping_the_task_leaves_no_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MARK, str(tmp_path))
    monkeypatch.setenv("AIRFLOW__PPF__PARSE_CACHE", "")
    run = TaskProcesses(tmp_path, PIPELINE)
    reached = tmp_path / "waits"
    file = run.file(hook("WaitBefore", "numbers", until=str(tmp_path / "gate"), reached=str(reached)))
    pushed: dict[str, object] = {}
    operator, context = task_try(
        pipeline_dag(file),
        "numbers",
        1,
        state=StateStore(),
        xcom_push=pushed.__setitem__,
        xcom_pull=lambda **_: None,
    )
    ended: list[Exception] = []

    def execute() -> None:
        try:
            operator.execute(context)
        except Exception as error:  # noqa: BLE001 - that there is one is looked at below
            ended.append(error)

    thread = threading.Thread(target=execute)
    thread.start()
    wait_until(reached.exists, "a driver that waits", timeout_seconds=120)
    operator.on_kill()
    thread.join(30)
    assert ended
    assert "ppf_handover" not in pushed
    wait_until(lambda: not run.processes(), "the end of all that was started", timeout_seconds=60)
