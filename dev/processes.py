"""The processes of one private Airflow or Spark: started with a mark in their environment, found and stopped by it.

Airflow starts each task in a process group of its own, and Spark starts a JVM and Python workers, so
neither parents nor process groups lead to all of them once something in between has died. What all of
them inherit is the environment.
"""

from __future__ import annotations

import contextlib
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

__all__ = ["MARK", "LoggedProcess", "processes_of", "stop_all"]

MARK = "PPF_LOCAL_HOME"
"""The environment variable that holds the home a process belongs to."""


@dataclass(frozen=True)
class LoggedProcess:
    """A process in a session of its own (our Ctrl-C does not reach it), writing to one file."""

    name: str
    log: Path
    popen: subprocess.Popen[bytes]

    @classmethod
    def start(cls, name: str, command: Sequence[str], log: Path, env: Mapping[str, str]) -> LoggedProcess:
        """Starts it; the file begins anew."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as file:
            popen = subprocess.Popen(
                command,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return cls(name, log, popen)

    @property
    def exit_code(self) -> int | None:
        """None while it runs; minus the signal's number where one ended it."""
        return self.popen.poll()

    def tail(self, count: int = 30) -> str:
        """The last lines it wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])


def processes_of(home: Path) -> list[psutil.Process]:
    """All living processes of the Airflow in that home, never this one or one it was started by."""
    mark = str(home.resolve())
    me = psutil.Process()
    spared = {me.pid, *(parent.pid for parent in me.parents())}
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        # Foreign users' processes may not be looked into, and any may end meanwhile.
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found[process.pid] = process
    return [process for pid, process in found.items() if pid not in spared]


def stop_all(
    home: Path,
    *,
    grace_seconds: float = 3.0,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> list[str]:
    """Ends all processes of that home: asks, then kills what is left until nothing is.

    Returns the command lines of those that had to be killed. A process that is starting another one
    while it is asked is caught in a later round.
    """
    asked: set[int] = set()
    killed: list[str] = []
    deadline = clock() + grace_seconds
    while left := processes_of(home):
        over = clock() >= deadline
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                if over:
                    killed.append(" ".join(process.cmdline()) or process.name())
                    process.kill()
                elif process.pid not in asked:
                    asked.add(process.pid)
                    process.terminate()
        sleep(0.05)
    return killed
