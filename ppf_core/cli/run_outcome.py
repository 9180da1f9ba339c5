"""What a run came to, as a table for people and as JSON for machines."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from .progress import ComponentState, bytes_text, first_line, seconds_text

if TYPE_CHECKING:
    from rich.console import Console

    from ppf_core.component import DataCount
    from ppf_core.runner import PipelineResult

__all__ = ["OutcomeRow", "outcome_document", "outcome_rows", "print_outcome"]


@dataclass(frozen=True)
class OutcomeRow:
    """One component; `reason` is why it was skipped, or the first line of its error.

    `rows` and `bytes` are what it has written, in this run or in the earlier one that completed it, `None` if that is
    nothing or not known; `counts` tells it of each view and target.
    """

    component: str
    outcome: str
    duration_ms: int | None = None
    retries: int = 0
    reason: str = ""
    rows: int | None = None
    bytes: int | None = None
    counts: tuple[DataCount, ...] = ()


def outcome_rows(result: PipelineResult) -> list[OutcomeRow]:
    """What was executed, in the order in which it finished, then what was skipped."""
    rows = []
    for component in result.component_results:
        good = (
            ComponentState.RESTORED
            if component.restored
            else ComponentState.REPLAYED
            if component.replayed
            else ComponentState.SUCCEEDED
        )
        rows.append(
            OutcomeRow(
                component.component_name,
                (good if component.success else ComponentState.FAILED).value,
                component.duration_ms,
                component.retries,
                first_line(component.error) if component.error is not None else "",
                component.rows,
                component.bytes,
                component.counts,
            )
        )
    return rows + [
        OutcomeRow(
            skip.component_name,
            ComponentState.SKIPPED.value,
            reason=str(skip),
            rows=skip.rows,
            bytes=skip.bytes,
            counts=skip.counts,
        )
        for skip in result.skipped
    ]


def outcome_document(
    result: PipelineResult, *, exit_code: int, run_id: str | None, resume_command: str | None
) -> dict[str, Any]:
    """What `ppf run --json` prints."""
    return {
        "pipeline": result.pipeline_name,
        "status": result.status.value,
        "exit_code": exit_code,
        "run_id": run_id,
        "duration_ms": result.total_duration_ms,
        "components": [asdict(row) for row in outcome_rows(result)],
        "error": first_line(result.error) if result.error is not None else None,
        "hook_errors": [str(error) for error in result.hook_errors],
        "resume_command": resume_command,
    }


def print_outcome(result: PipelineResult, console: Console) -> None:
    """The table, what hooks raised, what ended the run, and one line that sums it up."""
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
        told = [amounts[heading] for heading in counted]
        cells = (row.component, row.outcome, time, str(row.retries or ""), *told, row.reason)
        table.add_row(*map(Text, cells), style=STYLES[ComponentState(row.outcome)])
    console.print(table)
    for error in result.hook_errors:
        lines = str(error).splitlines()
        console.print(Text(f"a hook failed, the run went on: {lines[0]}", style="yellow"), soft_wrap=True)
    if result.error is not None:
        console.print(Text(f"the run was ended by {first_line(result.error)}", style="red"), soft_wrap=True)
    counts = [(state, sum(row.outcome == state.value for row in rows)) for state in STYLES]
    outcomes = ", ".join(f"{count} {state.value}" for state, count in counts if count)
    status = result.status.value.replace("_", " ")
    took = seconds_text(result.total_duration_ms)
    console.print(
        Text(f"{result.pipeline_name}: {status} after {took}: {outcomes or 'nothing to run'}"), soft_wrap=True
    )
