"""Pipeline hooks: the protocol, the base class for your own, and the composite that calls them.

The exception of a hook is logged and listed in the result; only `StopPipeline` stops a run.
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
    """Callbacks for the events of a run.

    The runner never calls hooks from two threads at once. A hook may raise `StopPipeline` to stop the run; raised in
    `after_component`, it also fails the component, which is then not checkpointed. Any other exception is logged,
    listed in `PipelineResult.hook_errors` and has no further effect.

    A hook may also have these optional callbacks:

    - `on_plan(plan)`, before `before_pipeline`;
    - `on_component_views(config, views)`: the temp views that a component created or replaced;
    - `on_component_dropped_views(config, views)`: the temp views that it dropped;
    - `on_component_materialized(config, record)`: where its views were written as Parquet;
    - `on_component_counts(config, counts)`: how much it wrote, if known. This and the three above come before
      `after_component`;
    - `on_component_restored(config, views)`: the only callback for a component that is restored;
    - `on_component_progress(config, progress, elapsed_ms)`: the progress of a running component's Spark jobs, from a
      background thread; first after `execution.progress_after_seconds`, then every `progress_every_seconds`, unless
      the hook has its own `progress_pace`. It cannot stop the run, and a hook that raises here gets no more progress.
    """

    def before_pipeline(self, config: PipelineConfig) -> None:
        """Run before the first component."""
        return

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Run at the end, after success and failure alike, if `before_pipeline` was called."""
        return

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Run before a component; `index` is zero-based, `total` counts the enabled components."""
        return

    def after_component(self, config: ComponentConfig, index: int, total: int, duration_ms: int) -> None:
        """Run after a component succeeded."""
        return

    def on_component_failure(self, config: ComponentConfig, index: int, error: Exception) -> None:
        """Run when a component raised and has no retries left."""
        return

    def on_retry_attempt(
        self, config: ComponentConfig, attempt: int, max_attempts: int, delay_ms: int, error: Exception
    ) -> None:
        """Run before the delay of a retry; `attempt` is the 1-based number of the failed attempt."""
        return

    def on_circuit_breaker_state_change(
        self, component_name: str, old_state: CircuitState, new_state: CircuitState
    ) -> None:
        """Run when the circuit breaker of a component changes state."""
        return


class NoOpHooks(PipelineHooks):
    """Hooks that do nothing: inherit, and override what you need."""


class CompositeHooks(NoOpHooks):
    """Calls all of `hooks`, in order.

    The exception of a hook is logged and added to `errors`; it affects neither the other hooks nor the pipeline.

    `StopPipeline` is raised after all hooks have been called, with two exceptions:

    - in `after_component` it is raised at once. The remaining hooks get `on_component_failure` instead, which is how a
      failed quality check keeps a component out of the checkpoint. So list checking hooks before recording hooks.
    - in `after_pipeline`, where nothing is left to stop, it becomes the `error` of the result that the remaining hooks
      receive.
    """

    def __init__(self, *hooks: PipelineHooks) -> None:
        self._hooks = hooks
        self.errors: list[HookError] = []

    @property
    def hooks(self) -> tuple[PipelineHooks, ...]:
        """The hooks, in the order in which they are called."""
        return self._hooks

    def flattened(self) -> Iterator[PipelineHooks]:
        """Yield the hooks, with nested composites replaced by their own hooks."""
        for hook in self._hooks:
            if type(hook) is CompositeHooks:  # a subclass may do more than broadcast
                yield from hook.flattened()
            else:
                yield hook

    def _broadcast(self, callback: str, *arguments: object) -> None:
        stop: StopPipeline | None = None
        for hook in self._hooks:
            try:
                self._notify(hook, callback, arguments)
            except StopPipeline as raised:
                stop = stop or raised
        if stop is not None:
            raise stop

    def _notify(self, hook: PipelineHooks, callback: str, arguments: tuple[object, ...]) -> None:
        method: Any = getattr(hook, callback, None)
        if method is None and callback in _OPTIONAL:
            return
        handled = sys.exc_info()[1]
        try:
            if method is None:
                raise AttributeError(  # noqa: TRY301 - reported like what a callback raises
                    f"{type(hook).__name__} lacks the callback {callback}; inherit from NoOpHooks to have them all"
                )
            method(*arguments)
        except StopPipeline as stop:
            _unchain(stop, handled)
            raise
        except Exception as error:
            _unchain(error, handled)
            self.errors.append(HookError.of(hook, callback, error))
            logger.exception("Hook %s failed in %s; the run continues", type(hook).__name__, callback)

    def before_pipeline(self, config: PipelineConfig) -> None:
        """Call the hooks."""
        self._broadcast("before_pipeline", config)

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Call the hooks; `StopPipeline` turns `result` into a failure."""
        for hook in self._hooks:
            try:
                self._notify(hook, "after_pipeline", (config, result))
            except StopPipeline as stop:
                result.conclude(stop)

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Call the hooks."""
        self._broadcast("before_component", config, index, total)

    def after_component(self, config: ComponentConfig, index: int, total: int, duration_ms: int) -> None:
        """Call the hooks, up to the first that raises `StopPipeline`."""
        for hook in self._hooks:
            self._notify(hook, "after_component", (config, index, total, duration_ms))

    def on_component_failure(self, config: ComponentConfig, index: int, error: Exception) -> None:
        """Call the hooks."""
        self._broadcast("on_component_failure", config, index, error)

    def on_retry_attempt(
        self, config: ComponentConfig, attempt: int, max_attempts: int, delay_ms: int, error: Exception
    ) -> None:
        """Call the hooks."""
        self._broadcast("on_retry_attempt", config, attempt, max_attempts, delay_ms, error)

    def on_circuit_breaker_state_change(
        self, component_name: str, old_state: CircuitState, new_state: CircuitState
    ) -> None:
        """Call the hooks."""
        self._broadcast("on_circuit_breaker_state_change", component_name, old_state, new_state)

    def on_plan(self, plan: Plan) -> None:
        """Call the hooks that have this callback."""
        self._broadcast("on_plan", plan)

    def on_component_views(self, config: ComponentConfig, views: tuple[str, ...]) -> None:
        """Call the hooks that have this callback."""
        self._broadcast("on_component_views", config, views)

    def on_component_dropped_views(self, config: ComponentConfig, views: tuple[str, ...]) -> None:
        """Call the hooks that have this callback."""
        self._broadcast("on_component_dropped_views", config, views)

    def on_component_materialized(self, config: ComponentConfig, record: HandOverRecord) -> None:
        """Call the hooks that have this callback."""
        self._broadcast("on_component_materialized", config, record)

    def on_component_counts(self, config: ComponentConfig, counts: tuple[DataCount, ...]) -> None:
        """Call the hooks that have this callback."""
        self._broadcast("on_component_counts", config, counts)

    def on_component_progress(self, config: ComponentConfig, progress: JobProgress, elapsed_ms: int) -> None:
        """Call the hooks that have this callback."""
        self._broadcast("on_component_progress", config, progress, elapsed_ms)

    def on_component_restored(self, config: ComponentConfig, views: tuple[str, ...]) -> None:
        """Call the hooks that have this callback."""
        self._broadcast("on_component_restored", config, views)


def _unchain(error: BaseException, handled: BaseException | None) -> None:
    """Remove the exception that was being `handled` when a hook was called from the context of the hook's `error`.

    Python chains the two, but the handled exception is that of a component and may contain unredacted secrets.
    """
    while handled is not None and error.__context__ is not None:
        if error.__context__ is handled:
            error.__context__ = None
        else:
            error = error.__context__
