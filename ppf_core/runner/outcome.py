"""Outcome of a component in one try of a run, and its phase until then."""

from __future__ import annotations

from enum import Enum

__all__ = ["ComponentOutcome", "ComponentPhase", "SkipReason"]


class ComponentOutcome(str, Enum):
    """The one vocabulary of results, reports, summaries and the command line; the values appear in JSON."""

    RAN = "ran"
    FAILED = "failed"
    REPLAYED = "replayed"
    """Ran only to define its views: an earlier try had completed it, or it was not selected."""
    RESTORED = "restored"
    """Did not run: its views were defined on Parquet that an earlier try had written."""
    SKIPPED = "skipped"


class ComponentPhase(str, Enum):
    """The state of a component that has no outcome yet."""

    WAITING = "waiting"
    RUNNING = "running"
    REPLAYING = "replaying"


class SkipReason(str, Enum):
    """Reason for a skip: stable words for programs, with a `description` for people."""

    COMPLETED = "completed"
    DISABLED = "disabled"
    NOT_SELECTED = "not_selected"
    UPSTREAM_DISABLED = "upstream_disabled"
    UPSTREAM_FAILED = "upstream_failed"
    STOPPED = "stopped"

    @property
    def description(self) -> str:
        """The reason in words."""
        return _DESCRIPTIONS[self]


_DESCRIPTIONS = {
    SkipReason.COMPLETED: "completed in an earlier run",
    SkipReason.DISABLED: "disabled",
    SkipReason.NOT_SELECTED: "not selected",
    SkipReason.UPSTREAM_DISABLED: "downstream of a disabled component",
    SkipReason.UPSTREAM_FAILED: "downstream of a failed component",
    SkipReason.STOPPED: "the run had stopped",
}
