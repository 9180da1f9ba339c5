"""What every place that keeps audit events can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .event import AuditEvent

__all__ = ["AuditSink"]


class AuditSink(Protocol):
    """Keeps audit events.

    Several threads may call `emit` at once. When it returns, the event is with the place that keeps it, whole
    and behind the events emitted before. An event that cannot be kept raises, whatever the reason: a sink
    hides nothing. `AuditHooks` lets that pass to the runner, which logs it, lists it in the result, and goes
    on.
    """

    def emit(self, event: AuditEvent) -> None:
        """Keep `event`."""
