"""Tables of the report: components, quality checks, tries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .figures import count_text, duration_text, size_text
from .markup import Markup, join, tag
from .states import state_label, state_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ppf_core.quality import CheckResult
    from ppf_core.runner.checkpoint import TryRecord

    from .facts import ComponentFacts, FailedAttempt

__all__ = ["check_table", "component_table", "try_table"]

_LONG_TEXT = 160


def component_table(components: Sequence[ComponentFacts]) -> Markup:
    """Return the table of components, in execution order."""
    columns = ["Component", "State", "#Duration", "#Retries", "#Rows", "#Size", "Views", "Notes"]
    return _table("Components", columns, [_component_row(component) for component in components])


def check_table(checks: Sequence[CheckResult]) -> Markup:
    """Return the table of quality checks and their messages."""
    rows = [
        [
            check.check_name,
            tag(
                "span",
                "passed" if check.passed else "failed",
                class_=f"state {'ran' if check.passed else 'failed'}",
            ),
            _text(check.message),
        ]
        for check in checks
    ]
    return _table("Quality checks", ["Check", "Outcome", "Found"], rows)


def try_table(tries: Sequence[TryRecord], page_of_try: Callable[[TryRecord], str | None]) -> Markup:
    """Return the history of the run, with links to the reports of earlier tries."""
    rows = []
    for number, record in enumerate(tries, start=1):
        maker = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in record.maker.items())
        report: str = "this report"
        if number < len(tries):
            address = page_of_try(record)
            report = tag("a", "its report", href=address) if address else ""
        rows.append([str(number), record.started_at, maker, record.ended, report])
    return _table("Tries of this run", ["Try", "Started", "By", "Ended", "Report"], rows)


def _component_row(component: ComponentFacts) -> list[str]:
    duration = "" if component.duration_ms is None else duration_text(component.duration_ms)
    about = tag("div", component.class_path, class_="dim", style="font-weight:400;font-size:.8rem")
    return [
        join(component.name, about),
        state_label(state_of(component)),
        duration,
        str(component.retries) if component.retries else "",
        "" if component.rows is None else count_text(component.rows),
        "" if component.bytes is None else size_text(component.bytes),
        ", ".join(component.views),
        join(*_notes(component)),
    ]


def _notes(component: ComponentFacts) -> list[Markup]:
    notes = [tag("div", component.description, class_="dim")] if component.description else []
    if component.note:
        notes.append(_text(component.note))
    if len(component.counts) > 1:
        notes += [tag("div", str(count), class_="dim") for count in component.counts]
    notes += map(_failed_attempt, component.failed_attempts)
    return notes


def _failed_attempt(attempt: FailedAttempt) -> Markup:
    title = f"Attempt {attempt.number} failed; retried after {duration_text(attempt.delay_ms)}"
    return tag("details", tag("summary", title), tag("pre", attempt.error))


def _text(text: str) -> Markup:
    first = text.partition("\n")[0]
    if len(text) <= _LONG_TEXT and first == text:
        return tag("div", text)
    return tag("details", tag("summary", f"{first[:_LONG_TEXT]}…"), tag("pre", text))


def _table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """Return a table that scrolls on a narrow page; `#` marks a column of numbers."""
    numbers = [column.startswith("#") for column in columns]
    head = tag(
        "tr",
        *(
            tag("th", column.lstrip("#"), scope="col", class_="number" if number else None)
            for column, number in zip(columns, numbers, strict=True)
        ),
    )
    body = [
        tag(
            "tr",
            tag("th", row[0], scope="row"),
            *(
                tag("td", cell, class_="number" if number else None)
                for cell, number in zip(row[1:], numbers[1:], strict=True)
            ),
        )
        for row in rows
    ]
    table = tag("table", tag("thead", head), tag("tbody", *body), aria_label=caption)
    return tag("div", table, class_="wide", tabindex="0", role="region", aria_label=caption)
