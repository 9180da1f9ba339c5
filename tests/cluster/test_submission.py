"""Pipelines that a task submits: the driver is a separate process, which may outlive the task."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from airflow.sdk import Asset

from dev.local_cluster import LocalCluster
from dev.processes import MARK, is_alive, stop_all
from dev.waiting import wait_until
from tests.support.nyc_flights_reference import assert_same_results, expected_results, written_results

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip(
    "airflow.providers.apache.spark.hooks.spark_submit", reason="needs the extra submit: make test-submit"
)
from airflow_ppf.submission import SubmittedRunError
from ppf_core.config import ConfigError
from tests.support.submitted_tries import SubmittedTries, outcomes
from tests.support.task_processes import hook

pytestmark = [pytest.mark.spark, pytest.mark.slow, pytest.mark.airflow]

CHECKOUT = Path(__file__).parents[2]
EXAMPLES = CHECKOUT / "example_dags"
EARLY, LATE = "write_delays_per_carrier", "write_delays_per_hour"

EXAMPLE = f"""
include "{EXAMPLES}/pipelines/nyc_flights.conf"
spark {{ SPARK, executor_memory = 512m, executor_cores = 1 }}
"""
SMALL = """
name = small, version = "1"
spark { master = "local[1]", driver_memory = 512m }
components = [
  { name = early, component_type = sink, class_path = tests.support.note_component.Note
    config { ledger = "FOLDER/ledger", line = early } }
  { name = late, component_type = sink, class_path = tests.support.note_component.Note, depends_on = [early]
    config { ledger = "FOLDER/ledger", line = late } }
]
"""


@pytest.fixture(autouse=True)
def _environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NYC_FLIGHTS_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    monkeypatch.setenv(MARK, str(tmp_path))


@pytest.fixture
def task(tmp_path: Path) -> Iterator[SubmittedTries]:
    """Yield the tries of a small pipeline, whose components run without Spark and record what ran twice."""
    yield SubmittedTries(tmp_path, SMALL)
    stop_all(tmp_path)


def waiting(task: SubmittedTries, *, before: str = "late") -> dict[str, Any]:
    """Return the hook that makes a driver wait, by default in the middle."""
    return hook("WaitBefore", before, until=str(task.folder / "gate"), reached=str(task.folder / "waits"))


def until(condition: Any, what: str) -> None:
    wait_until(condition, what, timeout_seconds=120)


def until_it_waits(task: SubmittedTries) -> psutil.Process:
    """Wait for the driver to wait, and return it."""
    until((task.folder / "waits").exists, "a driver that waits")
    (driver,) = task.drivers()
    return driver


def kill(process: Any) -> None:
    process.kill()
    process.wait()


def test_on_a_cluster_a_killed_driver_a_killed_task_and_a_lost_worker_leave_the_right_results(
    tmp_path: Path,
) -> None:
    with LocalCluster(tmp_path / "cluster", memory_mb=768) as cluster:
        task = SubmittedTries(tmp_path, EXAMPLE.replace("SPARK", f'master = "{cluster.address}"'))
        task.outlets = [early, late] = [
            Asset(name, uri=f"file://{tmp_path}/data/results/{name.removeprefix('write_')}")
            for name in (EARLY, LATE)
        ]
        with pytest.raises(SubmittedRunError, match="without an outcome"):
            task.run(hook("KillBefore", LATE))
        second = task.start(waiting(task, before=LATE))
        until_it_waits(task)
        kill(second)
        os.kill(cluster.pid("worker-0"), signal.SIGKILL)
        (tmp_path / "gate").touch()
        summary = task.run()
    assert outcomes(summary)[EARLY] == "skipped"
    assert outcomes(summary)[LATE] == "ran"
    assert list((tmp_path / "root" / "submitted").iterdir()) == []
    assert task.processes() == []
    expected = expected_results(tmp_path / "data" / "tables")
    assert_same_results(written_results(tmp_path / "data" / "results"), expected)
    # Also what a driver had written that was killed.
    assert task.events[early].extra["rows"] == len(expected["delays_per_carrier"])
    assert task.events[late].extra["rows"] == len(expected["delays_per_hour"])


def test_a_standalone_cluster_is_not_asked_to_run_a_driver(task: SubmittedTries) -> None:
    task.text = task.text.replace(
        'master = "local[1]"', 'master = "spark://127.0.0.1:1", deploy_mode = cluster'
    )
    with pytest.raises(ConfigError, match="a standalone cluster does not run drivers in Python"):
        task.run()
    assert task.state.get("ppf_submitted") is None


def test_a_pipeline_that_fails_where_it_was_submitted_to_fails_its_task_with_the_reason(
    task: SubmittedTries,
) -> None:
    with pytest.raises(SubmittedRunError, match="stopped by the test"):
        task.run(hook("StopBefore", "late"))
    assert outcomes(task.xcom["ppf_summary"])["early"] == "ran"


def test_a_driver_that_outlived_its_task_is_waited_for_and_not_started_again(
    task: SubmittedTries, capsys: pytest.CaptureFixture[str]
) -> None:
    first = task.start(waiting(task))
    driver = until_it_waits(task)
    kill(first)
    assert is_alive(driver)
    threading.Timer(8, (task.folder / "gate").touch).start()
    summary = task.run()
    assert "is still running" in capsys.readouterr().out
    assert set(outcomes(summary).values()) == {"ran"}
    until(lambda: not is_alive(driver), "the end of the driver")
    assert task.ledger() == ["early", "late"]


def test_a_driver_that_succeeded_after_its_task_had_died_is_not_started_again(
    task: SubmittedTries, capsys: pytest.CaptureFixture[str]
) -> None:
    first = task.start(waiting(task))
    driver = until_it_waits(task)
    kill(first)
    (task.folder / "gate").touch()
    until(lambda: not is_alive(driver), "the end of the driver")
    summary = task.run()
    assert "submitted has succeeded" in capsys.readouterr().out
    assert set(outcomes(summary).values()) == {"ran"}
    assert task.ledger() == ["early", "late"]


def test_a_driver_that_is_killed_while_a_second_try_waits_for_it_is_replaced_by_the_third(
    task: SubmittedTries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("airflow_ppf.submission.submitter._SILENCE_SECONDS", 6)
    first = task.start(waiting(task))
    driver = until_it_waits(task)
    kill(first)
    threading.Timer(5, lambda: [each.kill() for each in [driver, *driver.parents()[:1]]]).start()
    with pytest.raises(SubmittedRunError, match="has reported no status"):
        task.run()
    summary = task.run()
    assert outcomes(summary) == {"early": "skipped", "late": "ran"}
    assert task.ledger() == ["early", "late"]


def test_of_two_tries_at_once_the_second_waits_for_the_driver_of_the_first(task: SubmittedTries) -> None:
    first = task.start()
    until(lambda: task.state.get("ppf_submitted"), "the submission of the first")
    task.run()
    first.wait(60)
    assert task.ledger() == ["early", "late"]


def test_a_driver_that_wakes_up_after_it_was_replaced_comes_no_further_than_the_component_it_is_in(
    task: SubmittedTries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("airflow_ppf.submission.submitter._SILENCE_SECONDS", 6)
    first = task.start(waiting(task, before="early"))
    sleeper = until_it_waits(task)
    sleeper.send_signal(signal.SIGSTOP)
    (task.folder / "gate").touch()
    task.run()
    assert task.ledger() == ["early", "late"]
    sleeper.send_signal(signal.SIGCONT)
    assert first.wait(60) != 0
    assert task.ledger() == ["early", "late", "early"]


@pytest.mark.parametrize("when", ["it runs", "it has only just begun", "a second try waits for it"])
def test_stopping_the_task_leaves_no_driver_and_no_jvm(task: SubmittedTries, when: str) -> None:
    operator, context = task.operator(waiting(task)), task.context()
    ended: list[BaseException] = []

    def run() -> None:
        try:
            operator.execute(context)
        except BaseException as error:  # noqa: BLE001 - it is looked at below
            ended.append(error)

    if when == "a second try waits for it":
        first = task.start(waiting(task))
        until_it_waits(task)
        kill(first)
    thread = threading.Thread(target=run)
    thread.start()
    if when == "it has only just begun":
        until(task.drivers, "a driver")
    elif when == "it runs":
        until_it_waits(task)
    else:
        until(lambda: hasattr(operator, "submitted"), "the second try")
    operator.on_kill()
    thread.join(30)
    assert ended
    until(lambda: not task.processes(), "the end of all that was started")
    assert task.ledger() == ([] if when == "it has only just begun" else ["early"])
