"""Audit sink that logs events."""

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

    The message is a line for people. For formatters that write JSON, the record has the fields `audit_action`,
    `audit_actor`, `audit_resource`, `audit_status`, `audit_timestamp`, `audit_metadata` and `audit_trace_id`.
    Failures are logged as errors, retries and warnings as warnings, everything else as info.
    """

    def __init__(self, logger: logging.Logger | None = None) -> None:
        self._logger = logger if logger is not None else logging.getLogger("ppf.audit")

    @property
    def logger(self) -> logging.Logger:
        """The logger of the events."""
        return self._logger

    def emit(self, event: AuditEvent) -> None:
        """Log `event`."""
        level = LEVELS[event.status]
        if not self._logger.isEnabledFor(level):
            return
        # repr keeps a multi-line error text on a single line, so that it cannot forge log lines.
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
