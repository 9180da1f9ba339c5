"""How one component runs."""

from __future__ import annotations

import logging
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ppf_core.component import ComponentExecutionError, DataFlow, DataKind, PipelineComponent
from ppf_core.errors import StopPipeline
from ppf_core.loader import instantiate_component
from ppf_core.resilience import CircuitBreaker, RetryExecutor
from ppf_core.runner.planning.plan import Action, PlanStep
from ppf_core.runner.result import ComponentResult

from .cancellation import ComponentStoppedError, PipelineCancelledError
from .job_stopper import JobStopper
from .reported_counts import reported_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from ppf_core.clock import Clock, Sleep
    from ppf_core.component import DataCount, RunIdentity
    from ppf_core.config import ComponentConfig
    from ppf_core.resilience import CircuitState
    from ppf_core.runner.handover import RunHandOver
    from ppf_core.runner.views.tracker import ViewChanges, ViewTracker
    from ppf_core.runner.watching.run_hooks import RunHooks
    from ppf_core.secrets import SecretsResolver
    from ppf_core.session import SparkSessionWrapper

    from .cancellation import Cancellation

__all__ = ["ComponentExecutor"]

logger = logging.getLogger(__name__)


class ComponentExecutor:
    """Makes a component, gives it its session, and runs it: retry outside, circuit breaker inside.

    A component's failure becomes a `ComponentResult`; only what is no ordinary exception (an interruption) is
    raised, after the failure hooks were told, and its result is kept in `interrupted`. `stop` is the `StopPipeline`
    of a hook, once there was one.

    Several threads may execute components at once. One whose failure ends the run sets `cancellation` and ends the
    Spark jobs of the others; whatever these raise from then on is reported as `ComponentStoppedError`, caused by it.

    Args:
        hooks: What watches.
        session: Spark, and how its jobs are told apart.
        secrets: Resolves references, and knows what to keep out of errors.
        views: Finds out which views a component made.
        cancellation: Looked at before each try.
        clock: Monotonic seconds.
        sleep: Waits before a retry.
        job_tag: What marks the Spark jobs of all components; each one's carry a tag of its own besides.
        total: How many components are enabled.
        fail_fast: Whether any failure ends the run.
        pools: Whether each component's Spark jobs get a scheduler pool, named after it.
        run_began: By `clock`.
    """

    def __init__(
        self,
        *,
        hooks: RunHooks,
        session: SparkSessionWrapper,
        secrets: SecretsResolver,
        views: ViewTracker,
        cancellation: Cancellation,
        clock: Clock,
        sleep: Sleep,
        job_tag: str,
        total: int,
        identify: Callable[[str], RunIdentity],
        handover: RunHandOver,
        fail_fast: bool = True,
        pools: bool = False,
        run_began: float = 0.0,
    ) -> None:
        self._hooks = hooks
        self._handover = handover
        self._session = session
        self._secrets = secrets
        self._views = views
        self._cancellation = cancellation
        self._clock = clock
        self._sleep = sleep
        self._job_tag = job_tag
        self._total = total
        self._identify = identify
        self._fail_fast = fail_fast
        self._pools = pools
        self._run_began = run_began
        self._running: dict[str, tuple[str, float]] = {}  # by name: the tag of its jobs, and when it began
        self._stopper = JobStopper(self._cancel_jobs)
        self._breakers: dict[str, CircuitBreaker] = {}
        self.stop: StopPipeline | None = None
        self.interrupted: list[ComponentResult] = []

    def execute(self, step: PlanStep) -> ComponentResult:
        """Run the component of `step` to its success or its last failure, or restore what it did to the views."""
        name = step.component.name
        self._running[name] = f"{self._job_tag}-{step.index}", self._clock()
        try:
            if step.action is Action.RESTORE:
                return self._restore(step, self._running[name][1])
            return self._execute(step, self._running[name][1])
        finally:
            self._running.pop(name, None)

    @property
    def running(self) -> dict[str, tuple[str, float]]:
        """What runs now, by name: the tag of its Spark jobs, and when it began by the clock."""
        return dict(self._running)

    def interrupt(self, interruption: BaseException) -> None:
        """Stop what runs in other threads, because of an exception that ends the run."""
        self._cancellation.set(type(interruption).__name__)
        self._stopper.begin()

    def leave_behind(self, steps: list[PlanStep]) -> list[ComponentResult]:
        """Report components that did not end in time as failed; hear no more of them, nor of anything else."""
        self._hooks.ignore_other_threads()
        results = []
        for step in steps:
            name = step.component.name
            _, began = self._running.get(name, ("", self._clock()))
            stopped = self._cancellation.error()
            reason = stopped.reason if isinstance(stopped, PipelineCancelledError) else str(stopped)
            error = PipelineCancelledError(f"{reason}; {name} did not end in time and was left behind")
            results.append(self._failed(step, began, 0, error))
        return results

    def finish(self) -> None:
        """Nothing is executed any more."""
        self._stopper.finish()

    def _execute(self, step: PlanStep, began: float) -> ComponentResult:
        component = step.component
        attempts = _Attempts(component, self._hooks, self._secrets, self._cancellation)
        failure: Exception | None = None
        counts: tuple[DataCount, ...] = ()
        try:
            self._hooks.before_component(component, step.index, self._total)
            views, counts = self._run(step, attempts)
            if views.made:
                self._hooks.on_component_views(component, views.made)
            if views.dropped:
                self._hooks.on_component_dropped_views(component, views.dropped)
            if record := self._handover.written(component):
                self._hooks.on_component_materialized(component, record)
            if counts:
                self._hooks.on_component_counts(component, counts)
            duration_ms = self._elapsed_ms(began)
            self._hooks.after_component(component, step.index, self._total, duration_ms)
        except Exception as error:  # noqa: BLE001 - whatever a component raises is its failure, told in the result
            failure = error
        except BaseException as interruption:
            cause = ComponentExecutionError(component.name, interruption)
            self.interrupted.append(self._failed(step, began, attempts.retries, cause, ends_run=True))
            raise
        if failure is not None:
            return self._failed(step, began, attempts.retries, failure)
        return ComponentResult(
            component.name,
            success=True,
            duration_ms=duration_ms,
            retries=attempts.retries,
            replayed=step.action is Action.REPLAY,
            views=views.made,
            dropped=views.dropped,
            started_ms=self._started_ms(began),
            counts=counts,
        )

    def _run(self, step: PlanStep, attempts: _Attempts) -> tuple[ViewChanges, tuple[DataCount, ...]]:
        """Run it, and tell which views it has changed and how much it has written."""
        component = step.component
        instance = self._instantiate(component)
        if isinstance(instance, DataFlow) or hasattr(instance, "set_spark_session"):
            instance.set_spark_session(self._session.spark)
        if hasattr(instance, "set_run_identity"):  # a RunAware, told in a tenth of the time
            instance.set_run_identity(self._identify(component.name))
        self._views.before(component)

        def call() -> None:
            self._try_once(instance, component.name)
            if self._handover.covers(component):
                self._materialize(component)

        attempt: Callable[[], None] = call
        if breaker := self._breaker(component):
            attempt = _through(breaker, call)
        if retry := component.effective_retry:
            attempts.executor = RetryExecutor(retry, sleep_func=self._sleep)
            attempts.executor.execute(attempt, on_retry=attempts.on_retry)
        else:
            attempt()
        counts = reported_counts(instance, component.name, self._secrets)
        changes = self._views.after(component)
        self._handover.publish(component, changes.made)
        return changes, self._handover.counts(component) + counts

    def _materialize(self, component: ComponentConfig) -> None:
        # Part of the try, since with lazy views it is here that the component's work is done and may fail. What an
        # earlier try has made is written too: it is still there for others to read.
        made = self._views.so_far(component).made
        self._cancellation.raise_if_set()
        with self._tagged(component.name):
            self._handover.write(component, made, lambda views: self._views.redefining(views, component))

    def _restore(self, step: PlanStep, began: float) -> ComponentResult:
        component = step.component
        try:
            with self._tagged(component.name):
                if step.views:
                    self._handover.restore(component, self._views.redefining)
                if step.drops:
                    self._views.drop(step.drops)
            self._hooks.on_component_restored(component, step.views)
        except Exception as error:  # noqa: BLE001 - told in the result, as a component's failure is
            return self._failed(step, began, 0, error)
        return ComponentResult(
            component.name,
            success=True,
            duration_ms=self._elapsed_ms(began),
            views=step.views,
            dropped=step.drops,
            restored=True,
            started_ms=self._started_ms(began),
            counts=self._counts_of_restored(step),
        )

    def _counts_of_restored(self, step: PlanStep) -> tuple[DataCount, ...]:
        """Those on record; of views those of their manifests, where these were read."""
        if views := self._handover.counts(step.component):
            return views + tuple(count for count in step.counts if count.kind is not DataKind.VIEW)
        return step.counts

    def _instantiate(self, component: ComponentConfig) -> Any:
        resolved = self._secrets.resolve(component.config)
        return instantiate_component(
            component if resolved == component.config else replace(component, config=resolved)
        )

    def _try_once(self, instance: PipelineComponent, name: str) -> None:
        self._cancellation.raise_if_set()
        with self._tagged(name):
            # A Resource, told in a tenth of the time that isinstance needs for a protocol.
            if hasattr(instance, "open") and hasattr(instance, "close"):
                self._run_opened(instance, name)
            else:
                instance.run()

    def _tagged(self, name: str) -> AbstractContextManager[None]:
        """Let what this thread has Spark do be told from what others do, and be cancelled."""
        return self._with_tags(name) if self._session.started else nullcontext()

    @contextmanager
    def _with_tags(self, name: str) -> Iterator[None]:
        with ExitStack() as stack:
            for tag in (self._job_tag, self._running[name][0]):
                stack.enter_context(self._session.job_tag(tag))
            if self._pools:
                stack.enter_context(self._session.job_pool(name))
            yield

    def _run_opened(self, instance: Any, name: str) -> None:
        failed = True
        try:
            instance.open()
            instance.run()
            failed = False
        finally:
            try:
                instance.close()
            except Exception as error:
                if not failed:
                    raise
                # The component's own error says more; it is the one that goes on.
                redacted = self._secrets.redact_error(error)
                logger.error("Component %s failed, and so did its close(): %r", name, redacted)  # noqa: TRY400 - a traceback may hold a secret

    def _breaker(self, component: ComponentConfig) -> CircuitBreaker | None:
        config = component.effective_circuit_breaker
        if config is None:
            return None

        def changed(old: CircuitState, new: CircuitState) -> None:
            self._hooks.on_circuit_breaker_state_change(component.name, old, new)

        if component.name not in self._breakers:
            self._breakers[component.name] = CircuitBreaker(
                config, name=component.name, on_state_change=changed, clock=self._clock
            )
        return self._breakers[component.name]

    def _failed(
        self, step: PlanStep, began: float, retries: int, error: Exception, *, ends_run: bool = False
    ) -> ComponentResult:
        component = step.component
        self._views.forget(component)
        ordered = isinstance(error, StopPipeline)
        error = self._secrets.redact_error(self._as_stopped(error))
        if ordered and self.stop is None:
            self.stop = error if isinstance(error, StopPipeline) else StopPipeline(str(error))
        if ordered or ends_run or self._fail_fast:
            self._stop_others(component.name)
        try:
            self._hooks.on_component_failure(component, step.index, error)
        except StopPipeline as stop:
            self.stop = self.stop or stop
            self._stop_others(component.name)
        return ComponentResult(
            component.name,
            success=False,
            duration_ms=self._elapsed_ms(began),
            error=error,
            retries=retries,
            replayed=step.action is Action.REPLAY,
            started_ms=self._started_ms(began),
        )

    def _as_stopped(self, error: Exception) -> Exception:
        stopped = self._cancellation.error()
        if stopped is None or isinstance(
            error, StopPipeline | ComponentStoppedError | PipelineCancelledError | ComponentExecutionError
        ):
            return error
        stopped.__cause__ = error
        return stopped

    def _stop_others(self, name: str) -> None:
        if not self._cancellation:
            self._cancellation.stop_for(ComponentStoppedError(name))
            if self._running.keys() - {name}:
                self._stopper.begin()

    def _cancel_jobs(self) -> None:
        for tag, _ in list(self._running.values()):
            self._session.cancel_jobs(tag)

    def _elapsed_ms(self, began: float) -> int:
        return round((self._clock() - began) * 1000)

    def _started_ms(self, began: float) -> int:
        return round((began - self._run_began) * 1000)


class _Attempts:
    """What becomes of a component's tries: how many retries there were, and telling the hooks of each."""

    def __init__(
        self,
        component: ComponentConfig,
        hooks: RunHooks,
        secrets: SecretsResolver,
        cancellation: Cancellation,
    ) -> None:
        self._component = component
        self._hooks = hooks
        self._secrets = secrets
        self._cancellation = cancellation
        self.executor: RetryExecutor | None = None

    @property
    def retries(self) -> int:
        return self.executor.retries if self.executor is not None else 0

    def on_retry(self, attempt: int, max_attempts: int, delay_ms: int, error: Exception) -> None:
        self._cancellation.raise_if_set()
        redacted = self._secrets.redact_error(error)
        self._hooks.on_retry_attempt(self._component, attempt, max_attempts, delay_ms, redacted)


def _through(breaker: CircuitBreaker, call: Callable[[], None]) -> Callable[[], None]:
    return lambda: breaker.call(call)
