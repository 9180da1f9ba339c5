"""How a component's state looks: never by colour alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .facts import ComponentState
from .markup import Markup, tag

if TYPE_CHECKING:
    from ppf_core.runner.result import PipelineResultStatus

__all__ = ["css_class", "sign", "state_label", "status_label"]

_SIGNS = {
    ComponentState.RAN: "✓",
    ComponentState.FAILED: "✗",
    ComponentState.REPLAYED: "↻",
    ComponentState.RESTORED: "⇣",
    ComponentState.COMPLETED_EARLIER: "✓",
    ComponentState.SKIPPED: "-",
}


def css_class(state: ComponentState) -> str:
    """Its class in the style sheet."""
    return state.value.replace(" ", "-")


def sign(state: ComponentState) -> str:
    """One character."""
    return _SIGNS[state]


def state_label(state: ComponentState, *, count: int | None = None) -> Markup:
    """Its name on its colour; with `count`, of how many."""
    text = state.value if count is None else f"{count} {state.value}"
    return tag(
        "span", tag("span", f"{sign(state)} ", aria_hidden="true"), text, class_=f"state {css_class(state)}"
    )


def status_label(status: PipelineResultStatus) -> Markup:
    """How the run ended."""
    return tag("span", status.value.replace("_", " "), class_=f"state {status.value}")
