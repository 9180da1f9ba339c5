"""Cost of finding which temp views a component made, replaced or dropped, in a session with 50 views.

A component without `outputs` costs one listing after it; before it, the previous listing still holds. A listing is
timed in classic mode, and over Spark Connect against its own server. Between listings a view is replaced, as in a run,
so that no two listings are the same.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from ppf_core.config import ComponentConfig, ComponentType, SparkConfig
from ppf_core.runner.views.tracker import ViewTracker
from ppf_core.session import SparkSessionWrapper

__all__ = ["main"]

VIEWS = 50
TARGETS_MS = {"classic": 30, "connect": 250}


def main(rounds: int = 15) -> None:
    """Print the median and all times of each mode, each in its own process: one process cannot have both."""
    from dev.connect_server import ConnectServer

    with tempfile.TemporaryDirectory() as home:
        _print("classic", _in_a_new_process(rounds, ""))
        with ConnectServer(Path(home)) as server:
            _print("connect", _in_a_new_process(rounds, server.address))


def _print(mode: str, times: list[float]) -> None:
    each = ", ".join(f"{milliseconds:.0f}" for milliseconds in times)
    print(
        f"{mode}: {median(times):5.1f} ms a look at {VIEWS} views   ({each})   target: {TARGETS_MS[mode]} ms"
    )


def _in_a_new_process(rounds: int, address: str) -> list[float]:
    command = [sys.executable, "-m", "benchmarks.view_tracking", str(rounds), address]
    environment = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    times: list[float] = json.loads(done.stdout.splitlines()[-1])
    return times


def _look(rounds: int, address: str) -> list[float]:
    """Return the milliseconds of each look, without the first three, which load classes and open connections."""
    quiet = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
    local = SparkConfig("views", master="local[2]", spark_conf=quiet)
    component = ComponentConfig("c", ComponentType.TRANSFORMATION, "any.Class")
    with SparkSessionWrapper(SparkConfig("views", connect_string=address) if address else local) as session:
        spark, tracker, times = session.spark, ViewTracker(session), []
        for number in range(VIEWS):
            spark.sql(f"SELECT id, id % 7 AS k FROM range({number})").createOrReplaceTempView(f"v{number}")  # noqa: S608 - a number
        for number in range(rounds + 3):
            tracker.before(component)
            name = f"v{number % VIEWS}"
            spark.sql(f"SELECT {number} AS x").createOrReplaceTempView(name)
            began = time.perf_counter()
            changes = tracker.after(component)
            times.append((time.perf_counter() - began) * 1000)
            if changes.made != (name,):
                raise SystemExit(f"expected {name} to be seen, got {changes}")
    return times[3:]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(_look(int(sys.argv[1]), sys.argv[2])))
    else:
        main()
