"""One thing that happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from ppf_core.clock import utc_now

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["AuditAction", "AuditEvent", "AuditStatus"]


class AuditAction(str, Enum):
    """What happened."""

    PIPELINE_STARTED = "pipeline_started"
    PIPELINE_COMPLETED = "pipeline_completed"
    """The end of a run; whether it succeeded is the event's status."""
    COMPONENT_STARTED = "component_started"
    COMPONENT_COMPLETED = "component_completed"
    COMPONENT_FAILED = "component_failed"
    COMPONENT_RETRIED = "component_retried"
    CIRCUIT_BREAKER_CHANGED = "circuit_breaker_changed"


class AuditStatus(str, Enum):
    """How it went."""

    SUCCESS = "success"
    FAILURE = "failure"
    RETRY = "retry"
    WARNING = "warning"


@dataclass(frozen=True)
class AuditEvent:
    """Who (`actor`) did what (`action`) to what (`resource`), and how it ended.

    `timestamp` must have a time zone, since a log is read elsewhere than it was written; `ValueError`
    otherwise. `metadata` holds strings only, so that every sink can keep it. Events of one run share their
    `trace_id`.
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
        """Plain data for JSON: enums as their values, `timestamp` in ISO 8601 with its offset."""
        return {
            "action": self.action._value_,  # `value`, in a fifth of the time
            "actor": self.actor,
            "resource": self.resource,
            "status": self.status._value_,
            "timestamp": self.timestamp.isoformat(),
            "metadata": dict(self.metadata),
            "trace_id": self.trace_id,
        }
