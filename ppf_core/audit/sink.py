"""Protocol of audit sinks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .event import AuditEvent

__all__ = ["AuditSink"]


class AuditSink(Protocol):
    """Stores audit events.

    Several threads may call `emit` at once. When it returns, the event is stored completely, after the events emitted
    earlier. `emit` raises if the event cannot be stored, for any reason; a sink hides no failure. `AuditHooks` passes
    the exception to the runner, which logs it, lists it in the result, and continues the run.
    """

    def emit(self, event: AuditEvent) -> None:
        """Store `event`."""
