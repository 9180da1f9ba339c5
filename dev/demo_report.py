"""Report of the demo in plain words, from the summaries of its tries."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from ppf_core.runner import SkipReason

__all__ = ["deviations", "explain"]

Summary = Mapping[str, Any]


def explain(tries: Sequence[Summary], seconds: Sequence[float]) -> list[str]:
    """Return lines about the work and the duration of each try.

    `tries` are the operator's summaries in order; `seconds` are the durations that Airflow measured.
    """
    lines: list[str] = []
    for number, (summary, taken) in enumerate(zip(tries, seconds, strict=True), start=1):
        if number > 1:
            lines.append("")
        resumed = _skipped_as_completed(summary) or _named(summary, "restored") or _named(summary, "replayed")
        failed = [each for each in summary["components"] if each["outcome"] == "failed"]
        how = "resumed" if number > 1 and resumed else "ran from the start"
        end = f"and stopped at {failed[0]['name']}" if failed else "and finished"
        lines.append(f"Try {number} {how} {end}, after {taken:.1f} s.")
        if failed:
            lines += _entry("Why:", failed[0].get("reason", "no reason given"))
        for label, names in (
            ("Skipped (done):", _skipped_as_completed(summary)),
            ("Restored:", _named(summary, "restored")),
            ("Replayed:", _named(summary, "replayed")),
            ("Ran:", _named(summary, "ran")),
        ):
            if names:
                lines += _entry(label, f"{len(names):>2}  {', '.join(names)}", further="    ")
        lines += [f"  Unexpected: {error}" for error in summary.get("hook_errors", [])]
    if any(_named(summary, "replayed") for summary in tries):
        lines += [
            "",
            "Replayed components define their temp views again, for the components downstream of them:",
            "a new try is a new process, which has no views. Completed writes are not repeated.",
        ]
    return lines


def deviations(tries: Sequence[Summary], late: str) -> list[str]:
    """Return how the tries deviate from what the demo shows; nothing if they do not.

    The demo shows that try 1 fails only at the component `late`, and that try 2 succeeds, runs `late`, and runs
    nothing that try 1 had completed.
    """
    if len(tries) != 2:
        return [f"expected two tries, there were {len(tries)}"]
    first, second = tries
    wrong: list[str] = []
    if _named(first, "failed") != [late]:
        wrong.append(f"try 1 was to fail at {late}, but failed at {_named(first, 'failed') or 'nothing'}")
    if second["status"] != "success":
        wrong.append(f"try 2 was to succeed, but ended as {second['status']}")
    if late not in _named(second, "ran"):
        wrong.append(f"try 2 was to run {late}, but did not")
    if again := sorted(set(_named(first, "ran")) & set(_named(second, "ran"))):
        wrong.append(f"try 2 ran what try 1 had completed: {', '.join(again)}")
    if not _skipped_as_completed(second):
        wrong.append("try 2 was to skip what try 1 had completed, but skipped nothing")
    return wrong


def _entry(label: str, text: str, further: str = "") -> list[str]:
    indent = " " * 18
    return textwrap.wrap(
        text,
        width=100,
        initial_indent=f"  {label:<15} ",
        subsequent_indent=indent + further,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _named(summary: Summary, outcome: str) -> list[str]:
    return [each["name"] for each in summary["components"] if each["outcome"] == outcome]


def _skipped_as_completed(summary: Summary) -> list[str]:
    return [each["name"] for each in summary["components"] if each.get("skip_reason") == SkipReason.COMPLETED]
