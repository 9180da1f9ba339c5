"""Audit events as log records."""

from __future__ import annotations

import logging

from .event import AuditEvent, AuditStatus

__all__ = ["LoggingAuditSink"]

LEVELS = {
    AuditStatus.SUCCESS: logging.INFO,
    AuditStatus.RETRY: logging.WARNING,
    AuditStatus.WARNING: logging.WARNING,
    AuditStatus.FAILURE: logging.ERROR,
}


class LoggingAuditSink:
    """Logs each event, by default on the logger `ppf.audit`.

    The message is for people, on one line. The fields are on the record for formatters that write JSON:
    `audit_action`, `audit_actor`, `audit_resource`, `audit_status`, `audit_timestamp`, `audit_metadata`,
    `audit_trace_id`. Failures are logged as errors, retries and warnings as warnings, the rest as info; what
    the logger's level leaves out is not kept.
    """

    def __init__(self, logger: logging.Logger | None = None) -> None:
        self._logger = logger if logger is not None else logging.getLogger("ppf.audit")

    @property
    def logger(self) -> logging.Logger:
        """Where the events go."""
        return self._logger

    def emit(self, event: AuditEvent) -> None:
        """Log `event`."""
        level = LEVELS[event.status]
        if not self._logger.isEnabledFor(level):
            return
        # repr keeps an error text of many lines on one line, and its author from forging others
        details = "".join(f" {name}={value!r}" for name, value in event.metadata.items())
        self._logger.log(
            level,
            "%s (%s): actor=%s resource=%s%s trace_id=%s",
            event.action.value,
            event.status.value,
            event.actor,
            event.resource,
            details,
            event.trace_id,
            extra={f"audit_{name}": value for name, value in event.to_dict().items()},
        )
