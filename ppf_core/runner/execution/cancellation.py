"""Cancellation of a run, and the errors that it ends with."""

from __future__ import annotations

import threading

from ppf_core.errors import PpfError

__all__ = ["Cancellation", "ComponentStoppedError", "PipelineCancelledError"]


class PipelineCancelledError(PpfError):
    """Cancellation of the run for a `reason`, such as a signal."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the run was cancelled: {reason}")
        self.reason = reason

    def __reduce__(self) -> tuple[type, tuple[str]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.reason,)


class ComponentStoppedError(PpfError):
    """Interruption of a component because the component `cause`, which ran in parallel, failed."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"stopped because {cause} failed")
        self.cause = cause

    def __reduce__(self) -> tuple[type, tuple[str]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.cause,)


class Cancellation:
    """A flag that any thread may set, and that the run checks before each step.

    A `child` is set along with its parent, but may also be set alone: each run of a runner has a child, so that the
    runner can run again.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        # Reentrant, because a signal handler may interrupt its own thread in `set`.
        self._lock = threading.RLock()
        self._children: list[Cancellation] = []
        self._cause: PipelineCancelledError | ComponentStoppedError | None = None

    def __bool__(self) -> bool:
        return self._event.is_set()

    def child(self) -> Cancellation:
        """Return a new cancellation that is set when this cancellation is."""
        child = Cancellation()
        with self._lock:
            self._children.append(child)
            if self._cause is not None:
                child.stop_for(self._cause)
        return child

    def set(self, reason: str) -> None:
        """Ask the run to stop; the first reason is kept."""
        self.stop_for(PipelineCancelledError(reason))

    def stop_for(self, cause: PipelineCancelledError | ComponentStoppedError) -> None:
        """Ask the run to stop; components that are stopped fail with an error like `cause`."""
        with self._lock:
            if self._cause is None:
                self._cause = cause
                self._event.set()
            for child in self._children:
                child.stop_for(cause)

    def error(self) -> PipelineCancelledError | ComponentStoppedError | None:
        """Return a new error for a stopped component, or None if the run is not to stop."""
        cause = self._cause
        if isinstance(cause, ComponentStoppedError):
            return ComponentStoppedError(cause.cause)
        return PipelineCancelledError(cause.reason) if cause is not None else None

    def raise_if_set(self) -> None:
        """Raise `error` if the run is to stop."""
        if (error := self.error()) is not None:
            raise error

    def sleep(self, seconds: float) -> None:
        """Sleep for `seconds`, and raise `error` as soon as the run is to stop."""
        self._event.wait(seconds)
        self.raise_if_set()
