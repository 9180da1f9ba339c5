"""Timeline of the report: a Gantt chart of the components."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .figures import axis_step_ms, duration_text
from .markup import Markup, tag
from .states import state_of

if TYPE_CHECKING:
    from .facts import ComponentFacts, RunFacts

__all__ = ["timeline"]


def timeline(facts: RunFacts) -> Markup:
    """Return a row for each executed component, ordered by start."""
    rows = sorted(
        (component for component in facts.components if component.started_ms is not None),
        key=lambda component: component.started_ms or 0,
    )
    if not rows:
        return tag("p", "No component was executed.", class_="dim")
    whole = max([facts.duration_ms, *(_end(component) for component in rows), 1])
    step = axis_step_ms(whole)
    marks = [
        tag("span", duration_text(at) if at else "0", style=f"left:{_percent(at, whole)}")
        for at in range(0, whole, step)
        if at == 0 or whole - at > step // 3  # a mark at the very end would be cut off
    ]
    axis = tag(
        "li",
        tag("span", class_="who"),
        tag("span", *marks, class_="track"),
        tag("span", class_="long"),
        class_="axis",
        aria_hidden="true",
    )
    return tag("ol", axis, *(_row(component, whole) for component in rows), class_="timeline")


def _row(component: ComponentFacts, whole: int) -> Markup:
    started, lasted = component.started_ms or 0, component.duration_ms or 0
    state = state_of(component)
    text = f"{state.name}, started after {duration_text(started)}, took {duration_text(lasted)}"
    bar = tag(
        "span",
        class_=f"bar {state.css_class}",
        style=f"left:{_percent(started, whole)};width:{_percent(lasted, whole)}",
        title=text,
    )
    return tag(
        "li",
        tag("span", component.name, class_="who", title=component.name),
        tag("span", bar, class_="track", role="img", aria_label=text),
        tag("span", duration_text(lasted), class_="long"),
    )


def _end(component: ComponentFacts) -> int:
    return (component.started_ms or 0) + (component.duration_ms or 0)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.3f}%"
