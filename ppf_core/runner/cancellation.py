"""How a run is told to stop."""

from __future__ import annotations

import threading

from ppf_core.errors import PpfError

__all__ = ["Cancellation", "PipelineCancelledError"]


class PipelineCancelledError(PpfError):
    """The run was told to stop; `reason` says by what."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the run was cancelled: {reason}")
        self.reason = reason

    def __reduce__(self) -> tuple[type, tuple[str]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.reason,)


class Cancellation:
    """A flag that any thread may set once and the run looks at before whatever it begins."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._reason = ""

    def __bool__(self) -> bool:
        return self._event.is_set()

    def set(self, reason: str) -> None:
        """Ask the run to stop; the first reason stays."""
        if not self._event.is_set():
            self._reason = reason
            self._event.set()

    def raise_if_set(self) -> None:
        """Raise `PipelineCancelledError` if the run is to stop."""
        if self:
            raise PipelineCancelledError(self._reason)

    def sleep(self, seconds: float) -> None:
        """Wait, but no longer than until the run is to stop."""
        self._event.wait(seconds)
        self.raise_if_set()
