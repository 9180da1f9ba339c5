"""Submitter of a pipeline with spark-submit, which waits for the end of the driver."""

from __future__ import annotations

import json
import tempfile
import threading
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_ppf.airflow_api import never_expire, spark_submit_output
from ppf_core.config import ConfigError, Problem
from ppf_core.runner import BEAT_SECONDS, ComponentPhase, LiveStatusFolder
from ppf_core.session import PythonCode

from .outcome import SubmittedOutcome, SubmittedRunError

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import Connection

    from airflow_ppf.checkpoint.task_state import TaskStateAccessor
    from ppf_core.runner import LiveStatus

    from .application import Application

__all__ = ["Submitter", "spark_submit_hook"]

_FOLDERS = "ppf_submitted"
_SILENCE_SECONDS = 10 * BEAT_SECONDS
"""Time without a new status after which a driver counts as dead."""


class Submitter:
    """Submitter of an application, which runs in a separate driver.

    Each submission writes its status to its own folder, so that the status of one driver is never taken for another's.
    The task's state lists the folders, the latest last, where the next try finds them.

    Args:
        address_prefix: The beginning of the folders' addresses.
        task_state: `context["task_state_store"]`.
        log: The task's log.
        connection: The Airflow connection, if there is one; a connection of type `spark` has settings for the hook.
        wait: Waits for a number of seconds, and returns True at once if the submitter is stopped.
    """

    def __init__(
        self,
        address_prefix: str,
        task_state: TaskStateAccessor,
        log: Any,
        connection: Connection | None = None,
        *,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self._address_prefix = address_prefix
        self._task_state = task_state
        self._log = log
        self._connection = connection
        self._stopped = threading.Event()
        self._is_left = False
        self._wait = wait or self._stopped.wait
        self._hook: Any = None
        self._folder: LiveStatusFolder | None = None
        self._shown: dict[str, str] = {}

    def left_over(self, inputs: str = "") -> LiveStatus | None:
        """Return the status of an earlier try's driver that is still running or has succeeded since.

        Return None if there is no such driver, or if it failed, was asked to stop, or reports no new status in time. A
        driver that started with other inputs is asked to stop.
        """
        folders = self._folders()
        if not folders:
            return None
        folder = self._folder = LiveStatusFolder(folders[-1])
        if outdated := not folders[-1].endswith(inputs):
            self._log.warning(
                "The driver of an earlier try is asked to stop, since its upstream hand-overs have changed"
            )
            folder.ask_to_stop(None, "its upstream hand-overs have changed")
        first = status = folder.read()
        stops = folder.asked_to_stop(first.process if first is not None else None) is not None
        for _ in range(round(_SILENCE_SECONDS / BEAT_SECONDS)):
            if status is not None and status.outcome is not None:
                return status if SubmittedOutcome(status.outcome).succeeded and not outdated else None
            if status != first and not stops:
                return status
            self._pause()
            status = folder.read() or first
        return None

    def attend(self, status: LiveStatus) -> SubmittedOutcome | None:
        """Wait for the end of an earlier try's driver, and return its outcome.

        Return None if the try that submitted it is still running and has claimed the driver's success.

        Raises:
            SubmittedRunError: the driver stopped reporting its status.
        """
        return self._wait_for_end(status)

    def submit(self, application: Application) -> SubmittedOutcome:
        """Submit an application, wait for its end and return its outcome.

        Raises:
            ConfigError: the Spark provider is not installed, or Python code to ship cannot be found.
            SubmittedRunError: the driver ended without an outcome.
        """
        code = PythonCode(application.config.spark.py_files)
        with tempfile.TemporaryDirectory(prefix="ppf-submit-") as name:
            files = Path(name)
            address = "-".join(
                filter(None, [f"{self._address_prefix}.{uuid.uuid4().hex[:8]}", application.inputs])
            )
            self._hook = spark_submit_hook(
                application.master,
                self._connection,
                application.hook_arguments(files, code, status=address),
            )
            folder = self._folder = self._take_over(address)
            ended = threading.Event()
            watcher = threading.Thread(target=self._watch, args=(folder, ended), daemon=True)
            if application.in_a_cluster:  # a local driver's output is in this log already
                watcher.start()
            problem: Exception | None = None
            try:
                self._hook.submit(application.program(files), env=application.environment())
            except Exception as error:  # noqa: BLE001 - the run's own status may say more than the exit code
                problem = error
            finally:
                ended.set()
                if watcher.ident is not None:
                    watcher.join()
                code.remove()
                self._close_pipe()
        status = folder.read()
        if status is None:
            self._task_state.set(_FOLDERS, self._folders()[:-1], retention=never_expire())
            raise SubmittedRunError(f"spark-submit ended before the run began: {problem}") from problem
        if status.outcome is None and problem is not None:
            if not application.in_a_cluster:
                # A local driver has certainly ended, so the next try need not wait for a new status.
                folder.write(replace(status, outcome={"exit_code": 1, "error": str(problem)}))
            raise SubmittedRunError(f"the driver ended without an outcome: {problem}") from problem
        outcome = self._wait_for_end(status)
        if outcome is None:
            raise SubmittedRunError("another try has claimed the success of the run")
        return outcome

    def leave(self) -> None:
        """Stop waiting, and leave the driver running for the next try; `stop` no longer stops it."""
        self._is_left = True
        self._stopped.set()

    def stop(self, reason: str) -> None:
        """Ask the driver to stop, and kill spark-submit."""
        if self._is_left:
            return
        self._stopped.set()
        try:
            if self._folder is not None:
                self._folder.ask_to_stop(None, reason)  # any process: the driver may have no status yet
        except Exception as error:  # noqa: BLE001 - the kill below must happen in any case
            self._log.warning("The driver could not be asked to stop: %s", error)
        if self._hook is not None:
            self._hook.on_kill()

    def forget(self) -> None:
        """Remove the status folders of all submissions, or log a warning if that fails."""
        try:
            for address in self._folders():
                LiveStatusFolder(address).remove()
            self._task_state.delete(_FOLDERS)
        except Exception as error:  # noqa: BLE001 - the run has succeeded, and its outcome does not depend on this
            self._log.warning("The driver's status could not be removed: %s", error)

    def _take_over(self, address: str) -> LiveStatusFolder:
        """Make a folder the current folder, and ask earlier drivers to stop, in case they only seemed dead."""
        for earlier in map(LiveStatusFolder, self._folders()):
            status = earlier.read()
            if status is None or status.outcome is None:
                earlier.ask_to_stop(None, "another try has taken the run over")
        self._task_state.set(_FOLDERS, [*self._folders(), address], retention=never_expire())
        return LiveStatusFolder(address)

    def _folders(self) -> list[str]:
        addresses = self._task_state.get(_FOLDERS)
        return [str(address) for address in addresses] if isinstance(addresses, list) else []

    def _close_pipe(self) -> None:
        """Close the pipe that the hook leaves open."""
        pipe = spark_submit_output(self._hook)
        if pipe is not None:
            pipe.close()

    def _wait_for_end(self, status: LiveStatus) -> SubmittedOutcome | None:
        assert self._folder is not None  # noqa: S101 - the status was read from it
        silent = 0.0
        while status.outcome is None:
            self._show(status)
            self._pause()
            latest = self._folder.read()
            if latest is None and not self._folders():
                return None
            latest = latest or status
            silent = silent + BEAT_SECONDS if latest == status else 0.0
            status = latest
            if silent > _SILENCE_SECONDS and status.outcome is None:
                raise SubmittedRunError(f"the driver has reported no status for {silent:.0f} s")
        self._show(status)
        return SubmittedOutcome(status.outcome)

    def _watch(self, folder: LiveStatusFolder, ended: threading.Event) -> None:
        """Log the progress of the driver until it has ended."""
        while not ended.wait(BEAT_SECONDS):
            if (status := folder.read()) is not None:
                self._show(status)

    def _pause(self) -> None:
        if self._wait(BEAT_SECONDS):
            raise SubmittedRunError("the task was stopped")

    def _show(self, status: LiveStatus) -> None:
        for row in status.components:
            name, state = str(row.get("component")), str(row.get("outcome"))
            if self._shown.get(name, ComponentPhase.WAITING.value) != state:
                self._shown[name] = state
                note = f": {row['reason']}" if row.get("reason") else ""
                self._log.info("%s %s%s", name, state, note)


def spark_submit_hook(master: str, connection: Connection | None, arguments: dict[str, Any]) -> Any:
    """Return Airflow's spark-submit hook for a master.

    Raises:
        ConfigError: the Spark provider is not installed.
    """
    try:
        from airflow.providers.apache.spark.hooks.spark_submit import SparkSubmitHook
    except ImportError as error:
        message = f"expected Airflow's Spark provider: {error}; pip install 'airflow-provider-ppf[submit]'"
        raise ConfigError([Problem("submit", message)]) from error
    from airflow.sdk import Connection as AirflowConnection

    own = connection is not None and connection.conn_type == "spark"
    extra = connection.extra_dejson if connection is not None and own else {}
    with_master = AirflowConnection(conn_id="ppf", conn_type="spark", host=master, extra=json.dumps(extra))

    class Hook(SparkSubmitHook):  # type: ignore[misc]  # untyped where the provider is not installed
        def get_connection(self, conn_id: str) -> AirflowConnection:
            """Return the connection with the run's master."""
            return with_master

    return Hook(conn_id="ppf", **arguments)
