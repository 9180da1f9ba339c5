"""XCom summary of a run: outcomes, durations, row counts and quality checks as JSON of limited size."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from ppf_core.runner import ComponentOutcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ppf_core.quality import CheckResult
    from ppf_core.runner import ComponentResult, PipelineResult, SkippedComponent

__all__ = ["MAX_BYTES", "cut_to_size", "summarize"]

MAX_BYTES = 16 * 1024
"""Maximum size of a summary as JSON; 200 components fit."""

_LONGEST_TEXT = 300
_LONGEST_TEXT_IF_MANY = 80
_ROOM_FOR_CUT = 200

_LONGEST_LIST = 20
"""Maximum length of a component's list `written`; its sums count the rest."""

_DISPENSABLE: tuple[tuple[str, Callable[[Any], bool]], ...] = (
    ("components", lambda entry: entry["outcome"] == ComponentOutcome.SKIPPED),
    ("quality", lambda entry: entry["passed"]),
    ("components", lambda entry: entry["outcome"] != ComponentOutcome.FAILED),
    ("hook_errors", lambda _: True),
    ("quality", lambda _: True),
    ("validation_errors", lambda _: True),
    ("components", lambda _: True),
)
"""Entries to cut from a summary that is too long, by list, with the least needed entries first."""


def summarize(result: PipelineResult, try_number: int, quality: Sequence[CheckResult] = ()) -> dict[str, Any]:
    """Return the summary of a run as plain JSON values of at most `MAX_BYTES`.

    Each entry of `components` has its `outcome` (a `ComponentOutcome`), milliseconds, the `reason` in words if there
    is one, for a skipped component the `skip_reason` (a `SkipReason`), the retries if there were any, and the `rows`
    and `bytes` that it wrote, if they are known (if skipped, in the try that completed it); `written` lists them
    by view and target if there are several. `totals` counts outcomes and retries. Each entry of `quality` says whether
    the check `passed`, and if not, its message.

    If a summary is too long, texts are shortened and `written` is omitted first, then what earlier tries wrote. After
    that entries are cut, skipped components first and failed components last; `cut` counts them by list, and `totals`
    still includes them.
    """
    for longest, detailed, earlier in (
        (_LONGEST_TEXT, True, True),
        (_LONGEST_TEXT_IF_MANY, False, True),
        (_LONGEST_TEXT_IF_MANY, False, False),
    ):
        summary = _full_summary(result, try_number, quality, longest, detailed=detailed, earlier=earlier)
        if _size(summary) <= MAX_BYTES:
            return summary
    return _shortened(summary)


def cut_to_size(summary: dict[str, Any]) -> dict[str, Any]:
    """Return a summary of at most `MAX_BYTES`, in which `cut` counts the entries that were cut from each list."""
    return summary if _size(summary) <= MAX_BYTES else _shortened(summary)


def _full_summary(
    result: PipelineResult,
    try_number: int,
    quality: Sequence[CheckResult],
    longest: int,
    *,
    detailed: bool,
    earlier: bool,
) -> dict[str, Any]:
    def short(text: object) -> str:
        # A file name may contain surrogates, which cannot be encoded in Airflow's log.
        encodable = str(text).encode("utf-8", "backslashreplace").decode()
        return encodable if len(encodable) <= longest else encodable[: longest - 1] + "…"

    components = [_executed(entry, short, detailed) for entry in result.component_results]
    components += [_skipped(entry, short, detailed=detailed, earlier=earlier) for entry in result.skipped]
    totals = Counter(component["outcome"] for component in components)
    totals["retries"] = sum(entry.retries for entry in result.component_results)
    summary: dict[str, Any] = {
        "pipeline": short(result.pipeline_name),
        "status": result.status.value,
        "try": try_number,
        "duration_ms": result.total_duration_ms,
        "totals": dict(totals),
        "components": components,
        "quality": [_checked(check, short) for check in quality],
        "hook_errors": [short(error) for error in result.hook_errors],
    }
    if result.error is not None:
        summary["error"] = short(f"{type(result.error).__name__}: {result.error}")
    if result.validation_errors:
        summary["validation_errors"] = [short(problem) for problem in result.validation_errors]
    return summary


def _executed(entry: ComponentResult, short: Callable[[object], str], detailed: bool) -> dict[str, Any]:
    component: dict[str, Any] = {
        "name": short(entry.component_name),
        "outcome": entry.outcome.value,
        "duration_ms": entry.duration_ms,
    }
    if entry.error is not None:
        component["reason"] = short(f"{type(entry.error).__name__}: {entry.error}")
    if entry.retries:
        component["retries"] = entry.retries
    return component | _written(entry, short, detailed)


def _skipped(
    entry: SkippedComponent, short: Callable[[object], str], *, detailed: bool, earlier: bool
) -> dict[str, Any]:
    component: dict[str, Any] = {
        "name": short(entry.component_name),
        "outcome": entry.outcome.value,
        "skip_reason": entry.reason.value,
    }
    if earlier or entry.cause:
        component["reason"] = short(entry)
    return component | (_written(entry, short, detailed) if earlier else {})


def _written(
    entry: ComponentResult | SkippedComponent, short: Callable[[object], str], detailed: bool
) -> dict[str, Any]:
    amounts: dict[str, Any] = dict(_amounts(entry.rows, entry.bytes))
    if detailed and len(entry.counts) > 1:
        amounts["written"] = [
            {"name": short(count.name), "kind": count.kind.value, **_amounts(count.rows, count.bytes)}
            for count in entry.counts[:_LONGEST_LIST]
        ]
    return amounts


def _amounts(rows: int | None, size: int | None) -> dict[str, int]:
    return {name: value for name, value in (("rows", rows), ("bytes", size)) if value is not None}


def _checked(check: CheckResult, short: Callable[[object], str]) -> dict[str, Any]:
    checked: dict[str, Any] = {"check": short(check.check_name), "passed": check.passed}
    if not check.passed:
        checked["message"] = short(check.message)
    return checked


def _shortened(summary: dict[str, Any]) -> dict[str, Any]:
    excess = _size(summary) + _ROOM_FOR_CUT - MAX_BYTES
    cut: Counter[str] = Counter()
    for name, dispensable in _DISPENSABLE:
        remaining = []
        for entry in reversed(summary.get(name, [])):
            if excess > 0 and dispensable(entry):
                excess -= _size(entry) + len(", ")
                cut[name] += 1
            else:
                remaining.append(entry)
        if name in summary:
            summary[name] = remaining[::-1]
    return {**summary, "cut": dict(cut)}


def _size(value: object) -> int:
    return len(json.dumps(value))
