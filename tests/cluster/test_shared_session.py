"""Components as tasks that share a session of a Spark Connect server, each task a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dev.connect_server import ConnectServer
from dev.processes import is_alive, still_alive
from dev.waiting import wait_until
from tests.support.diamond_pipeline import DIAMOND

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.spark, pytest.mark.airflow, pytest.mark.slow]

CHECKOUT = Path(__file__).parents[2]
EXPECTED = [(0, 2), (2, 2), (4, 2)]
TASKS = ["numbers", "doubled", "again", "joined", "out", "pipeline_end", "pipeline_session_end"]

PIPELINE = f"""
name = p
version = "1"
spark {{ connect_string = "ADDRESS" }}
checkpoint {{ root = "ROOT" }}
{DIAMOND}
airflow {{ granularity = component, shared_session = true }}
"""


@dataclass
class Run:
    """One DAG run in a folder of its own."""

    folder: Path
    address: str
    name: str = "p"

    def write(self, *changes: tuple[str, str]) -> None:
        """Write the pipeline file, with some texts replaced."""
        text = PIPELINE.replace("name = p\n", f"name = {self.name}\n")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        self.folder.mkdir(exist_ok=True)
        file = self.folder / "p.conf"
        file.write_text(text.replace("ROOT", str(self.folder)).replace("ADDRESS", self.address))

    def start(self, task_id: str) -> subprocess.Popen[str]:
        """Begin a try of a task."""
        env = {
            **os.environ,
            "PYTHONPATH": str(CHECKOUT),
            "PYTHONWARNINGS": "default",
            "USER": f"on-the-machine-of-{task_id}",
            "no_proxy": "127.0.0.1",
        }
        command = [sys.executable, "-m", "tests.support.shared_session_task", str(self.folder), task_id]
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def outcome(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        """Wait for the end of a try and return its outcome."""
        out, err = process.communicate(timeout=90)
        assert process.returncode == 0, err
        outcome: dict[str, Any] = json.loads(out.splitlines()[-1])
        return outcome | {"log": out}

    def once(self, task_id: str, *, fails: bool = False) -> dict[str, Any]:
        """Run a try of a task and return its outcome."""
        outcome = self.outcome(self.start(task_id))
        assert (outcome["error"] is not None) == fails, outcome
        return outcome

    def handed_over(self, task_id: str) -> dict[str, Any]:
        """Return the hand-over that it has pushed for its downstream tasks."""
        document = json.loads((self.folder / "tasks" / f"{task_id}.json").read_text())
        components: dict[str, Any] = document["xcoms"]["ppf_handover"]["components"]
        return components

    @property
    def output(self) -> list[tuple[int, int]]:
        """The rows that the sink has written."""
        rows = pq.read_table(self.folder / "out").to_pylist()
        return sorted((row["id"], row["version"]) for row in rows)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConnectServer]:
    with ConnectServer(tmp_path_factory.mktemp("connect")) as started:
        yield started


@pytest.fixture
def run(server: ConnectServer, tmp_path: Path, request: pytest.FixtureRequest) -> Run:
    # The server outlives a test: a session comes from DAG, run and pipeline.
    run = Run(tmp_path / "run", server.address, request.node.name)
    run.write()
    return run


def test_views_pass_from_task_to_task_in_one_session_and_nothing_is_written(run: Run) -> None:
    outcomes = {task_id: run.once(task_id) for task_id in TASKS[:5]}
    assert run.output == EXPECTED
    assert [outcomes[name]["events"] for name in TASKS[:4]] == [[f"run {name}"] for name in TASKS[:4]]
    assert not (run.folder / "handover").exists()
    own, shared = zip(*(outcomes[name]["sessions"] for name in TASKS[:5]), strict=True)
    assert len(set(shared)) == 1
    assert len(set(own)) == 5
    assert run.once("pipeline_end")["sessions"] == []  # it has nothing to ask of Spark
    assert run.once("pipeline_session_end")["returned"] == shared[0]
    # A server opens no session twice: after its end there is another session.
    assert run.once("pipeline_session_end")["returned"] != shared[0]


def test_siblings_at_once_hand_over_what_is_theirs(run: Run) -> None:
    def waits(component: str, other: str) -> str:
        config = {
            "component": component,
            "reached": f"{run.folder}/{component}",
            "until": f"{run.folder}/{other}",
        }
        return json.dumps({"class_path": "tests.support.killing_hooks.WaitBefore", "config": config})

    hooks = f"hooks {{ custom = [{waits('doubled', 'again')}, {waits('again', 'doubled')}] }}"
    run.write(("checkpoint {", f"{hooks}\ncheckpoint {{"))
    run.once("numbers")
    both = [run.start("doubled"), run.start("again")]
    assert [run.outcome(process)["error"] for process in both] == [None, None]
    assert run.handed_over("doubled")["doubled"]["record"]["views"] == ["doubled"]
    assert run.handed_over("again")["again"]["record"]["views"] == ["t"]
    run.once("joined")
    run.once("out")
    assert run.output == EXPECTED


def test_a_task_that_is_stopped_ends_no_job_but_its_own(run: Run) -> None:
    def held(name: str) -> tuple[str, str]:
        written = f"{{}}, depends_on = [numbers]\n    config {{{{ {{}}label = {name}"
        files = f'started = "ROOT/{name}.started", until = "ROOT/{name}.until", '
        return written.format("tests.support.components.Views", ""), written.format(
            "tests.support.shared_session_task.Held", files
        )

    def process_of_its_job(name: str) -> psutil.Process:
        file = run.folder / f"{name}.started"
        wait_until(
            lambda: file.exists() and file.read_text().endswith("\n"), f"a job of {name}", timeout_seconds=90
        )
        return psutil.Process(int(file.read_text()))

    run.write(held("doubled"), held("again"))
    pipes = {name: run.folder / f"{name}.until" for name in ("doubled", "again")}
    for pipe in pipes.values():
        os.mkfifo(pipe)
    run.once("numbers")
    tasks = {name: run.start(name) for name in pipes}
    jobs = {name: process_of_its_job(name) for name in pipes}

    tasks["doubled"].terminate()
    assert "Airflow stopped the task" in run.outcome(tasks["doubled"])["error"]
    assert still_alive([jobs["doubled"]], timeout_seconds=30) == []
    assert is_alive(jobs["again"])

    pipes["again"].write_text("go on")
    assert run.outcome(tasks["again"])["error"] is None
    assert len((run.folder / "again.started").read_text().splitlines()) == 1
    pipes["doubled"].unlink()
    pipes["doubled"].write_text("go on")
    for task_id in ("doubled", "joined", "out"):
        run.once(task_id)
    assert run.output == EXPECTED


def test_nobody_meets_the_views_of_an_older_try_or_of_one_that_failed(run: Run) -> None:
    def versions(*numbers: int) -> None:
        table = pa.table({"version": pa.array(numbers, pa.int32())})
        (run.folder / "versions").mkdir(exist_ok=True)
        for number in numbers:
            pq.write_table(table, run.folder / "versions" / f"{number}.parquet")

    source = '"SELECT max(version) AS version FROM parquet.`ROOT/versions`"'
    extra = ', late = "SELECT * FROM parquet.`ROOT/late`"'
    run.write(('"SELECT 1 AS version"', source + extra))
    versions(5)
    run.once("numbers", fails=True)  # it has made its views `numbers` and `t` by then
    run.write(('"SELECT 1 AS version"', source))
    run.once("numbers")
    first = run.handed_over("numbers")["numbers"]["record"]["handover"]["session"]
    versions(7)
    (run.folder / "tasks" / "numbers.json").unlink()  # cleared, and its state with it
    run.once("numbers")
    assert run.handed_over("numbers")["numbers"]["record"]["handover"]["session"] != first
    outcomes = [run.once(task_id) for task_id in ("doubled", "again", "joined")]
    assert [each["events"] for each in outcomes] == [["run doubled"], ["run again"], ["run joined"]]
    run.once("out")
    assert {version for _, version in run.output} == {8}


def test_after_the_session_was_closed_a_task_makes_again_what_was_not_written(run: Run) -> None:
    for task_id in TASKS[:3]:
        run.once(task_id)
    run.once("pipeline_session_end")
    joined = run.once("joined")
    assert joined["events"] == ["run numbers", "run doubled", "run again", "run joined"]
    assert "The shared session has lost the views of numbers" in joined["log"]
    assert run.once("out")["events"] == []  # `joined` is in the session that came after
    assert run.output == EXPECTED
    # What was made with other settings is not made again in the place of what its task has made.
    run.once("pipeline_session_end")
    (run.folder / "tasks" / "joined.json").unlink()
    run.write(("SELECT 2 * id AS id", "SELECT 3 * id AS id"))
    error = run.once("joined", fails=True)["error"]
    assert error.startswith(
        "UpstreamHandOverError: expected the views of component 'doubled' from task doubled"
    )
    assert error.endswith("Clear task doubled together with its downstream tasks to create them again")


def test_a_server_that_is_killed_costs_no_result(tmp_path: Path) -> None:
    home = tmp_path / "connect"
    with ConnectServer(home) as server:
        run = Run(tmp_path / "run", server.address)
        run.write(("{ name = numbers,", "{ name = numbers, materialize = true,"))
        for task_id in TASKS[:3]:
            run.once(task_id)
        handed_over = run.handed_over("numbers")["numbers"]
        assert sorted(handed_over) == ["record", "settings"]
        assert sorted(handed_over["record"]["handover"]) == ["directory", "manifest_sha256", "session"]
        os.kill(server.pid("connect-server"), signal.SIGKILL)
        began = time.monotonic()
        error = run.once("joined", fails=True)["error"]
        assert error.startswith("SessionUnavailableError")
        assert time.monotonic() - began < 30
        assert run.once("pipeline_session_end")["returned"] is None
    with ConnectServer(home, port=int(server.address.rpartition(":")[2])):
        # What is in Parquet is read, what was lazy is made again.
        assert run.once("joined")["events"] == ["run doubled", "run again", "run joined"]
        assert run.once("out")["events"] == []
        assert run.output == EXPECTED
        run.once("pipeline_end")
        assert not list((run.folder / "handover").glob("*"))


def test_a_process_that_stops_none_of_its_sessions_ends_all_the_same(server: ConnectServer) -> None:
    # Once its clients' threads are gone, grpc waits for ever in the finalizer of any but the first session.
    code = (
        "from ppf_core.config import SparkConfig\n"
        "from ppf_core.session import SharedSession, SparkSessionWrapper\n"
        f"config = SparkConfig('x', connect_string={server.address!r})\n"
        "shared = SharedSession(['left'], touch_seconds=0.1)\n"
        "all_of_them = [SparkSessionWrapper(config), SparkSessionWrapper(config, shared=shared)]\n"
        "print([one.spark.range(3).count() for one in all_of_them])\n"
    )
    env = {**os.environ, "PYTHONPATH": str(CHECKOUT), "no_proxy": "127.0.0.1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False, timeout=90
    )
    assert (done.returncode, done.stdout) == (0, "[3, 3]\n"), done.stderr


def test_functions_of_a_module_that_was_sent_are_found_by_the_tasks_after(run: Run) -> None:
    (run.folder / "modules").mkdir()
    (run.folder / "modules" / "sent_away.py").write_text("def plus(number):\n    return number + 100\n")
    run.write(
        ("spark {", 'spark { py_files = ["ROOT/modules/sent_away.py"],'),
        (
            "tests.support.components.Views, depends_on = [numbers]\n    config { label = doubled",
            "tests.support.shared_session_task.UsesModule, depends_on = [numbers]\n    config { label = doubled",
        ),
        (" JOIN numbers USING (id)", ""),
    )
    for task_id in TASKS[:5]:
        run.once(task_id)
    assert sorted(number for number, _ in run.output) == [100, 101, 102, 103, 104]
