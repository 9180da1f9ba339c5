"""Audit trail of a run: audit events, the sinks that store them, and a filter that removes secrets."""

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
