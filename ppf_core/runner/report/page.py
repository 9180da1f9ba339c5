"""HTML page of a run report: one file, without scripts and external resources."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ppf_core.drawing import Box, graph_svg
from ppf_core.runner.outcome import ComponentOutcome

from .figures import duration_text
from .markup import Markup, tag
from .states import STATES, state_label, state_of, status_label
from .style import STYLE
from .tables import check_table, component_table, try_table
from .timeline import timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ppf_core.runner.checkpoint import TryRecord

    from .facts import ComponentFacts, RunFacts

__all__ = ["report_page"]


def report_page(facts: RunFacts, page_of_try: Callable[[TryRecord], str | None] = lambda _: None) -> str:
    """Return the run as one HTML page.

    Args:
        facts: The content of the page.
        page_of_try: Returns the address of an earlier try's page, if it has one.
    """
    status = facts.status.value.replace("_", " ")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        # Even if an injected script got into the page, a browser would run none and fetch nothing.
        tag(
            "meta",
            http_equiv="Content-Security-Policy",
            content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
        ),
        tag("title", f"{facts.config.name}: {status}"),
        tag("style", Markup(STYLE)),
    )
    main = tag("main", *_overview(facts), *_sections(facts, page_of_try))
    return f"<!DOCTYPE html>\n{tag('html', head, tag('body', main), lang='en')}\n"


def _overview(facts: RunFacts) -> Iterator[Markup]:
    yield tag("h1", f"{facts.config.name} ", status_label(facts.status))
    values = {
        "Version": facts.config.version,
        "Environment": facts.config.environment.value,
        "Run": " / ".join([*facts.scope, facts.run_id]) if facts.run_id else "",
        "Started": facts.started_at.isoformat(sep=" ", timespec="seconds"),
        "Took": duration_text(facts.duration_ms),
        "Try": str(len(facts.tries)) if facts.tries else "",
    }
    yield tag(
        "dl",
        *(tag("div", tag("dt", name), tag("dd", value)) for name, value in values.items() if value),
        class_="facts",
    )
    counts = Counter(map(state_of, facts.components))
    labels = (tag("li", state_label(state, count=counts[state])) for state in STATES if counts[state])
    yield tag("ul", *labels, class_="counts", aria_label="Components by state")
    yield from _alarms(facts)


def _alarms(facts: RunFacts) -> Iterator[Markup]:
    for component in facts.components:
        if component.outcome is ComponentOutcome.FAILED:
            yield tag(
                "section", tag("h2", f"{component.name} failed"), tag("pre", component.note), class_="alarm"
            )
    if facts.error:
        yield tag("section", tag("h2", "The run was ended"), tag("pre", facts.error), class_="alarm")
    if facts.hook_errors:
        errors = (tag("pre", error) for error in facts.hook_errors)
        yield tag("section", tag("h2", "Hooks that failed"), *errors, class_="alarm")


def _sections(facts: RunFacts, page_of_try: Callable[[TryRecord], str | None]) -> Iterator[Markup]:
    drawing = Markup(
        graph_svg(facts.config, {component.name: _box(component) for component in facts.components})
    )
    yield _section(
        "Graph", tag("div", drawing, class_="wide", tabindex="0", role="region", aria_label="Graph")
    )
    yield _section("Timeline", timeline(facts))
    yield _section("Components", component_table(facts.components))
    if facts.checks:
        yield _section("Quality checks", check_table(facts.checks))
    if facts.tries:
        yield _section("Tries", try_table(facts.tries, page_of_try))


def _section(title: str, content: Markup) -> Markup:
    return tag("section", tag("h2", title), content)


def _box(component: ComponentFacts) -> Box:
    took = f", {duration_text(component.duration_ms)}" if component.duration_ms is not None else ""
    state = state_of(component)
    return Box(
        note=f"{state.sign} {state.name}{took}",
        hint=f"{component.name} ({component.kind}): {component.class_path}",
        attributes=f'class="state-box {state.css_class}"',
    )
