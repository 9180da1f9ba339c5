"""What the lines of a pipeline task's log say of its components."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Progress", "progress_of", "summary_in"]

_STARTED = re.compile(r"(?:::group::)?(?P<name>\S+?)(?: starts)? \(\d+ of \d+\)")
_SUCCEEDED = re.compile(r"(?P<name>\S+) succeeded in (?P<text>[\d.]+ s)")
_FAILED = re.compile(r"(?P<name>\S+) failed: (?P<text>.+)", re.DOTALL)


@dataclass(frozen=True)
class Progress:
    """A component `started`, `succeeded` (with its time as text) or `failed` (with its error)."""

    component: str
    event: str
    text: str = ""


def progress_of(line: Mapping[str, Any]) -> Progress | None:
    """What the line says of a component; None for all other lines."""
    # Airflow and Spark log into the same file; only the task's own logger speaks for the operator.
    if "airflow_ppf" not in str(line.get("logger", "")):
        return None
    event = str(line.get("event", ""))
    for name, pattern in (("started", _STARTED), ("succeeded", _SUCCEEDED), ("failed", _FAILED)):
        if found := pattern.fullmatch(event):
            groups = found.groupdict()
            return Progress(groups["name"], name, groups.get("text", ""))
    return None


def summary_in(lines: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The summary that the operator logs at the end of a try; None while it has not (or was killed)."""
    for line in lines:
        found = line.get("ppf_summary")
        if isinstance(found, dict):
            return found
    return None
