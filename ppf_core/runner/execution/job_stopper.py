"""Job stopper: cancels the Spark jobs of a run until none can start."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["JobStopper"]

_INTERVAL_SECONDS = 0.5


class JobStopper:
    """Calls `cancel` in `begin`, and then every half second until `finish`.

    A single call is not enough: a component between two Spark jobs would start the next. `cancel` must not raise. The
    first call is made in the thread that calls `begin`, which may be in a signal handler.
    """

    def __init__(self, cancel: Callable[[], None]) -> None:
        self._cancel = cancel
        self._lock = threading.RLock()
        self._begun = False
        self._finished = threading.Event()

    def begin(self) -> None:
        """Cancel now, and keep cancelling in a background thread."""
        self._cancel()
        with self._lock:
            if self._begun or self._finished.is_set():
                return
            self._begun = True
        threading.Thread(target=self._repeat, name="ppf-job-stopper", daemon=True).start()

    def finish(self) -> None:
        """Stop cancelling: no job can start any more."""
        self._finished.set()

    def _repeat(self) -> None:
        while not self._finished.wait(_INTERVAL_SECONDS):
            self._cancel()
