"""Actions that a task takes when a quality check fails: fail, retry or warn."""

from __future__ import annotations

from enum import Enum

__all__ = ["QualityFailureAction"]


class QualityFailureAction(str, Enum):
    """What a failed quality check, one that would end the run, does to the task."""

    FAIL = "fail"
    """It fails at once: the same data fails the same check."""
    RETRY = "retry"
    """It is tried again, as often as its `retries` say: other data may come."""
    WARN = "warn"
    """Nothing: the run goes on, and the log and the summary tell."""
