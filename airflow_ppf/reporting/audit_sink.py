"""Audit sink that writes each event as a line of a task's log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from ppf_core.audit import AuditAction, AuditStatus

if TYPE_CHECKING:
    from ppf_core.audit import AuditEvent

__all__ = ["TaskLogAuditSink"]

_METHODS = {
    AuditStatus.SUCCESS: "info",
    AuditStatus.RETRY: "warning",
    AuditStatus.WARNING: "warning",
    AuditStatus.FAILURE: "error",
}

_TEXTS = {
    AuditAction.PIPELINE_STARTED: "Pipeline {resource}{labels} starts: {component_count} components",
    AuditAction.PIPELINE_COMPLETED: "Pipeline {resource} ended after {seconds} s: {outcome}",
    AuditAction.COMPONENT_STARTED: "{actor} starts ({number} of {total})",
    AuditAction.COMPONENT_COMPLETED: "{actor} succeeded in {seconds} s",
    AuditAction.COMPONENT_FAILED: "{actor} failed: {error}",
    AuditAction.COMPONENT_RETRIED: "{actor} failed in attempt {attempt} of {max_attempts}, "
    "next attempt in {delay_ms} ms: {error}",
    AuditAction.CIRCUIT_BREAKER_CHANGED: "The circuit breaker of {actor} went from {old_state} to {new_state}",
}


class TaskLogAuditSink:
    """Audit sink that logs each event as a readable line with machine-readable fields.

    The fields are those of `LoggingAuditSink`: `audit_action`, `audit_actor`, `audit_resource`, `audit_status`,
    `audit_timestamp`, `audit_metadata`, `audit_trace_id`. In the JSON of a task's log they appear next to Airflow's
    own fields. Failures are logged as errors, retries and warnings as warnings, all other events as info. Surrogates,
    as in file names that are not valid text, are written as escapes, since Airflow's log is UTF-8.

    Args:
        log: A structlog logger, such as a task's (default: the logger `ppf.audit`).
    """

    def __init__(self, log: Any = None) -> None:
        self._log = log if log is not None else structlog.get_logger("ppf.audit")

    def emit(self, event: AuditEvent) -> None:
        """Log `event`."""
        log = getattr(self._log, _METHODS[event.status])
        fields = {f"audit_{name}": _encodable(value) for name, value in event.to_dict().items()}
        log(_encodable(_text(event)), **fields)


class _Facts(dict[str, Any]):
    """Metadata of an event, with a text for keys that the events of other programs omit."""

    def __missing__(self, key: str) -> str:
        return f"(no {key})"


def _text(event: AuditEvent) -> str:
    facts = _Facts(event.metadata)
    if (duration_ms := facts.get("duration_ms", "")).isdecimal():
        facts["seconds"] = f"{int(duration_ms) / 1000:.1f}"
    if (index := facts.get("index", "")).isdecimal():
        facts["number"] = int(index) + 1
    labels = [event.metadata[name] for name in ("version", "environment", "tags") if event.metadata.get(name)]
    facts["labels"] = f" ({', '.join(labels)})" if labels else ""
    facts["outcome"] = facts["status"]
    facts["actor"], facts["resource"] = event.actor, event.resource
    return _TEXTS[event.action].format_map(facts)


def _encodable(value: Any) -> Any:
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
