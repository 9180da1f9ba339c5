"""The seven callbacks of a run, and what calls them.

An exception that a hook raises is logged and listed, and changes nothing; `StopPipeline` alone is obeyed.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, Protocol

from ppf_core.errors import StopPipeline

from .result import HookError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ppf_core.component import DataCount
    from ppf_core.config import ComponentConfig, PipelineConfig
    from ppf_core.resilience import CircuitState
    from ppf_core.session import JobProgress

    from .completed import HandOverRecord
    from .planning.plan import Plan
    from .result import PipelineResult

__all__ = ["CompositeHooks", "NoOpHooks", "PipelineHooks"]

logger = logging.getLogger(__name__)

_OPTIONAL = frozenset(
    {
        "on_plan",
        "on_component_views",
        "on_component_dropped_views",
        "on_component_materialized",
        "on_component_restored",
        "on_component_counts",
        "on_component_progress",
    }
)


class PipelineHooks(Protocol):
    """What watches a run.

    No two threads call the same run's hooks at once. A hook may raise `StopPipeline` to end the run; raised in
    `after_component` it also makes the component count as failed, so that it is not checkpointed. Any other
    exception is logged, listed in `PipelineResult.hook_errors` and otherwise without effect.

    A hook may have seven more callbacks: `on_plan(plan)`, told before `before_pipeline`;
    `on_component_views(config, views)`, the temp views that a component made or replaced,
    `on_component_dropped_views(config, views)`, those that it dropped,
    `on_component_materialized(config, record)`, where they were written, and `on_component_counts(config, counts)`,
    how much it has written, if it did and that is known, all told before `after_component`;
    `on_component_restored(config, views)`, which is all that is told of a component that is restored;
    and `on_component_progress(config, progress, elapsed_ms)`, how far Spark is with a component that runs, told from
    a thread of its own: first after `execution.progress_after_seconds`, then every `progress_every_seconds`, or as the
    hook's own `progress_pace` says. It cannot end the run; one that raises there is not told of progress again.
    """

    def before_pipeline(self, config: PipelineConfig) -> None:
        """Before the first component."""
        return

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """At the end, success or failure; called whenever `before_pipeline` was."""
        return

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Before a component runs; `index` is zero-based, `total` counts the enabled components."""
        return

    def after_component(self, config: ComponentConfig, index: int, total: int, duration_ms: int) -> None:
        """After a component succeeded."""
        return

    def on_component_failure(self, config: ComponentConfig, index: int, error: Exception) -> None:
        """When a component raised and no retry is left."""
        return

    def on_retry_attempt(
        self, config: ComponentConfig, attempt: int, max_attempts: int, delay_ms: int, error: Exception
    ) -> None:
        """Before the wait for a retry; `attempt` is the 1-based number of the try that failed."""
        return

    def on_circuit_breaker_state_change(
        self, component_name: str, old_state: CircuitState, new_state: CircuitState
    ) -> None:
        """When a component's circuit breaker changes its state."""
        return


class NoOpHooks(PipelineHooks):
    """Does nothing; override what you need."""


class CompositeHooks(NoOpHooks):
    """Broadcasts to all of `hooks`, in order.

    An exception from one is logged and kept in `errors`; neither the other hooks nor the pipeline notice it.

    `StopPipeline` is raised again once all have heard of the event, with two exceptions. In `after_component` it
    goes through at once: the hooks behind the one that raised it hear of a failure and not of a success, which is
    how a quality check keeps a component from being checkpointed. So put what judges before what records. In
    `after_pipeline`, where nothing is left to stop, it becomes the result's `error`, and the hooks behind hear of
    a run that did not succeed.
    """

    def __init__(self, *hooks: PipelineHooks) -> None:
        self._hooks = hooks
        self.errors: list[HookError] = []

    @property
    def hooks(self) -> tuple[PipelineHooks, ...]:
        """The hooks, in the order in which they are called."""
        return self._hooks

    def flattened(self) -> Iterator[PipelineHooks]:
        """All hooks, those of composites within this one included, none of them a plain composite."""
        for hook in self._hooks:
            if type(hook) is CompositeHooks:  # a subclass may do more than broadcast
                yield from hook.flattened()
            else:
                yield hook

    def _broadcast(self, callback: str, *arguments: object) -> None:
        stop: StopPipeline | None = None
        for hook in self._hooks:
            try:
                self._tell(hook, callback, arguments)
            except StopPipeline as order:
                stop = stop or order
        if stop is not None:
            raise stop

    def _tell(self, hook: PipelineHooks, callback: str, arguments: tuple[object, ...]) -> None:
        method: Any = getattr(hook, callback, None)
        if method is None and callback in _OPTIONAL:
            return
        handled = sys.exc_info()[1]
        try:
            if method is None:
                raise AttributeError(  # noqa: TRY301 - reported like what a callback raises
                    f"{type(hook).__name__} lacks the callback {callback}; inherit from NoOpHooks to have all"
                )
            method(*arguments)
        except StopPipeline as order:
            _forget_context(order, handled)
            raise
        except Exception as error:
            _forget_context(error, handled)
            self.errors.append(HookError.of(hook, callback, error))
            logger.exception("Hook %s failed in %s; the run goes on", type(hook).__name__, callback)

    def before_pipeline(self, config: PipelineConfig) -> None:
        """Broadcast."""
        self._broadcast("before_pipeline", config)

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Broadcast; an order to stop makes `result` a failed one."""
        for hook in self._hooks:
            try:
                self._tell(hook, "after_pipeline", (config, result))
            except StopPipeline as stop:
                result.conclude(stop)

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Broadcast."""
        self._broadcast("before_component", config, index, total)

    def after_component(self, config: ComponentConfig, index: int, total: int, duration_ms: int) -> None:
        """Broadcast, until one says stop."""
        for hook in self._hooks:
            self._tell(hook, "after_component", (config, index, total, duration_ms))

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

    def on_plan(self, plan: Plan) -> None:
        """Broadcast to those that have this callback."""
        self._broadcast("on_plan", plan)

    def on_component_views(self, config: ComponentConfig, views: tuple[str, ...]) -> None:
        """Broadcast to those that have this callback."""
        self._broadcast("on_component_views", config, views)

    def on_component_dropped_views(self, config: ComponentConfig, views: tuple[str, ...]) -> None:
        """Broadcast to those that have this callback."""
        self._broadcast("on_component_dropped_views", config, views)

    def on_component_materialized(self, config: ComponentConfig, record: HandOverRecord) -> None:
        """Broadcast to those that have this callback."""
        self._broadcast("on_component_materialized", config, record)

    def on_component_counts(self, config: ComponentConfig, counts: tuple[DataCount, ...]) -> None:
        """Broadcast to those that have this callback."""
        self._broadcast("on_component_counts", config, counts)

    def on_component_progress(self, config: ComponentConfig, progress: JobProgress, elapsed_ms: int) -> None:
        """Broadcast to those that have this callback."""
        self._broadcast("on_component_progress", config, progress, elapsed_ms)

    def on_component_restored(self, config: ComponentConfig, views: tuple[str, ...]) -> None:
        """Broadcast to those that have this callback."""
        self._broadcast("on_component_restored", config, views)


def _forget_context(error: BaseException, handled: BaseException | None) -> None:
    """Part a hook's `error` from the exception during whose handling the hook was called.

    Python chains the two, but the one that was `handled` is a component's, with any secret still in its text.
    """
    while handled is not None and error.__context__ is not None:
        if error.__context__ is handled:
            error.__context__ = None
        else:
            error = error.__context__
