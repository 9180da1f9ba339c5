"""Audit events in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .event import AuditEvent

__all__ = ["InMemoryAuditSink"]


class InMemoryAuditSink:
    """Keeps events in `events`, in order: for tests, and for looking at a run from a notebook."""

    def __init__(self) -> None:
        self.events: list[AuditEvent] = []

    def emit(self, event: AuditEvent) -> None:
        """Append; `list.append` is safe between threads."""
        self.events.append(event)
