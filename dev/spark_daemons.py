"""Servers of the pip-installed Spark, started on free ports of this machine and stopped together."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from dev.home_lock import home_lock
from dev.places import CHECKOUT
from dev.processes import MARK, LoggedProcess, stop_all
from dev.signals import ending_signals_raise, ending_signals_wait
from dev.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["HOST", "SparkDaemonError", "SparkDaemons", "listens"]

HOST = "127.0.0.1"


class SparkDaemonError(RuntimeError):
    """A server of Spark did not start, or has died; the message ends with its last lines."""


class SparkDaemons:
    """Servers of Spark that live as long as the `with` block; a subclass starts them in `_start`.

    At its end, also if this process is killed, all of them and all their children are stopped.

    Args:
        home: Folder of logs and work; made if missing. Only one program may use it at a time.
        env: Further environment variables of all servers.
        start_timeout_seconds: Time until all are healthy.
    """

    def __init__(
        self, home: Path, *, env: Mapping[str, str] | None = None, start_timeout_seconds: float = 60.0
    ) -> None:
        self.home = home.resolve()
        self.address = ""
        self._env = dict(env or {})
        self._timeout_seconds = start_timeout_seconds
        self._running: dict[str, LoggedProcess] = {}
        self._guard: subprocess.Popen[bytes] | None = None
        self._held = ExitStack()

    def __enter__(self) -> Self:
        """Start them.

        Raises:
            HomeInUseError: another program uses this home.
            SparkDaemonError: a server died, or not all were healthy in time.
        """
        with ExitStack() as held:
            held.enter_context(home_lock(self.home))
            held.enter_context(ending_signals_raise())
            held.callback(self._stop)
            stop_all(self.home)  # left by a start whose program and guard were both killed
            self._guard = self._start_guard()
            self._start()
            self._held = held.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop them."""
        self._held.__exit__(kind, error, trace)

    def check(self) -> None:
        """Check that all servers run.

        Raises:
            SparkDaemonError: a server has died.
        """
        for name, process in self._running.items():
            if process.exit_code is not None:
                raise SparkDaemonError(
                    f"{name} ended with code {process.exit_code}; the end of {process.log}:\n{process.tail()}"
                )

    def pid(self, name: str) -> int:
        """Return the process id of a server, for tests that kill it; afterwards `check` fails."""
        return self._running[name].popen.pid

    def _start(self) -> None:
        raise NotImplementedError

    def _run(self, name: str, arguments: Sequence[str], through: Sequence[str] = ()) -> None:
        """Start `THROUGH spark-class ARGUMENTS`."""
        import pyspark

        spark_home = Path(pyspark.__file__).parent
        env = {
            **os.environ,
            "SPARK_HOME": str(spark_home),
            "SPARK_LOCAL_IP": HOST,
            "SPARK_LOCAL_DIRS": str(self.home / "local"),
            "SPARK_WORKER_DIR": str(self.home / "work"),
            # Without it, executors run the first python3 of their PATH.
            "PYSPARK_PYTHON": sys.executable,
            **self._env,
            MARK: str(self.home),
        }
        command = [*through, str(spark_home / "bin" / "spark-class"), *arguments]
        self._running[name] = LoggedProcess.start(name, command, self.home / "logs" / f"{name}.log", env)

    def _wait_until(self, well: Callable[[], bool], what: str) -> None:
        def well_or_dead() -> bool:
            self.check()
            return well()

        try:
            wait_until(well_or_dead, what, timeout_seconds=self._timeout_seconds)
        except TimeoutError as error:
            logs = "\n".join(f"{each.log}:\n{each.tail()}" for each in self._running.values())
            raise SparkDaemonError(f"{error}\n{logs}") from None

    def _start_guard(self) -> subprocess.Popen[bytes]:
        # Without the mark, or it would be stopped with the rest.
        return subprocess.Popen(
            [sys.executable, "-m", "dev.guard", str(self.home)],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _stop(self) -> None:
        with ending_signals_wait():
            stop_all(self.home)
            for process in self._running.values():
                process.popen.wait()
            self._running.clear()
            if self._guard is not None:
                self._guard.communicate()  # the end of its standard input ends it
                self._guard = None


def listens(port: int) -> bool:
    """Return whether a process listens on that port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
