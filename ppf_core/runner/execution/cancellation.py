"""How a run is told to stop."""

from __future__ import annotations

import threading

from ppf_core.errors import PpfError

__all__ = ["Cancellation", "ComponentStoppedError", "PipelineCancelledError"]


class PipelineCancelledError(PpfError):
    """The run was told to stop; `reason` says by what."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the run was cancelled: {reason}")
        self.reason = reason

    def __reduce__(self) -> tuple[type, tuple[str]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.reason,)


class ComponentStoppedError(PpfError):
    """A component was stopped half-way because `cause`, which ran beside it, failed; nothing else is known of it."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"stopped because {cause} failed")
        self.cause = cause

    def __reduce__(self) -> tuple[type, tuple[str]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.cause,)


class Cancellation:
    """A flag that any thread may set once and the run looks at before whatever it begins.

    A `child` is set along with its parent, and may be set alone: by one run of a runner that may run again.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        # Reentrant, since a signal's handler may set what its own thread was about to set.
        self._lock = threading.RLock()
        self._children: list[Cancellation] = []
        self._why: PipelineCancelledError | ComponentStoppedError | None = None

    def __bool__(self) -> bool:
        return self._event.is_set()

    def child(self) -> Cancellation:
        """Another one, which is set when this one is."""
        child = Cancellation()
        with self._lock:
            self._children.append(child)
            if self._why is not None:
                child.stop_for(self._why)
        return child

    def set(self, reason: str) -> None:
        """Ask the run to stop; the first reason stays."""
        self.stop_for(PipelineCancelledError(reason))

    def stop_for(self, why: PipelineCancelledError | ComponentStoppedError) -> None:
        """The same, with the error that whatever is stopped ends with."""
        with self._lock:
            if self._why is None:
                self._why = why
                self._event.set()
            for child in self._children:
                child.stop_for(why)

    def error(self) -> PipelineCancelledError | ComponentStoppedError | None:
        """A new error for one that was stopped; None if nothing is to stop."""
        why = self._why
        if isinstance(why, ComponentStoppedError):
            return ComponentStoppedError(why.cause)
        return PipelineCancelledError(why.reason) if why is not None else None

    def raise_if_set(self) -> None:
        """Raise `error` if the run is to stop."""
        if (error := self.error()) is not None:
            raise error

    def sleep(self, seconds: float) -> None:
        """Wait, but no longer than until the run is to stop."""
        self._event.wait(seconds)
        self.raise_if_set()
