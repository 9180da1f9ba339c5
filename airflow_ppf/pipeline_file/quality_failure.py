"""Actions that a task takes when a quality check fails: fail, retry or warn."""

from __future__ import annotations

from enum import Enum

__all__ = ["QualityFailureAction"]


class QualityFailureAction(str, Enum):
    """Action that a task takes when a quality check fails that would end the run."""

    FAIL = "fail"
    """Fail at once: the same data fails the same check."""
    RETRY = "retry"
    """Retry, as often as the task's `retries` allow: the next try may see other data."""
    WARN = "warn"
    """Continue; the log and the summary report the failed check."""
