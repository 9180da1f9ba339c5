"""Processes of one private Airflow or Spark, started with a mark in their environment, and found and stopped by it.

Airflow starts each task in a separate process group, and Spark starts a JVM and Python workers, so neither
parents nor process groups lead to all of them once a process in between has died. All of them inherit the
environment.
"""

from __future__ import annotations

import contextlib
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

__all__ = ["MARK", "LoggedProcess", "is_alive", "processes_of", "still_alive", "stop_all"]

MARK = "PPF_LOCAL_HOME"
"""Environment variable with the home that a process belongs to."""


@dataclass(frozen=True)
class LoggedProcess:
    """A process in its own session, out of reach of our Ctrl-C, that writes to one file."""

    name: str
    log: Path
    popen: subprocess.Popen[bytes]

    @classmethod
    def start(cls, name: str, command: Sequence[str], log: Path, env: Mapping[str, str]) -> LoggedProcess:
        """Start the process; the file is emptied first."""
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
        """Exit code, None while the process runs, minus the number of the signal that ended it."""
        return self.popen.poll()

    def tail(self, count: int = 30) -> str:
        """Return the last lines of the file."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])


def is_alive(process: psutil.Process) -> bool:
    """Return whether the process runs; a zombie has ended, even if nobody reaps it."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def still_alive(
    processes: Iterable[psutil.Process],
    *,
    timeout_seconds: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> list[psutil.Process]:
    """Wait until all of the processes have ended, at most that long; return those that still run."""
    deadline = clock() + timeout_seconds
    alive = [process for process in processes if is_alive(process)]
    while alive and clock() < deadline:
        sleep(0.05)
        alive = [process for process in alive if is_alive(process)]
    return alive


def processes_of(home: Path) -> list[psutil.Process]:
    """Return all living processes of that home, without this process and its parents."""
    mark = str(home.resolve())
    me = psutil.Process()
    spared = {me.pid, *(parent.pid for parent in me.parents())}
    marked: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        # Processes of other users are not readable, and any process may end meanwhile.
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == mark and is_alive(process):
                marked[process.pid] = process
    return [process for pid, process in marked.items() if pid not in spared]


def stop_all(
    home: Path,
    *,
    grace_seconds: float = 3.0,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> list[str]:
    """Terminate all processes of that home, then kill the rest; return the command lines of those killed.

    A process that starts another process meanwhile is caught in a later round.
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
