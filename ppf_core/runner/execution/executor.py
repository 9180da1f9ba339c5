"""Executor of a single component: instance, attempts, views, hand-over and hooks."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ppf_core.component import ComponentExecutionError, DataKind
from ppf_core.errors import StopPipeline
from ppf_core.runner.planning.plan import Action, PlanStep
from ppf_core.runner.result import ComponentResult

from .attempts import ComponentAttempts
from .cancellation import ComponentStoppedError, PipelineCancelledError
from .component_instance import ComponentInstance
from .job_stopper import JobStopper
from .running_components import RunningComponents

if TYPE_CHECKING:
    from collections.abc import Callable

    from ppf_core.clock import Clock, Sleep
    from ppf_core.component import DataCount, RunIdentity
    from ppf_core.config import ComponentConfig
    from ppf_core.runner.handover import RunHandOver
    from ppf_core.runner.views.tracker import ViewChanges, ViewTracker
    from ppf_core.runner.watching.run_hooks import RunHooks
    from ppf_core.secrets import SecretsResolver
    from ppf_core.session import SparkSessionWrapper

    from .cancellation import Cancellation

__all__ = ["ComponentExecutor"]

logger = logging.getLogger(__name__)


class ComponentExecutor:
    """Runs or restores one component of a plan.

    A component's failure becomes a `ComponentResult`. Only an interruption is raised, after the failure hooks were
    called, and its result is kept in `interrupted`. `stop` is the `StopPipeline` of a hook, if there was one.

    Several threads may execute components at once. One whose failure ends the run sets `cancellation` and ends the
    Spark jobs of the others; whatever these raise from then on is reported as `ComponentStoppedError`, caused by it.

    Args:
        hooks: The hooks of this run.
        session: The Spark session.
        secrets: Resolves references, and keeps secrets out of errors.
        views: Tracks the views that components create.
        cancellation: Checked before each attempt.
        clock: Monotonic seconds.
        sleep: Waits before a retry.
        job_tag: The tag of all Spark jobs of the run; each component's jobs carry a second tag.
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
        self._total = total
        self._identify = identify
        self._fail_fast = fail_fast
        self._run_began = run_began
        self._running = RunningComponents(session, job_tag, pools=pools)
        self._stopper = JobStopper(self._running.cancel_jobs)
        self.stop: StopPipeline | None = None
        self.interrupted: list[ComponentResult] = []

    def execute(self, step: PlanStep) -> ComponentResult:
        """Run the component of `step` to its success or its last failure, or restore what it did to the views."""
        name, began = step.component.name, self._clock()
        self._running.add(name, step.index, began)
        try:
            return self._restore(step, began) if step.action is Action.RESTORE else self._execute(step, began)
        finally:
            self._running.remove(name)

    @property
    def running(self) -> dict[str, tuple[str, float]]:
        """The running components by name: the tag of their Spark jobs, and when they began by the clock."""
        return self._running.by_name()

    def interrupt(self, interruption: BaseException) -> None:
        """Stop the components in other threads, because of an exception that ends the run."""
        self._cancellation.set(type(interruption).__name__)
        self._stopper.begin()

    def abandon(self, steps: list[PlanStep]) -> list[ComponentResult]:
        """Report components that did not end in time as failed, and ignore later events of all threads."""
        self._hooks.ignore_other_threads()
        results = []
        for step in steps:
            name = step.component.name
            began = self._running.began(name, self._clock())
            stopped = self._cancellation.error()
            reason = stopped.reason if isinstance(stopped, PipelineCancelledError) else str(stopped)
            error = PipelineCancelledError(f"{reason}; {name} did not end in time and was abandoned")
            results.append(self._failed(step, began, 0, error))
        return results

    def finish(self) -> None:
        """Finish: nothing is executed any more."""
        self._stopper.finish()

    def _execute(self, step: PlanStep, began: float) -> ComponentResult:
        component = step.component
        attempts = ComponentAttempts(
            component,
            hooks=self._hooks,
            secrets=self._secrets,
            cancellation=self._cancellation,
            clock=self._clock,
            sleep=self._sleep,
        )
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
        except Exception as error:  # noqa: BLE001 - whatever a component raises is its failure, reported in the result
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

    def _run(self, step: PlanStep, attempts: ComponentAttempts) -> tuple[ViewChanges, tuple[DataCount, ...]]:
        """Run the component; return the views that it changed and how much it wrote."""
        component = step.component
        instance = ComponentInstance(component, self._secrets)
        instance.inject(lambda: self._session.spark, self._identify)
        self._views.before(component)

        def attempt() -> None:
            self._cancellation.raise_if_set()
            with self._running.tagged(component.name):
                instance.run()
            if self._handover.covers(component):
                self._materialize(component)

        attempts.call(attempt)
        counts = instance.counts()
        changes = self._views.after(component)
        self._handover.publish(component, changes.made)
        return changes, self._handover.counts(component) + counts

    def _materialize(self, component: ComponentConfig) -> None:
        # Part of the attempt: with lazy views, this is where the component's work is done and may fail. Views of an
        # earlier attempt are written too, since downstream components can still read them.
        made = self._views.so_far(component).made
        self._cancellation.raise_if_set()
        with self._running.tagged(component.name):
            self._handover.write(component, made, lambda views: self._views.redefining(views, component))

    def _restore(self, step: PlanStep, began: float) -> ComponentResult:
        component = step.component
        try:
            with self._running.tagged(component.name):
                if step.views:
                    self._handover.restore(component, self._views.redefining)
                if step.drops:
                    self._views.drop(step.drops)
            self._hooks.on_component_restored(component, step.views)
        except Exception as error:  # noqa: BLE001 - reported in the result, as a component's failure is
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
        """Return the counts on record; of views, those of their manifests if these were read."""
        if views := self._handover.counts(step.component):
            return views + tuple(count for count in step.counts if count.kind is not DataKind.VIEW)
        return step.counts

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
            if self._running.others(name):
                self._stopper.begin()

    def _elapsed_ms(self, began: float) -> int:
        return round((self._clock() - began) * 1000)

    def _started_ms(self, began: float) -> int:
        return round((began - self._run_began) * 1000)
