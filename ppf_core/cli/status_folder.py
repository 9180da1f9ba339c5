"""Status folder of a run (`--status FOLDER`), for a process elsewhere that waits for it."""

from __future__ import annotations

import logging
import os
import signal
import threading
import uuid
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ppf_core.errors import PpfError
from ppf_core.runner.watching.live_status import BEAT_SECONDS, LiveStatus, LiveStatusFolder

from .exit_code import ExitCode
from .failure_report import exit_code_of_error, failure_document
from .progress import Progress
from .run_outcome import OutcomeRow

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["StatusFolder"]

logger = logging.getLogger(__name__)


class StatusFolder(Progress):
    """Writes the progress every two seconds, and the outcome in the end; stops the run if that is requested.

    If the folder cannot be written to, the log has a warning, and the run goes on.
    """

    def __init__(self, address: str) -> None:
        super().__init__()
        self._folder = LiveStatusFolder(address)
        self._process = uuid.uuid4().hex
        self._beat = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._write_until_the_end, name="ppf-status", daemon=True)

    def __enter__(self) -> Self:
        """Start writing."""
        self._write(None)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what ended the run, if it did not end by itself."""
        if isinstance(error, PpfError):
            self.end(failure_document(error, exit_code_of_error(error)))
        elif error is not None:
            self.end({"exit_code": int(ExitCode.FAILURE), "error": f"{type(error).__name__}: {error}"})
        self._stop()

    def end(self, outcome: dict[str, Any]) -> None:
        """Write the outcome of the run, in the form of `ppf run --json`."""
        self._stop()
        self._write(outcome)

    def _stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _write_until_the_end(self) -> None:
        asked = False
        while True:
            if not asked and (reason := self._folder.asked_to_stop(self._process)) is not None:
                asked = True
                logger.warning("Asked to stop: %s", reason)
                os.kill(os.getpid(), signal.SIGTERM)  # as a user on this machine would stop it
            if self._ended.wait(BEAT_SECONDS):
                return
            self._write(None)

    def _write(self, outcome: dict[str, Any] | None) -> None:
        self._beat += 1
        rows = [
            asdict(OutcomeRow(row.name, row.state, row.duration_ms, row.retries, row.note))
            for row in self.components.values()
        ]
        try:
            self._folder.write(LiveStatus(self._process, self._beat, rows, outcome))
        except Exception as error:  # noqa: BLE001 - an object store may raise anything
            logger.warning("Could not write the status of the run: %s", error)
