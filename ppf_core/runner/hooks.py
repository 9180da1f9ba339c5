"""The seven callbacks of a run, and what calls them.

An exception that a hook raises is logged and listed, and changes nothing; `StopPipeline` alone is obeyed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from ppf_core.errors import StopPipeline

from .result import HookError

if TYPE_CHECKING:
    from ppf_core.config import ComponentConfig, PipelineConfig
    from ppf_core.resilience import CircuitState

    from .result import PipelineResult

__all__ = ["CompositeHooks", "NoOpHooks", "PipelineHooks"]

logger = logging.getLogger(__name__)


class PipelineHooks(Protocol):
    """What watches a run.

    No two threads call the same run's hooks at once. A hook may raise `StopPipeline` to end the run; raised in
    `after_component` it also makes the component count as failed, so that it is not checkpointed. Any other
    exception is logged, listed in `PipelineResult.hook_errors` and otherwise without effect.

    A hook may have one more callback, `on_component_views(config, views)`: the temp views that a component made
    or replaced, told before `after_component`.
    """

    def before_pipeline(self, config: PipelineConfig) -> None:
        """Before the first component."""

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """At the end, success or failure; called whenever `before_pipeline` was."""

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Before a component runs; `index` is zero-based, `total` counts the enabled components."""

    def after_component(self, config: ComponentConfig, index: int, total: int, duration_ms: int) -> None:
        """After a component succeeded."""

    def on_component_failure(self, config: ComponentConfig, index: int, error: Exception) -> None:
        """When a component raised and no retry is left."""

    def on_retry_attempt(
        self, config: ComponentConfig, attempt: int, max_attempts: int, delay_ms: int, error: Exception
    ) -> None:
        """Before the wait for a retry; `attempt` is the 1-based number of the try that failed."""

    def on_circuit_breaker_state_change(
        self, component_name: str, old_state: CircuitState, new_state: CircuitState
    ) -> None:
        """When a component's circuit breaker changes its state."""


class NoOpHooks(PipelineHooks):
    """Does nothing; override what you need."""


class CompositeHooks(NoOpHooks):
    """Broadcasts to all of `hooks`, in order.

    An exception from one is logged and kept in `errors`; neither the other hooks nor the pipeline notice it.
    `StopPipeline` goes through at once: the hooks behind the one that raised it do not hear of the event, which
    is how a quality check keeps a component from being checkpointed. So put what judges before what records.
    """

    def __init__(self, *hooks: PipelineHooks) -> None:
        self._hooks = hooks
        self.errors: list[HookError] = []

    @property
    def hooks(self) -> tuple[PipelineHooks, ...]:
        """The hooks, in the order in which they are called."""
        return self._hooks

    def flattened(self) -> Iterator[PipelineHooks]:
        """All hooks, those of composites within this one included, none of them a composite."""
        for hook in self._hooks:
            if isinstance(hook, CompositeHooks):
                yield from hook.flattened()
            else:
                yield hook

    def _broadcast(self, callback: str, *arguments: object) -> None:
        for hook in self._hooks:
            method: Any = getattr(hook, callback, None)
            if method is None and callback == "on_component_views":
                continue  # the one callback that a hook may lack
            try:
                if method is None:
                    raise AttributeError(  # noqa: TRY301 - reported like what a callback raises
                        f"{type(hook).__name__} lacks the callback {callback}; inherit from NoOpHooks to have all"
                    )
                method(*arguments)
            except StopPipeline:
                raise
            except Exception as error:
                self.errors.append(HookError(type(hook).__name__, callback, error))
                logger.exception("Hook %s failed in %s; the run goes on", type(hook).__name__, callback)

    def before_pipeline(self, config: PipelineConfig) -> None:
        """Broadcast."""
        self._broadcast("before_pipeline", config)

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Broadcast."""
        self._broadcast("after_pipeline", config, result)

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Broadcast."""
        self._broadcast("before_component", config, index, total)

    def after_component(self, config: ComponentConfig, index: int, total: int, duration_ms: int) -> None:
        """Broadcast."""
        self._broadcast("after_component", config, index, total, duration_ms)

    def on_component_failure(self, config: ComponentConfig, index: int, error: Exception) -> None:
        """Broadcast."""
        self._broadcast("on_component_failure", config, index, error)

    def on_retry_attempt(
        self, config: ComponentConfig, attempt: int, max_attempts: int, delay_ms: int, error: Exception
    ) -> None:
        """Broadcast."""
        self._broadcast("on_retry_attempt", config, attempt, max_attempts, delay_ms, error)

    def on_circuit_breaker_state_change(
        self, component_name: str, old_state: CircuitState, new_state: CircuitState
    ) -> None:
        """Broadcast."""
        self._broadcast("on_circuit_breaker_state_change", component_name, old_state, new_state)

    def on_component_views(self, config: ComponentConfig, views: tuple[str, ...]) -> None:
        """Broadcast to those that have this callback."""
        self._broadcast("on_component_views", config, views)
