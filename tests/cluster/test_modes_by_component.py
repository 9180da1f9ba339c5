"""The example pipeline as several tasks, each with its own Spark, with all that can be killed killed on the way.

As one task it is in test_modes.py, as tasks that are submitted in test_submitted_components.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from dev.connect_server import ConnectServer
from dev.local_cluster import LocalCluster
from tests.support.nyc_flights_run import LATE, assert_right_results, by_component, by_groups, environment
from tests.support.task_processes import TaskProcesses, Try, hook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.spark, pytest.mark.slow, pytest.mark.airflow]

READS = "read_flights read_weather read_planes read_airports read_airlines"
CLEANS = "clean_flights clean_weather flights_with_weather fleets"
RESULTS = "delays_per_carrier delays_per_hour top_destinations write_delays_per_carrier"


@dataclass
class Run:
    """One run of the example."""

    processes: TaskProcesses
    tries: list[Try] = field(default_factory=list)

    def task(self, task_ids: str, *, kill_before: str | None = None, pid: int | None = None) -> None:
        """Run a try of the task, or of several; before that component begins it kills itself, or the process `pid`."""
        hooks = [hook("KillBefore", kill_before, pid=pid)] if kill_before is not None else []
        self.tries.append(self.processes.run(task_ids, *hooks))

    def assert_ended(self, *exit_codes: int) -> None:
        """Check the exit codes of its tries."""
        assert [each_try.exit_code for each_try in self.tries] == list(exit_codes), [
            each_try.said for each_try in self.tries
        ]

    def assert_right(self) -> None:
        """Check the results."""
        assert_right_results(self.processes.folder)


def example(folder: Path, text: str) -> Run:
    return Run(TaskProcesses(folder, text, environment(folder)))


@pytest.fixture
def locally(tmp_path: Path) -> Run:
    """A task's process is killed."""
    run = example(tmp_path, by_groups('master = "local[2]"'))
    run.task("prepare")
    run.task("results", kill_before=LATE)
    run.task("results publish_report pipeline_end")
    return run


@pytest.fixture
def on_the_cluster(tmp_path: Path) -> Run:
    """A task's process is killed, and one of two workers in its next try."""
    with LocalCluster(tmp_path / "cluster", memory_mb=768) as cluster:
        run = example(
            tmp_path, by_groups(f'master = "{cluster.address}", executor_memory = 512m, executor_cores = 1')
        )
        run.task("prepare")
        run.task("results", kill_before=LATE)
        run.task("results", kill_before=LATE, pid=cluster.pid("worker-0"))
        run.task("publish_report pipeline_end")
    return run


@pytest.fixture
def on_connect(tmp_path: Path) -> Iterator[Run]:
    """A task's process is killed, and the server in its next try; the third has a new server."""
    home = tmp_path / "connect"
    with ConnectServer(home) as server:
        run = example(tmp_path, by_groups(f'connect_string = "{server.address}"'))
        run.task("prepare")
        run.task("results", kill_before=LATE)
        run.task("results", kill_before=LATE, pid=server.pid("connect-server"))
    with ConnectServer(home, port=int(server.address.rpartition(":")[2])):
        run.task("results")
        run.task("publish_report pipeline_end")
        yield run


@pytest.fixture
def in_a_shared_session(tmp_path: Path) -> Iterator[Run]:
    """Seventeen tasks: one is killed, and the server in its next try; the third has a new server."""
    home = tmp_path / "connect"
    with ConnectServer(home) as server:
        run = example(tmp_path, by_component(f'connect_string = "{server.address}"', shared_session=True))
        run.task(f"unpack_tables {READS} {CLEANS} {RESULTS}")
        run.task(LATE, kill_before=LATE)
        run.task(LATE, kill_before=LATE, pid=server.pid("connect-server"))
    with ConnectServer(home, port=int(server.address.rpartition(":")[2])):
        run.task(LATE)
        run.task("write_top_destinations publish_report pipeline_end pipeline_session_end")
        yield run


def test_on_one_machine_a_killed_task_resumes_to_the_right_results(locally: Run) -> None:
    locally.assert_ended(0, -9, 0)
    outcomes = locally.processes.outcomes("results")
    assert (outcomes["write_delays_per_carrier"], outcomes[LATE]) == ("skipped", "ran")
    locally.assert_right()


def test_on_a_cluster_a_killed_task_and_a_lost_worker_leave_the_right_results(on_the_cluster: Run) -> None:
    on_the_cluster.assert_ended(0, -9, 0, 0)
    outcomes = on_the_cluster.processes.outcomes("results")
    assert (outcomes["write_delays_per_carrier"], outcomes[LATE]) == ("skipped", "ran")
    on_the_cluster.assert_right()


def test_on_connect_a_killed_task_and_a_killed_server_leave_the_right_results(on_connect: Run) -> None:
    on_connect.assert_ended(0, -9, 1, 0, 0)
    outcomes = on_connect.processes.outcomes("results")
    assert (outcomes["write_delays_per_carrier"], outcomes[LATE]) == ("skipped", "ran")
    on_connect.assert_right()


def test_in_a_shared_session_a_killed_task_and_a_killed_server_leave_the_right_results_of_seventeen_tasks(
    in_a_shared_session: Run,
) -> None:
    in_a_shared_session.assert_ended(0, -9, 1, 0, 0)
    outcomes = in_a_shared_session.processes.outcomes(LATE)
    # What was in the session only was gone with the server.
    assert (outcomes[LATE], outcomes["flights_with_weather"]) == ("ran", "replayed")
    assert "write_delays_per_carrier" not in {name for name, what in outcomes.items() if what != "skipped"}
    in_a_shared_session.assert_right()
