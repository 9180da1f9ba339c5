"""Audit event: its action, status and fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from ppf_core.clock import utc_now

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["AuditAction", "AuditEvent", "AuditStatus"]


class AuditAction(str, Enum):
    """Action of an audit event."""

    PIPELINE_STARTED = "pipeline_started"
    PIPELINE_COMPLETED = "pipeline_completed"
    """The end of a run; whether it succeeded is the event's status."""
    COMPONENT_STARTED = "component_started"
    COMPONENT_COMPLETED = "component_completed"
    COMPONENT_FAILED = "component_failed"
    COMPONENT_RETRIED = "component_retried"
    CIRCUIT_BREAKER_CHANGED = "circuit_breaker_changed"


class AuditStatus(str, Enum):
    """Status of an audit event."""

    SUCCESS = "success"
    FAILURE = "failure"
    RETRY = "retry"
    WARNING = "warning"


@dataclass(frozen=True)
class AuditEvent:
    """An `action` of an `actor` on a `resource`, and its status.

    `timestamp` must have a time zone, since logs are read in other zones; `ValueError` otherwise. `metadata` has
    strings only, so that every sink can store it. Events of a run share a `trace_id`.
    """

    action: AuditAction
    actor: str
    resource: str
    status: AuditStatus
    timestamp: datetime = field(default_factory=utc_now)
    metadata: dict[str, str] = field(default_factory=dict)
    trace_id: str = ""

    def __post_init__(self) -> None:
        if self.timestamp.utcoffset() is None:
            raise ValueError(
                f"the timestamp of an audit event needs a time zone, got {self.timestamp!r};"
                " use datetime.now(timezone.utc)"
            )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON: enums as their values, `timestamp` in ISO 8601 with its offset."""
        return {
            "action": self.action._value_,  # five times as fast as `value`
            "actor": self.actor,
            "resource": self.resource,
            "status": self.status._value_,
            "timestamp": self.timestamp.isoformat(),
            "metadata": dict(self.metadata),
            "trace_id": self.trace_id,
        }
