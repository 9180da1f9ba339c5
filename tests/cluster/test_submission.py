"""Pipelines that a task submits: the driver is a process of its own, on a real standalone cluster."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from dev.local_cluster import LocalCluster
from tests.spark.nyc_flights_reference import assert_same_results, expected_results, written_results

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip("airflow.providers.apache.spark.hooks.spark_submit", reason="needs the extra submit")
from airflow_ppf.checkpoint import dag_run_mark
from airflow_ppf.operators.pipeline import PipelineOperator
from airflow_ppf.submission import SubmittedRunError

pytestmark = [pytest.mark.spark, pytest.mark.slow, pytest.mark.airflow]

CHECKOUT = Path(__file__).parents[2]
EXAMPLES = CHECKOUT / "example_dags"
EARLY, LATE = "write_delays_per_carrier", "write_delays_per_hour"


class TaskState(dict[str, Any]):
    """Airflow's task state store, as far as it is used here."""

    def set(self, key: str, value: object, **_: object) -> None:
        self[key] = value


EXAMPLE = f"""
include "{EXAMPLES}/pipelines/nyc_flights.conf"
spark {{ SPARK, executor_memory = 512m, executor_cores = 1 }}
"""
SMALL = """
name = small, version = "1"
spark { master = "local[1]", driver_memory = 512m }
components = [
  { name = numbers, component_type = source, class_path = ppf_core.batch.Sql
    config { query = "SELECT id FROM range(3)", output_view = numbers } }
  { name = EARLY, component_type = sink, class_path = ppf_core.batch.Write, depends_on = [numbers]
    config { view = numbers, format = json, path = "FOLDER/early", mode = append } }
  { name = LATE, component_type = sink, class_path = ppf_core.batch.Write, depends_on = [EARLY]
    config { view = numbers, format = json, path = "FOLDER/late", mode = append } }
]
""".replace("EARLY", EARLY).replace("LATE", LATE)


class Task:
    """One task instance over its tries, as Airflow would tell an operator of it."""

    def __init__(self, folder: Path, text: str) -> None:
        self.folder = folder
        self.text = text.replace("FOLDER", str(folder))
        self.state = TaskState()
        self.tries = 0
        self.xcom: dict[str, Any] = {}

    def operator(self, hooks: list[dict[str, Any]]) -> PipelineOperator:
        file = self.folder / "pipeline.conf"
        file.write_text(
            f"{self.text}\n"
            f'checkpoint {{ root = "{self.folder}/root" }}\n'
            f"hooks {{ custom = {json.dumps(hooks)} }}\n"
        )
        return PipelineOperator(task_id="p", pipeline=str(file), submit=True)

    def context(self) -> Any:
        self.tries += 1
        ti = SimpleNamespace(
            dag_id="d", run_id="r", task_id="p", map_index=-1, try_number=self.tries, max_tries=3, id="ti"
        )
        ti.xcom_push = self.xcom.__setitem__
        return {"ti": ti, "dag_run": SimpleNamespace(conf={}), "task_state_store": self.state, "params": {}}

    def run(self, *hooks: dict[str, Any]) -> dict[str, Any]:
        return self.operator(list(hooks)).execute(self.context())

    def rows(self, name: str) -> list[int]:
        """What a sink of the small pipeline has written."""
        files = (self.folder / name).glob("*.json")
        return sorted(json.loads(line)["id"] for file in files for line in file.read_text().splitlines())


def hook(name: str, component: str, **config: Any) -> dict[str, Any]:
    return {"class_path": f"tests.cluster.killers.{name}", "config": {"component": component, **config}}


def drivers(task: Task) -> list[psutil.Process]:
    """The drivers of the task that are alive, those included whose parents have died."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or [""]
        if Path(words[0]).name.startswith("python") and any(
            word.startswith(f"{task.folder}/root") for word in words
        ):
            found.append(process)
    return found


@pytest.fixture(autouse=True)
def _environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NYC_FLIGHTS_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")


@pytest.fixture
def task(tmp_path: Path) -> Iterator[Task]:
    """One of a small pipeline on a local Spark."""
    task = Task(tmp_path, SMALL)
    yield task
    for driver in drivers(task):
        driver.kill()


def outcomes(summary: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["outcome"] for one in summary["components"]}


def test_on_a_cluster_a_killed_driver_is_submitted_again_and_leaves_the_right_results(tmp_path: Path) -> None:
    with LocalCluster(tmp_path / "cluster", memory_mb=768) as cluster:
        task = Task(tmp_path, EXAMPLE.replace("SPARK", f'master = "{cluster.address}"'))
        with pytest.raises(SubmittedRunError, match="without saying how"):
            task.run(hook("KillBefore", LATE))
        summary = task.run()
    assert outcomes(summary)[EARLY] == "skipped"
    assert outcomes(summary)[LATE] == "ran"
    assert not (tmp_path / "root" / "submitted").exists() or not list(
        (tmp_path / "root" / "submitted").iterdir()
    )
    expected = expected_results(tmp_path / "data" / "tables")
    assert_same_results(written_results(tmp_path / "data" / "results"), expected)


def test_a_pipeline_that_fails_where_it_was_submitted_to_fails_its_task_with_the_reason(task: Task) -> None:
    with pytest.raises(SubmittedRunError, match="told to fail"):
        task.run(hook("StopBefore", LATE))
    assert outcomes(task.xcom["ppf_summary"])[EARLY] == "ran"


def test_a_driver_that_outlived_its_task_is_waited_for_and_not_started_again(
    task: Task, capsys: pytest.CaptureFixture[str]
) -> None:
    dag_run_mark(task.state)  # the process that is killed has a copy of it
    gate = task.folder / "gate"
    first = task.operator([hook("WaitBefore", LATE, until=str(gate), told=str(task.folder / "waits"))])
    context = task.context()

    pid = os.fork()
    if pid == 0:  # the task's process, which dies without a word; its driver goes on
        os.setsid()
        first.execute(context)
        os._exit(0)
    wait_for((task.folder / "waits").exists)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    (driver,) = drivers(task)
    threading.Timer(8, gate.touch).start()
    summary = task.run()
    assert "still at work" in capsys.readouterr().out
    assert set(outcomes(summary).values()) == {"ran"}
    assert not driver.is_running()
    assert task.rows("early") == task.rows("late") == [0, 1, 2]


def test_stopping_the_task_ends_the_driver(task: Task) -> None:
    first = task.operator([hook("WaitBefore", LATE, until="/never", told=str(task.folder / "waits"))])
    context = task.context()
    ended: list[BaseException] = []

    def run() -> None:
        try:
            first.execute(context)
        except BaseException as error:  # noqa: BLE001 - it is looked at below
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    wait_for((task.folder / "waits").exists)
    first.on_kill()
    thread.join(30)
    assert ended
    wait_for(lambda: not drivers(task))


def wait_for(condition: Any, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)
