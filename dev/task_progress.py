"""Progress of components, read from the log of a pipeline task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Progress", "progress_of", "summary_in"]

_EVENTS = {"component_started": "started", "component_completed": "succeeded", "component_failed": "failed"}


@dataclass(frozen=True)
class Progress:
    """A component `started`, `succeeded` (with its time as text) or `failed` (with its error)."""

    component: str
    event: str
    text: str = ""


def progress_of(line: Mapping[str, Any]) -> Progress | None:
    """Return the progress that the line reports; None for all other lines."""
    event = _EVENTS.get(line.get("audit_action", ""))
    if event is None:
        return None
    metadata = line["audit_metadata"]
    text = metadata.get("error", "")
    if event == "succeeded":
        text = f"{int(metadata['duration_ms']) / 1000:.1f} s"
    return Progress(line["audit_actor"], event, text)


def summary_in(lines: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the summary that the operator logs at the end of a try; None before, and if the task was killed."""
    for line in lines:
        summary = line.get("ppf_summary")
        if isinstance(summary, dict):
            return summary
    return None
