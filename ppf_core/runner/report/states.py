"""The appearance of a component's state: a word, a sign and a colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ppf_core.runner.outcome import ComponentOutcome, SkipReason

from .markup import Markup, tag

if TYPE_CHECKING:
    from ppf_core.runner.result import PipelineResultStatus

    from .facts import ComponentFacts

__all__ = ["STATES", "State", "state_label", "state_of", "status_label"]


@dataclass(frozen=True)
class State:
    """A state as the page shows it, never by colour alone: `css_class` sets the colour, `sign` is one character."""

    name: str
    css_class: str
    sign: str


_COMPLETED_EARLIER = State("completed earlier", "completed-earlier", "✓")
_STATES = {
    ComponentOutcome.RAN: State("ran", "ran", "✓"),
    ComponentOutcome.FAILED: State("failed", "failed", "✗"),
    ComponentOutcome.REPLAYED: State("replayed", "replayed", "↻"),
    ComponentOutcome.RESTORED: State("restored", "restored", "⇣"),
    ComponentOutcome.SKIPPED: State("skipped", "skipped", "-"),
}

STATES = (
    *(state for outcome, state in _STATES.items() if outcome is not ComponentOutcome.SKIPPED),
    _COMPLETED_EARLIER,
    _STATES[ComponentOutcome.SKIPPED],
)
"""All states, in the order in which they are listed."""


def state_of(component: ComponentFacts) -> State:
    """Return how the page shows the component's outcome; a skip of completed work has a state of its own."""
    if component.skip_reason is SkipReason.COMPLETED:
        return _COMPLETED_EARLIER
    return _STATES[component.outcome]


def state_label(state: State, *, count: int | None = None) -> Markup:
    """Return the state's name on its colour; with `count`, the number of components in it."""
    text = state.name if count is None else f"{count} {state.name}"
    return tag(
        "span", tag("span", f"{state.sign} ", aria_hidden="true"), text, class_=f"state {state.css_class}"
    )


def status_label(status: PipelineResultStatus) -> Markup:
    """Return the status of the run as a label."""
    return tag("span", status.value.replace("_", " "), class_=f"state {status.value}")
