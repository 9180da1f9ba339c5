"""What a task tells of its run, in a form that an XCom may hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ppf_core.runner import PipelineResult

__all__ = ["MAX_BYTES", "summarize"]

MAX_BYTES = 16 * 1024
"""The most that a summary takes as JSON; 200 components fit."""

_LONGEST_TEXT = 300


def summarize(result: PipelineResult, try_number: int) -> dict[str, Any]:
    """A run as plain JSON values, at most `MAX_BYTES` long.

    `components` tells of each its `outcome` (`ran`, `failed`, `restored`, `replayed` or `skipped`), the
    `reason` where there is one, and milliseconds and retries where they are not zero. Too many components are cut
    from the end, those that were skipped first, and `cut` says how many.
    """
    components = [_executed(entry) for entry in result.component_results]
    components += [
        {"name": entry.component_name, "outcome": "skipped", "reason": _short(str(entry))}
        for entry in result.skipped
    ]
    summary: dict[str, Any] = {
        "pipeline": result.pipeline_name,
        "status": result.status.value,
        "try": try_number,
        "duration_ms": result.total_duration_ms,
        "components": components,
        "hook_errors": [_short(str(error)) for error in result.hook_errors[:10]],
    }
    if result.error is not None:
        summary["error"] = _short(f"{type(result.error).__name__}: {result.error}")
    if result.validation_errors:
        summary["validation_errors"] = [_short(problem) for problem in result.validation_errors[:10]]
    return _bounded(summary)


def _executed(entry: Any) -> dict[str, Any]:
    good = "restored" if entry.restored else "replayed" if entry.replayed else "ran"
    outcome = good if entry.success else "failed"
    told: dict[str, Any] = {
        "name": entry.component_name,
        "outcome": outcome,
        "duration_ms": entry.duration_ms,
    }
    if entry.error is not None:
        told["reason"] = _short(f"{type(entry.error).__name__}: {entry.error}")
    if entry.retries:
        told["retries"] = entry.retries
    return told


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


def _bounded(summary: dict[str, Any]) -> dict[str, Any]:
    components = summary["components"]
    cut = 0
    while components and _size(summary) > MAX_BYTES:
        # Estimate how many must go, rather than measure after each.
        excess = _size(summary) - MAX_BYTES
        average = _size(components) // len(components) or 1
        go = min(len(components), max(1, excess // average))
        del components[-go:]
        cut += go
        summary["cut"] = cut
    return summary


def _size(value: object) -> int:
    return len(json.dumps(value))
