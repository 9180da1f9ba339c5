"""The example pipeline on one machine, on a standalone cluster and on Spark Connect, with what can be killed killed.

Submitted it is in test_submission.py, as several tasks in test_modes_by_component.py.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dev.connect_server import ConnectServer
from dev.local_cluster import LocalCluster
from tests.support.nyc_flights_run import EXAMPLES, LATE, assert_right_results, environment, killing_hooks

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.spark, pytest.mark.slow]


@dataclass
class Tries:
    """One run of the example in some mode: each try is a process, its output JSON where it lived to print some."""

    folder: Path
    spark: str
    exit_codes: list[int] = field(default_factory=list)
    outcomes: list[dict[str, Any]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def once(self, *, kill_before: str | None = None, pid: int | None = None) -> None:
        """Run another try; before that component begins it kills itself, or the process `pid`."""
        file = self.folder / "pipeline.conf"
        file.write_text(
            f'include "{EXAMPLES}/pipelines/nyc_flights.conf"\n'
            f"spark {{ {self.spark} }}\n"
            f"hooks {{ custom = {killing_hooks(kill_before, pid)} }}\n"
        )
        env = environment(self.folder)
        options = ["--run-id", "run", "--checkpoint-dir", str(self.folder / "checkpoints"), "--json"]
        began = time.monotonic()
        done = subprocess.run(
            [str(Path(sys.executable).parent / "ppf"), "run", str(file), *options],
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        self.seconds.append(time.monotonic() - began)
        self.exit_codes.append(done.returncode)
        self.outcomes.append(json.loads(done.stdout) if done.stdout else {})
        self.errors.append(done.stderr)


@pytest.fixture
def locally(tmp_path: Path) -> Tries:
    """The process, which has all of Spark with it, is killed in the first try."""
    tries = Tries(tmp_path, 'master = "local[2]"')
    tries.once(kill_before=LATE)
    tries.once()
    return tries


@pytest.fixture(scope="module")
def on_the_cluster(tmp_path_factory: pytest.TempPathFactory) -> Tries:
    """The driver is killed in the first try, one of two workers in the second."""
    with LocalCluster(tmp_path_factory.mktemp("cluster"), memory_mb=768) as cluster:
        size = "executor_memory = 512m, executor_cores = 1"
        tries = Tries(tmp_path_factory.mktemp("run"), f'master = "{cluster.address}", {size}')
        tries.once(kill_before=LATE)
        tries.once(kill_before=LATE, pid=cluster.pid("worker-0"))
    return tries


@pytest.fixture(scope="module")
def on_connect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tries]:
    """The client is killed in the first try, the server in the second; the third has a new server."""
    home = tmp_path_factory.mktemp("connect")
    with ConnectServer(home) as server:
        tries = Tries(tmp_path_factory.mktemp("run"), f'connect_string = "{server.address}"')
        tries.once(kill_before=LATE)
        tries.once(kill_before=LATE, pid=server.pid("connect-server"))
    with ConnectServer(home, port=int(server.address.rpartition(":")[2])):
        tries.once()
        yield tries


def test_on_one_machine_a_killed_process_leaves_the_right_results(locally: Tries) -> None:
    assert locally.exit_codes == [-9, 0], locally.errors
    outcome = {
        component["component"]: component["outcome"] for component in locally.outcomes[1]["components"]
    }
    assert (outcome["write_delays_per_carrier"], outcome[LATE]) == ("skipped", "ran")
    assert_right_results(locally.folder)


def test_on_a_cluster_a_killed_driver_and_a_lost_worker_leave_the_right_results(
    on_the_cluster: Tries,
) -> None:
    assert on_the_cluster.exit_codes == [-9, 0], on_the_cluster.errors
    assert_right_results(on_the_cluster.folder)


def test_on_a_cluster_nothing_that_was_written_is_written_again(on_the_cluster: Tries) -> None:
    outcome = {
        component["component"]: component["outcome"] for component in on_the_cluster.outcomes[1]["components"]
    }
    assert outcome["write_delays_per_carrier"] == "skipped"
    assert outcome[LATE] == "ran"


def test_on_connect_a_killed_client_and_a_killed_server_leave_the_right_results(on_connect: Tries) -> None:
    assert on_connect.exit_codes == [-9, 3, 0], on_connect.errors
    assert_right_results(on_connect.folder)


def test_a_connect_server_that_died_is_an_error_within_fifteen_seconds(on_connect: Tries) -> None:
    (failed,) = [
        component for component in on_connect.outcomes[1]["components"] if component["outcome"] == "failed"
    ]
    assert failed["component"] == LATE
    assert failed["duration_ms"] < 15_000
