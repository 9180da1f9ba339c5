"""Submits a run, or waits for one that was submitted before; either way until it has ended."""

from __future__ import annotations

import json
import tempfile
import threading
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import NEVER_EXPIRE  # type: ignore[attr-defined]  # it is there, though not in the stubs

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
"""After so long without a sign a driver counts as dead."""


class Submitter:
    """Runs one application in a driver of its own.

    Each submission tells how far it is in a folder that no other has, so that two drivers never speak for each other.
    Which folders there are, the last of them last, is kept in the task's state, where the next try finds it.

    Args:
        place: What these folders are called, but for their end.
        kept: `context["task_state_store"]`.
        log: Where to tell of it.
        connection: The connection as Airflow has it, if there is one: of type `spark` it has settings for the hook.
        wait: Waits so many seconds, or until told to stop, and then is true.
    """

    def __init__(
        self,
        place: str,
        kept: TaskStateAccessor,
        log: Any,
        connection: Connection | None = None,
        *,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self._place = place
        self._kept = kept
        self._log = log
        self._connection = connection
        self._stopped = threading.Event()
        self._is_left = False
        self._wait = wait or self._stopped.wait
        self._hook: Any = None
        self._folder: LiveStatusFolder | None = None
        self._shown: dict[str, str] = {}

    def left_over(self, inputs: str = "") -> LiveStatus | None:
        """The status of a run of an earlier try that needs no other: it goes on, or has succeeded with nobody there.

        None, where there is none: it failed, was asked to stop, or gives no sign of life within seconds. One that has
        begun with other inputs than these is asked to stop.
        """
        folders = self._folders()
        if not folders:
            return None
        folder = self._folder = LiveStatusFolder(folders[-1])
        if outdated := not folders[-1].endswith(inputs):
            self._log.warning(
                "What the driver of an earlier try began with was made again since: it is to stop"
            )
            folder.ask_to_stop(None, "what it began with was made again")
        before = status = folder.read()
        stops = folder.asked_to_stop(before.process if before is not None else None) is not None
        for _ in range(round(_SILENCE_SECONDS / BEAT_SECONDS)):
            if status is not None and status.outcome is not None:
                return status if SubmittedOutcome(status.outcome).succeeded and not outdated else None
            if status != before and not stops:
                return status
            self._pause()
            status = folder.read() or before
        return None

    def attend(self, status: LiveStatus) -> SubmittedOutcome | None:
        """Wait for the end of the run that was left over.

        None, where the try that has submitted it is not as dead as it seemed, and has taken its success for its own.

        Raises:
            SubmittedRunError: it fell silent.
        """
        return self._until_it_ends(status)

    def submit(self, application: Application) -> SubmittedOutcome:
        """Submit it and wait for its end.

        Raises:
            ConfigError: the Spark provider is not installed, or the code that is to go along cannot be found.
            SubmittedRunError: it has ended without saying how.
        """
        code = PythonCode(application.config.spark.py_files)
        with tempfile.TemporaryDirectory(prefix="ppf-submit-") as name:
            files = Path(name)
            address = "-".join(filter(None, [f"{self._place}.{uuid.uuid4().hex[:8]}", application.inputs]))
            self._hook = spark_submit_hook(
                application.master,
                self._connection,
                application.hook_arguments(files, code, status=address),
            )
            folder = self._folder = self._take(address)
            ended = threading.Event()
            watcher = threading.Thread(target=self._watch, args=(folder, ended), daemon=True)
            if application.in_a_cluster:  # elsewhere its own output is in this log
                watcher.start()
            problem: Exception | None = None
            try:
                self._hook.submit(application.program(files), env=application.environment())
            except Exception as error:  # noqa: BLE001 - the run itself may have told more than its exit code
                problem = error
            finally:
                ended.set()
                if watcher.ident is not None:
                    watcher.join()
                code.remove()
                self._close_pipe()
        status = folder.read()
        if status is None:
            self._kept.set(_FOLDERS, self._folders()[:-1], retention=NEVER_EXPIRE)
            raise SubmittedRunError(f"spark-submit ended before the run began: {problem}") from problem
        if status.outcome is None and problem is not None:
            if (
                not application.in_a_cluster
            ):  # it has ended for certain: the next try need not wait for a sign
                folder.write(replace(status, outcome={"exit_code": 1, "error": str(problem)}))
            raise SubmittedRunError(f"the driver ended without saying how: {problem}") from problem
        outcome = self._until_it_ends(status)
        if outcome is None:
            raise SubmittedRunError("another try has taken the run's success for its own")
        return outcome

    def leave(self) -> None:
        """Wait no more, and let the run go on for the next try to find; nothing stops it from here any more."""
        self._is_left = True
        self._stopped.set()

    def stop(self, reason: str) -> None:
        """Have the run stop, and kill what was started here."""
        if self._is_left:
            return
        self._stopped.set()
        try:
            if self._folder is not None:
                self._folder.ask_to_stop(None, reason)  # whoever it is: it may not have begun to tell
        except Exception as error:  # noqa: BLE001 - the kill below must not be missed
            self._log.warning("The driver could not be asked to stop: %s", error)
        if self._hook is not None:
            self._hook.on_kill()

    def forget(self) -> None:
        """Remove what the runs have told of themselves; a warning, if that cannot be done."""
        try:
            for address in self._folders():
                LiveStatusFolder(address).remove()
            self._kept.delete(_FOLDERS)
        except Exception as error:  # noqa: BLE001 - the run has succeeded, and its outcome does not depend on this
            self._log.warning("Could not remove what the driver has told: %s", error)

    def _take(self, address: str) -> LiveStatusFolder:
        """Make it the folder that counts; a driver that only seemed to be dead is not to wake up and go on."""
        for earlier in map(LiveStatusFolder, self._folders()):
            told = earlier.read()
            if told is None or told.outcome is None:
                earlier.ask_to_stop(None, "another try has taken the run over")
        self._kept.set(_FOLDERS, [*self._folders(), address], retention=NEVER_EXPIRE)
        return LiveStatusFolder(address)

    def _folders(self) -> list[str]:
        found = self._kept.get(_FOLDERS)
        return [str(address) for address in found] if isinstance(found, list) else []

    def _close_pipe(self) -> None:
        """Close what the hook leaves open."""
        pipe = getattr(getattr(self._hook, "_submit_sp", None), "stdout", None)
        if pipe is not None:
            pipe.close()

    def _until_it_ends(self, status: LiveStatus) -> SubmittedOutcome | None:
        assert self._folder is not None  # noqa: S101 - it is where the status comes from
        silent = 0.0
        while status.outcome is None:
            self._show(status)
            self._pause()
            found = self._folder.read()
            if found is None and not self._folders():
                return None
            found = found or status
            silent = silent + BEAT_SECONDS if found == status else 0.0
            status = found
            if silent > _SILENCE_SECONDS and status.outcome is None:
                raise SubmittedRunError(f"the driver has given no sign of life for {silent:.0f} s")
        self._show(status)
        return SubmittedOutcome(status.outcome)

    def _watch(self, folder: LiveStatusFolder, ended: threading.Event) -> None:
        """Tell how far it is."""
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
