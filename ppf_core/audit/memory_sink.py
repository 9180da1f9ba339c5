"""Audit sink that keeps events in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .event import AuditEvent

__all__ = ["InMemoryAuditSink"]


class InMemoryAuditSink:
    """Keeps events in the list `events`, in order, for tests and notebooks."""

    def __init__(self) -> None:
        self.events: list[AuditEvent] = []

    def emit(self, event: AuditEvent) -> None:
        """Append `event`; `list.append` is thread-safe."""
        self.events.append(event)
