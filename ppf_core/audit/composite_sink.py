"""Audit events to several places at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppf_core.errors import PpfError

if TYPE_CHECKING:
    from .event import AuditEvent
    from .sink import AuditSink

__all__ = ["AuditSinkError", "CompositeAuditSink"]


class AuditSinkError(PpfError):
    """Some sinks did not keep an event; `failures` holds each one's class name and error, in order."""

    def __init__(self, failures: tuple[tuple[str, Exception], ...]) -> None:
        reasons = "; ".join(f"{sink}: {type(error).__name__}: {error}" for sink, error in failures)
        super().__init__(f"{len(failures)} audit sink(s) did not keep an event: {reasons}")
        self.failures = failures

    def __reduce__(self) -> tuple[type, tuple[tuple[tuple[str, Exception], ...]]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.failures,)


class CompositeAuditSink:
    """Hands each event to all of `sinks`, in order.

    A sink that fails does not keep the event from the others; when all have had it, `AuditSinkError` tells of
    all failures together.
    """

    def __init__(self, *sinks: AuditSink) -> None:
        self._sinks = sinks

    @property
    def sinks(self) -> tuple[AuditSink, ...]:
        """The sinks, in the order in which they get an event."""
        return self._sinks

    def emit(self, event: AuditEvent) -> None:
        """Hand `event` to every sink."""
        failures: list[tuple[str, Exception]] = []
        for sink in self._sinks:
            try:
                sink.emit(event)
            except Exception as error:  # noqa: BLE001 - raised below, when the others have had the event
                failures.append((type(sink).__name__, error))
        if failures:
            raise AuditSinkError(tuple(failures)) from failures[0][1]
