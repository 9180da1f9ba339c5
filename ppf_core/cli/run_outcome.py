"""The outcome of a run, as a table for people and as JSON for programs."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ppf_core.runner import ComponentOutcome, ComponentPhase, SkipReason

from .progress import bytes_text, first_line, seconds_text

if TYPE_CHECKING:
    from rich.console import Console

    from ppf_core.component import DataCount
    from ppf_core.runner import PipelineResult

__all__ = ["OutcomeRow", "outcome_document", "outcome_rows", "print_outcome"]


@dataclass(frozen=True)
class OutcomeRow:
    """The outcome of a component.

    `reason` is why it was skipped, or the first line of its error, for people; `skip_reason` and `error_type` (the name
    of the error's class) are for programs. `rows` and `bytes` are what it wrote, in this run or in an earlier run that
    completed it, `None` if that is nothing or unknown; `counts` lists them by view and target.
    """

    component: str
    outcome: ComponentOutcome | ComponentPhase
    duration_ms: int | None = None
    retries: int = 0
    reason: str = ""
    rows: int | None = None
    bytes: int | None = None
    counts: tuple[DataCount, ...] = ()
    skip_reason: SkipReason | None = None
    error_type: str | None = None


def outcome_rows(result: PipelineResult) -> list[OutcomeRow]:
    """Return the executed components in the order in which they finished, then the skipped components."""
    executed = [
        OutcomeRow(
            entry.component_name,
            entry.outcome,
            entry.duration_ms,
            entry.retries,
            first_line(entry.error) if entry.error is not None else "",
            entry.rows,
            entry.bytes,
            entry.counts,
            error_type=type(entry.error).__name__ if entry.error is not None else None,
        )
        for entry in result.component_results
    ]
    skipped = [
        OutcomeRow(
            entry.component_name,
            entry.outcome,
            reason=str(entry),
            rows=entry.rows,
            bytes=entry.bytes,
            counts=entry.counts,
            skip_reason=entry.reason,
        )
        for entry in result.skipped
    ]
    return executed + skipped


def outcome_document(
    result: PipelineResult, *, exit_code: int, run_id: str | None, resume_command: str | None
) -> dict[str, Any]:
    """Return the document that `ppf run --json` prints."""
    return {
        "pipeline": result.pipeline_name,
        "status": result.status.value,
        "exit_code": exit_code,
        "run_id": run_id,
        "duration_ms": result.total_duration_ms,
        "components": [asdict(row) for row in outcome_rows(result)],
        "error": first_line(result.error) if result.error is not None else None,
        "error_type": type(result.error).__name__ if result.error is not None else None,
        "hook_errors": [str(error) for error in result.hook_errors],
        "resume_command": resume_command,
    }


def print_outcome(result: PipelineResult, console: Console) -> None:
    """Print the table of components, the errors of hooks, what ended the run, and a summary line."""
    from rich.table import Table
    from rich.text import Text

    from .live_progress import STYLES

    rows = outcome_rows(result)
    table = Table(box=None, pad_edge=False)
    counted = [
        heading
        for heading, known in (
            ("rows", any(row.rows is not None for row in rows)),
            ("size", any(row.bytes is not None for row in rows)),
        )
        if known
    ]
    for heading, justify in (
        ("component", "left"),
        ("outcome", "left"),
        ("time", "right"),
        ("retries", "right"),
        *((heading, "right") for heading in counted),
    ):
        table.add_column(heading, justify=justify, no_wrap=heading != "component", overflow="fold")  # type: ignore[arg-type] # a str in a tuple is no Literal
    table.add_column("why", overflow="fold")
    for row in rows:
        time = "" if row.duration_ms is None else seconds_text(row.duration_ms)
        amounts = {
            "rows": "" if row.rows is None else f"{row.rows:,}",
            "size": "" if row.bytes is None else bytes_text(row.bytes),
        }
        counts = (amounts[heading] for heading in counted)
        cells = (row.component, row.outcome.value, time, str(row.retries or ""), *counts, row.reason)
        table.add_row(*map(Text, cells), style=STYLES[row.outcome])
    console.print(table)
    for error in result.hook_errors:
        lines = str(error).splitlines()
        console.print(Text(f"a hook failed, the run went on: {lines[0]}", style="yellow"), soft_wrap=True)
    if result.error is not None:
        console.print(Text(f"the run was ended by {first_line(result.error)}", style="red"), soft_wrap=True)
    totals = Counter(row.outcome for row in rows)
    outcomes = ", ".join(
        f"{totals[outcome]} {outcome.value}" for outcome in ComponentOutcome if totals[outcome]
    )
    status = result.status.value.replace("_", " ")
    took = seconds_text(result.total_duration_ms)
    console.print(
        Text(f"{result.pipeline_name}: {status} after {took}: {outcomes or 'nothing to run'}"), soft_wrap=True
    )
