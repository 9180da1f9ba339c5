"""Hooks that record what they are called with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ppf_core.config import ComponentConfig, PipelineConfig
from ppf_core.runner import NoOpHooks
from tests.support.components import EVENTS

if TYPE_CHECKING:
    from ppf_core.resilience import CircuitState
    from ppf_core.runner import PipelineResult, Plan

__all__ = ["Greeter", "Watcher"]


class Greeter(NoOpHooks):
    """Records a word when a run begins."""

    def __init__(self, word: str = "hello") -> None:
        self.word = word

    def before_pipeline(self, config: PipelineConfig) -> None:
        """Record it."""
        EVENTS.append(self.word)


class Watcher(NoOpHooks):
    """Records each callback with its arguments, with names instead of configs."""

    instances: ClassVar[int] = 0

    def __init__(self, raising: dict[str, BaseException] | None = None) -> None:
        self.raising = raising or {}
        self.calls: list[tuple[Any, ...]] = []
        self.results: list[PipelineResult] = []

    def names(self) -> list[str]:
        """Return the callbacks in order, each with its component."""
        return [" ".join(str(part) for part in call[:2]) for call in self.calls]

    def _note(self, callback: str, *arguments: Any) -> None:
        self.calls.append((callback, *arguments))
        if error := self.raising.get(callback):
            raise error

    def on_plan(self, plan: Plan) -> None:
        """Record it."""
        self._note("on_plan", len(plan.steps))

    def before_pipeline(self, config: PipelineConfig) -> None:
        """Record it."""
        self._note("before_pipeline", config.name)

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Record it."""
        self.results.append(result)
        self._note("after_pipeline", config.name, result.status.value)

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Record it."""
        self._note("before_component", config.name, index, total)

    def on_component_views(self, config: ComponentConfig, views: tuple[str, ...]) -> None:
        """Record it."""
        self._note("on_component_views", config.name, views)

    def after_component(self, config: ComponentConfig, index: int, total: int, duration_ms: int) -> None:
        """Record it."""
        self._note("after_component", config.name, index, total, duration_ms)

    def on_component_failure(self, config: ComponentConfig, index: int, error: Exception) -> None:
        """Record it."""
        self._note("on_component_failure", config.name, index, error)

    def on_retry_attempt(
        self, config: ComponentConfig, attempt: int, max_attempts: int, delay_ms: int, error: Exception
    ) -> None:
        """Record it."""
        self._note("on_retry_attempt", config.name, attempt, max_attempts, delay_ms, error)

    def on_circuit_breaker_state_change(
        self, component_name: str, old_state: CircuitState, new_state: CircuitState
    ) -> None:
        """Record it."""
        self._note("on_circuit_breaker_state_change", component_name, old_state.value, new_state.value)
