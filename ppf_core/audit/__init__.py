"""Who did what to which part of a pipeline, when, and how it ended: events, and the places that keep them."""

from __future__ import annotations

from .composite_sink import AuditSinkError, CompositeAuditSink
from .config_filter import ConfigFilter
from .event import AuditAction, AuditEvent, AuditStatus
from .file_sink import FileAuditSink
from .logging_sink import LoggingAuditSink
from .memory_sink import InMemoryAuditSink
from .sink import AuditSink

__all__ = [
    "AuditAction",
    "AuditEvent",
    "AuditSink",
    "AuditSinkError",
    "AuditStatus",
    "CompositeAuditSink",
    "ConfigFilter",
    "FileAuditSink",
    "InMemoryAuditSink",
    "LoggingAuditSink",
]
