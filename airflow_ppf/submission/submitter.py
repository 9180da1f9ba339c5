"""Submits a run, or waits for one that was submitted before; either way until it has ended."""

from __future__ import annotations

import json
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ppf_core.config import ConfigError, Problem
from ppf_core.runner.live_status import BEAT_SECONDS, LiveStatusFolder
from ppf_core.session import PythonCode

from .outcome import SubmittedOutcome, SubmittedRunError

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import Connection

    from ppf_core.runner.live_status import LiveStatus

    from .application import Application

__all__ = ["Submitter", "spark_submit_hook"]

_SILENCE_SECONDS = 10 * BEAT_SECONDS
"""After so long without a sign a driver counts as dead."""


class Submitter:
    """Runs one application in a driver of its own.

    Args:
        status: The folder in which the run tells how far it is, the same in each try.
        log: Where to tell of it.
        connection: The connection as Airflow has it, if there is one: of type `spark` it has settings for the hook.
        wait: Waits so many seconds, or until told to stop, and then is true.
    """

    def __init__(
        self,
        status: str,
        log: Any,
        connection: Connection | None = None,
        *,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self._folder = LiveStatusFolder(status)
        self._log = log
        self._connection = connection
        self._stopped = threading.Event()
        self._wait = wait or self._stopped.wait
        self._hook: Any = None
        self._process: str | None = None
        self._shown: dict[str, str] = {}

    def running(self) -> LiveStatus | None:
        """The status of a run that goes on, as its signs of life show within seconds; None, where there is none."""
        before = self._folder.read()
        if before is None or before.outcome is not None:
            return None
        for _ in range(round(_SILENCE_SECONDS / BEAT_SECONDS)):
            self._pause()
            now = self._folder.read()
            if now is not None and (now.process, now.beat) != (before.process, before.beat):
                return now
        return None

    def attend(self, status: LiveStatus) -> SubmittedOutcome:
        """Wait for the end of a run that somebody else has submitted.

        Raises:
            SubmittedRunError: it fell silent.
        """
        self._process = status.process
        return self._until_it_ends(status)

    def submit(self, application: Application) -> SubmittedOutcome:
        """Submit it and wait for its end.

        Raises:
            ConfigError: the Spark provider is not installed, or the code that is to go along cannot be found.
            SubmittedRunError: it has ended without saying how.
        """
        earlier = self._folder.read()
        code = PythonCode(application.config.spark.py_files)
        with tempfile.TemporaryDirectory(prefix="ppf-submit-") as name:
            folder = Path(name)
            self._hook = spark_submit_hook(
                application.config.spark.master, self._connection, application.hook_arguments(folder, code)
            )
            ended = threading.Event()
            watcher = threading.Thread(
                target=self._watch, args=(earlier, ended, application.in_a_cluster), daemon=True
            )
            watcher.start()
            problem: Exception | None = None
            try:
                self._hook.submit(application.program(folder), env=application.environment())
            except Exception as error:  # noqa: BLE001 - the run itself may have told more than its exit code
                problem = error
            finally:
                ended.set()
                watcher.join()
                code.remove()
                self._close_pipe()
        status = self._folder.read()
        if status is None or (earlier is not None and status.process == earlier.process):
            raise SubmittedRunError(f"spark-submit ended before the run began: {problem}") from problem
        if status.outcome is None and problem is None:
            return self._until_it_ends(status)
        if status.outcome is None:
            raise SubmittedRunError(f"the driver ended without saying how: {problem}") from problem
        return SubmittedOutcome(status.outcome)

    def stop(self, reason: str) -> None:
        """Have the run stop, and kill what was started here."""
        self._stopped.set()
        process = self._process or getattr(self._folder.read(), "process", None)
        if process is not None:
            try:
                self._folder.ask_to_stop(process, reason)
            except Exception as error:  # noqa: BLE001 - the kill below must not be missed
                self._log.warning("The driver could not be asked to stop: %s", error)
        if self._hook is not None:
            self._hook.on_kill()

    def _close_pipe(self) -> None:
        """Close what the hook leaves open."""
        pipe = getattr(getattr(self._hook, "_submit_sp", None), "stdout", None)
        if pipe is not None:
            pipe.close()

    def forget(self) -> None:
        """Remove what the run has told of itself; a warning, if that cannot be done."""
        try:
            self._folder.remove()
        except Exception as error:  # noqa: BLE001 - the run has succeeded, and its outcome does not depend on this
            self._log.warning("Could not remove what the driver has told: %s", error)

    def _until_it_ends(self, status: LiveStatus) -> SubmittedOutcome:
        process, beat, silent = status.process, status.beat, 0.0
        while status.outcome is None:
            self._show(status)
            self._pause()
            found = self._folder.read()
            if found is not None and found.process != process:
                raise SubmittedRunError("another try has taken the run over")
            status = found or status
            silent = silent + BEAT_SECONDS if status.beat == beat else 0.0
            beat = status.beat
            if silent > _SILENCE_SECONDS and status.outcome is None:
                raise SubmittedRunError(f"the driver has given no sign of life for {silent:.0f} s")
        self._show(status)
        return SubmittedOutcome(status.outcome)

    def _watch(self, earlier: LiveStatus | None, ended: threading.Event, show: bool) -> None:
        """Learn which process it is, and where its own output goes elsewhere, tell how far it is."""
        while not ended.wait(BEAT_SECONDS):
            status = self._folder.read()
            if status is not None and (earlier is None or status.process != earlier.process):
                self._process = status.process
                if show:
                    self._show(status)

    def _pause(self) -> None:
        if self._wait(BEAT_SECONDS):
            raise SubmittedRunError("the task was stopped")

    def _show(self, status: LiveStatus) -> None:
        for row in status.components:
            name, state = str(row.get("component")), str(row.get("outcome"))
            if self._shown.get(name, "waiting") != state:
                self._shown[name] = state
                note = f": {row['reason']}" if row.get("reason") else ""
                self._log.info("%s %s%s", name, state, note)


def spark_submit_hook(master: str, connection: Connection | None, arguments: dict[str, Any]) -> Any:
    """Airflow's hook around spark-submit, for that master.

    Raises:
        ConfigError: the provider is not installed.
    """
    try:
        from airflow.providers.apache.spark.hooks.spark_submit import SparkSubmitHook
    except ImportError as error:
        message = f"expected Airflow's Spark provider: {error}; pip install 'airflow-provider-ppf[submit]'"
        raise ConfigError([Problem("submit", message)]) from error
    from airflow.sdk import Connection as AirflowConnection

    own = connection is not None and connection.conn_type == "spark"
    extra = connection.extra_dejson if connection is not None and own else {}
    where = AirflowConnection(conn_id="ppf", conn_type="spark", host=master, extra=json.dumps(extra))

    class Hook(SparkSubmitHook):  # type: ignore[misc]  # untyped where the provider is not installed
        def get_connection(self, conn_id: str) -> AirflowConnection:
            """What is known already."""
            return where

    return Hook(conn_id="ppf", **arguments)
