"""Audit sink that forwards events to several sinks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppf_core.errors import PpfError

if TYPE_CHECKING:
    from .event import AuditEvent
    from .sink import AuditSink

__all__ = ["AuditSinkError", "CompositeAuditSink"]


class AuditSinkError(PpfError):
    """Some sinks failed to store an event; `failures` has their class names and errors, in order."""

    def __init__(self, failures: tuple[tuple[str, Exception], ...]) -> None:
        reasons = "; ".join(f"{sink}: {type(error).__name__}: {error}" for sink, error in failures)
        super().__init__(f"{len(failures)} audit sink(s) failed to store an event: {reasons}")
        self.failures = failures

    def __reduce__(self) -> tuple[type, tuple[tuple[tuple[str, Exception], ...]]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.failures,)


class CompositeAuditSink:
    """Forwards each event to all of `sinks`, in order.

    If a sink fails, the others still receive the event; then `AuditSinkError` reports all failures.
    """

    def __init__(self, *sinks: AuditSink) -> None:
        self._sinks = sinks

    @property
    def sinks(self) -> tuple[AuditSink, ...]:
        """The sinks, in the order in which they receive an event."""
        return self._sinks

    def emit(self, event: AuditEvent) -> None:
        """Forward `event` to every sink."""
        failures: list[tuple[str, Exception]] = []
        for sink in self._sinks:
            try:
                sink.emit(event)
            except Exception as error:  # noqa: BLE001 - raised below, once the others have received the event
                failures.append((type(sink).__name__, error))
        if failures:
            raise AuditSinkError(tuple(failures)) from failures[0][1]
