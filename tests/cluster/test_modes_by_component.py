"""The example pipeline as several tasks, each with its own Spark, with all that can be killed killed on the way."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dev.connect_server import ConnectServer
from dev.local_cluster import LocalCluster
from tests.cluster.example import CHECKOUT, EXAMPLES, LATE, assert_right_results, environment, killing_hooks

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.spark, pytest.mark.slow, pytest.mark.airflow]

PIPELINE = f"""
include "{EXAMPLES}/pipelines/nyc_flights.conf"
spark {{ SPARK }}
checkpoint {{ root = "ROOT" }}
hooks {{ custom = HOOKS }}
airflow {{
  granularity = component
  groups {{
    prepare = [
      unpack_tables, read_flights, read_weather, read_planes, read_airports, read_airlines
      clean_flights, clean_weather, flights_with_weather, fleets
    ]
    results = [
      delays_per_carrier, delays_per_hour, top_destinations
      write_delays_per_carrier, write_delays_per_hour, write_top_destinations
    ]
  }}
}}
"""


@dataclass
class Run:
    """One run: each try of a task is a process."""

    folder: Path
    spark: str
    exit_codes: list[int] = field(default_factory=list)
    summaries: list[dict[str, Any]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def task(self, task_id: str, *, kill_before: str | None = None, pid: int | None = None) -> None:
        """A try of it; before that component begins it kills itself, or the process `pid`."""
        text = PIPELINE.replace("SPARK", self.spark).replace("ROOT", str(self.folder / "root"))
        file = self.folder / "pipeline.conf"
        file.write_text(text.replace("HOOKS", killing_hooks(kill_before, pid)))
        env = {**environment(self.folder), "AIRFLOW_HOME": str(self.folder / "airflow")}
        done = subprocess.run(
            [sys.executable, "-m", "tests.cluster.one_task", str(file), str(self.folder), task_id],
            env=env,
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        self.exit_codes.append(done.returncode)
        self.summaries.append(json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else {})
        self.errors.append(done.stdout + done.stderr)

    def outcomes(self, place: int) -> dict[str, str]:
        return {one["name"]: one["outcome"] for one in self.summaries[place]["components"]}


@pytest.fixture
def on_the_cluster(tmp_path: Path) -> Run:
    """A task's process is killed, and one of two workers in its next try."""
    with LocalCluster(tmp_path / "cluster", memory_mb=768) as cluster:
        run = Run(tmp_path, f'master = "{cluster.address}", executor_memory = 512m, executor_cores = 1')
        run.task("prepare")
        run.task("results", kill_before=LATE)
        run.task("results", kill_before=LATE, pid=cluster.pid("worker-0"))
        run.task("publish_report")
        run.task("pipeline_end")
    return run


@pytest.fixture
def on_connect(tmp_path: Path) -> Iterator[Run]:
    """A task's process is killed, and the server in its next try; the third has a new server."""
    home = tmp_path / "connect"
    with ConnectServer(home) as server:
        run = Run(tmp_path, f'connect_string = "{server.address}"')
        run.task("prepare")
        run.task("results", kill_before=LATE)
        run.task("results", kill_before=LATE, pid=server.pid("connect-server"))
    with ConnectServer(home, port=int(server.address.rpartition(":")[2])):
        run.task("results")
        run.task("publish_report")
        run.task("pipeline_end")
        yield run


def test_on_a_cluster_a_killed_task_and_a_lost_worker_leave_the_right_results(on_the_cluster: Run) -> None:
    assert on_the_cluster.exit_codes == [0, -9, 0, 0, 0], on_the_cluster.errors
    outcomes = on_the_cluster.outcomes(2)
    assert (outcomes["write_delays_per_carrier"], outcomes[LATE]) == ("skipped", "ran")
    assert_right_results(on_the_cluster.folder)


def test_on_connect_a_killed_task_and_a_killed_server_leave_the_right_results(on_connect: Run) -> None:
    assert on_connect.exit_codes == [0, -9, 1, 0, 0, 0], on_connect.errors
    outcomes = on_connect.outcomes(3)
    assert (outcomes["write_delays_per_carrier"], outcomes[LATE]) == ("skipped", "ran")
    assert_right_results(on_connect.folder)
