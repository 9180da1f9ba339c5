"""Ends Spark jobs for good."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["JobStopper"]

_PAUSE_SECONDS = 0.5


class JobStopper:
    """Calls `cancel` when begun, and then every half second until `finish`.

    Once is not enough: a component that was between two Spark jobs when it was stopped begins the next.
    `cancel` must not raise. It is first called by whoever calls `begin`, a signal's handler included.
    """

    def __init__(self, cancel: Callable[[], None]) -> None:
        self._cancel = cancel
        self._lock = threading.RLock()
        self._begun = False
        self._finished = threading.Event()

    def begin(self) -> None:
        """Cancel now, and go on doing so in a thread of its own."""
        self._cancel()
        with self._lock:
            if self._begun or self._finished.is_set():
                return
            self._begun = True
        threading.Thread(target=self._go_on, name="ppf-job-stopper", daemon=True).start()

    def finish(self) -> None:
        """Stop: nothing is left that could begin a job."""
        self._finished.set()

    def _go_on(self) -> None:
        while not self._finished.wait(_PAUSE_SECONDS):
            self._cancel()
