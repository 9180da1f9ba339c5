"""A real Airflow for one program, with its own home and free ports, that leaves no processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import datetime, timezone
from importlib.metadata import version
from typing import TYPE_CHECKING

from dev.airflow_client import AirflowClient
from dev.airflow_config import environment, keep_secrets, write_config
from dev.home_lock import home_lock
from dev.places import CHECKOUT
from dev.ports import free_ports
from dev.processes import LoggedProcess, processes_of, stop_all
from dev.signals import ending_signals_raise, ending_signals_wait
from dev.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType

__all__ = ["LocalAirflow", "LocalAirflowError"]


class LocalAirflowError(RuntimeError):
    """Airflow did not start; the message ends with the last lines of the process that failed."""


class LocalAirflow:
    """Scheduler, DAG processor and api-server of an Airflow that lives as long as the `with` block.

    It uses SQLite and LocalExecutor, so every try of a task is a separate process. At the end of the block (also
    after an exception, Ctrl-C, SIGTERM, or if this process is killed) all its processes are stopped, the
    tasks and their JVMs included. The home is kept: a later start finds its runs again.

    Args:
        home: AIRFLOW_HOME; made if it is missing. Only one program may use it at a time.
        dags_folder: Folder of the DAG files, scanned every two seconds.
        env: Further environment variables of all processes (`AIRFLOW__SECTION__KEY` overrides a setting).
        triggerer: Whether to start a triggerer, which only deferrable tasks need.
        start_timeout_seconds: Time until all processes are healthy.
        say: Called with a few words before each step.
        clock, sleep: Used to wait.
    """

    def __init__(
        self,
        home: Path,
        dags_folder: Path,
        *,
        env: Mapping[str, str] | None = None,
        triggerer: bool = False,
        start_timeout_seconds: float = 180.0,
        say: Callable[[str], object] = lambda _text: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.home = home.resolve()
        self.dags_folder = dags_folder.resolve()
        self.username = "admin"
        self.password = ""
        self.address = ""
        self.start_seconds = 0.0
        self._env = dict(env or {})
        self._triggerer = triggerer
        self._start_timeout_seconds = start_timeout_seconds
        self._say = say
        self._clock = clock
        self._sleep = sleep
        self._running: dict[str, LoggedProcess] = {}
        self._guard: subprocess.Popen[bytes] | None = None
        self._client: AirflowClient | None = None
        self._held = ExitStack()

    def __enter__(self) -> LocalAirflow:
        """Start everything.

        Raises:
            HomeInUseError: another program runs an Airflow in this home.
            LocalAirflowError: a process died, or not all were healthy in time.
        """
        with ExitStack() as held:
            held.enter_context(home_lock(self.home))
            held.enter_context(ending_signals_raise())
            held.callback(self._stop)
            self._start()
            self._held = held.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything."""
        self._held.__exit__(kind, error, trace)

    @property
    def client(self) -> AirflowClient:
        """The REST client, logged in as admin."""
        if self._client is None:
            raise LocalAirflowError("Airflow is not running; use it inside its `with` block")
        return self._client

    @property
    def environ(self) -> dict[str, str]:
        """Environment for an `airflow` command against this Airflow."""
        return environment(self.home, self._env)

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of `airflow ARGUMENTS` in this Python."""
        return [sys.executable, "-m", "airflow", *arguments]

    def check(self) -> None:
        """Check that all services run.

        Raises:
            LocalAirflowError: a service has died.
        """
        for process in self._running.values():
            if process.exit_code is not None:
                raise LocalAirflowError(self._report(process))

    def _start(self) -> None:
        begin = self._clock()
        # Processes of a start whose program and guard were both killed.
        stop_all(self.home, clock=self._clock, sleep=self._sleep)
        kept = keep_secrets(self.home)
        self.password = kept["password"]
        (port,) = free_ports(1)
        self.address = f"http://127.0.0.1:{port}"
        write_config(self.home, self.dags_folder, port, kept)
        env = self.environ
        self._guard = self._start_guard()
        self._migrate(env)
        started_at = datetime.now(timezone.utc)
        services = {
            "api-server": ["api-server"],
            # Task logs are files of this machine: no server for them.
            "scheduler": ["scheduler", "--skip-serve-logs"],
            "dag-processor": ["dag-processor"],
        }
        if self._triggerer:
            services["triggerer"] = ["triggerer", "--skip-serve-logs"]
        for name, arguments in services.items():
            log = self.home / "logs" / f"{name}.log"
            self._running[name] = LoggedProcess.start(name, self.command(*arguments), log, env)
        self._say(f"starting {', '.join(services)}")
        self._client = AirflowClient(self.address, since=started_at, clock=self._clock, sleep=self._sleep)
        self._wait_until(lambda: self.client.health() is not None, started_at)
        self._client.prepare_for_tasks()
        self._wait_until(lambda: not self._unwell(started_at), started_at)
        self._client.log_in(self.username, self.password)
        self.start_seconds = self._clock() - begin

    def _start_guard(self) -> subprocess.Popen[bytes]:
        # Without the mark, or it would be stopped with the rest.
        env = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
        return subprocess.Popen(
            [sys.executable, "-m", "dev.guard", str(self.home)],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _migrate(self, env: Mapping[str, str]) -> None:
        """Create or migrate the database, unless this version of Airflow has done so before."""
        stamp = self.home / "database-version"
        wanted = version("apache-airflow-core")
        database = self.home / "airflow.db"
        if database.exists() and stamp.exists() and stamp.read_text() == wanted:
            return
        self._say("making the database")
        process = LoggedProcess.start(
            "db migrate", self.command("db", "migrate"), self.home / "logs" / "db-migrate.log", env
        )
        try:
            code = process.popen.wait(timeout=self._start_timeout_seconds)
        except subprocess.TimeoutExpired:
            code = None
        if code != 0:
            raise LocalAirflowError(self._report(process))
        stamp.write_text(wanted)

    def _wait_until(self, well: Callable[[], bool], started_at: datetime) -> None:
        def well_or_dead() -> bool:
            self.check()
            return well()

        try:
            wait_until(
                well_or_dead,
                "Airflow",
                timeout_seconds=self._start_timeout_seconds,
                clock=self._clock,
                sleep=self._sleep,
            )
        except TimeoutError:
            unwell = self._unwell(started_at)
            logs = "\n".join(self._report(self._running[name]) for name in unwell)
            raise LocalAirflowError(
                f"not well after {self._start_timeout_seconds:g} s: {', '.join(unwell)}\n{logs}"
            ) from None

    def _unwell(self, started_at: datetime) -> list[str]:
        """Return the services that have no heartbeat of this start."""
        health = self.client.health()
        if health is None:
            return ["api-server"]
        # An earlier start's heartbeat is in the database too, and may be seconds old.
        heartbeats = {
            name: health.get(name.replace("-", "_"), {}).get(f"latest_{name.replace('-', '_')}_heartbeat")
            for name in self._running
            if name != "api-server"
        }
        return [
            name
            for name, beat in heartbeats.items()
            if beat is None or datetime.fromisoformat(beat.replace("Z", "+00:00")) < started_at
        ]

    def _report(self, process: LoggedProcess) -> str:
        code = process.exit_code
        state = "is still running" if code is None else f"ended with code {code}"
        return f"airflow {process.name} {state}; the end of {process.log}:\n{process.tail()}"

    def _stop(self) -> None:
        with ending_signals_wait():
            if processes_of(self.home):
                self._say("stopping Airflow")
            stop_all(self.home, clock=self._clock, sleep=self._sleep)
            for process in self._running.values():
                process.popen.wait()
            self._running.clear()
            if self._client is not None:
                self._client.close()
                self._client = None
            if self._guard is not None:
                # The end of its standard input ends it; there is nothing left to stop.
                self._guard.communicate()
                self._guard = None
