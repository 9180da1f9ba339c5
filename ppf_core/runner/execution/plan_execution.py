"""Execution of a plan: one try of a run, from `before_pipeline` to `after_pipeline`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppf_core.component import RunIdentity
from ppf_core.errors import StopPipeline
from ppf_core.runner.planning.plan import Action
from ppf_core.runner.result import PipelineResult, PipelineResultStatus
from ppf_core.runner.views.tracker import ViewTracker
from ppf_core.runner.watching.progress import ProgressPace, ProgressWatcher
from ppf_core.secrets import RedactedError

from .cancellation import PipelineCancelledError
from .executor import ComponentExecutor
from .job_stopper import JobStopper
from .scheduler import Scheduler
from .workers import InlineWorker, ThreadWorkers

if TYPE_CHECKING:
    from collections.abc import Callable

    from ppf_core.clock import Clock, Sleep
    from ppf_core.config import PipelineConfig
    from ppf_core.runner.handover import RunHandOver
    from ppf_core.runner.planning.plan import Plan
    from ppf_core.runner.run_key import RunKey
    from ppf_core.runner.watching.run_hooks import RunHooks
    from ppf_core.secrets import SecretsResolver
    from ppf_core.session import SparkSessionWrapper

    from .cancellation import Cancellation

__all__ = ["PlanExecution"]


class PlanExecution:
    """Walks one plan to its end.

    Args:
        config: The pipeline.
        key: The run.
        session: The Spark session.
        hooks: The hooks of this run.
        secrets: Resolves references, and keeps secrets out of errors.
        handover: The hand-overs of this run.
        cancellation: Stops the run when it is set.
        clock: Monotonic seconds.
        sleep: Waits before a retry; None for a wait that `cancellation` cuts short.
        job_tag: Marks all Spark jobs of the run.
        fail_fast: Whether the first failure ends the run.
        max_parallel: How many components may run at once.
        conclude: Called last, with the result, however the run ended.
    """

    def __init__(
        self,
        config: PipelineConfig,
        key: RunKey,
        *,
        session: SparkSessionWrapper,
        hooks: RunHooks,
        secrets: SecretsResolver,
        handover: RunHandOver,
        cancellation: Cancellation,
        clock: Clock,
        sleep: Sleep | None,
        job_tag: str,
        fail_fast: bool,
        max_parallel: int,
        conclude: Callable[[PipelineResult], None],
    ) -> None:
        self._config = config
        self._key = key
        self._session = session
        self._hooks = hooks
        self._secrets = secrets
        self._handover = handover
        self._cancellation = cancellation
        self._clock = clock
        self._sleep = sleep
        self._job_tag = job_tag
        self._fail_fast = fail_fast
        self._max_parallel = max_parallel
        self._conclude = conclude
        self._stopper = JobStopper(self.cancel_jobs)

    def stop(self) -> None:
        """End the run's Spark jobs, repeatedly until nothing is left."""
        self._stopper.begin()

    def cancel_jobs(self) -> None:
        """End the Spark jobs that run now."""
        self._session.cancel_jobs(self._job_tag)

    def run(self, plan: Plan, began: float) -> PipelineResult:
        """Execute the plan; `began` is when the run began, by the clock.

        Raises:
            BaseException: an interruption, after the hooks were notified.
        """
        hooks = self._hooks
        executor, scheduler = self._walkers(plan, began)
        result = PipelineResult(PipelineResultStatus.SUCCESS, self._config.name)
        try:
            hooks.on_plan(plan)
            hooks.before_pipeline(self._config)
            self._handover.check_sharing(
                step.component for step in plan.steps if step.action in (Action.RUN, Action.REPLAY)
            )
            with self._watching(executor):
                scheduler.run()
            result.error = executor.stop
            self._cancellation.raise_if_set()
        except (StopPipeline, PipelineCancelledError) as error:
            result.error = self._secrets.redact_error(error)
        except BaseException as error:
            result.error = self._without_secrets(error)
            raise
        finally:
            self._stopper.finish()
            executor.finish()
            result.component_results = scheduler.results
            result.component_results += executor.interrupted
            scheduler.skip_the_rest()
            result.skipped = list(scheduler.skipped.values())
            # The list itself, not a copy: what after_pipeline adds to it is in the result too.
            result.hook_errors = hooks.errors
            result.total_duration_ms = round((self._clock() - began) * 1000)
            result.conclude()
            hooks.after_pipeline(self._config, result)
            self._conclude(result)
        return result

    def _walkers(self, plan: Plan, began: float) -> tuple[ComponentExecutor, Scheduler]:
        stopping = self._cancellation.child()
        executor = ComponentExecutor(
            hooks=self._hooks,
            session=self._session,
            secrets=self._secrets,
            views=ViewTracker(self._session),
            cancellation=stopping,
            clock=self._clock,
            sleep=self._sleep or stopping.sleep,
            job_tag=self._job_tag,
            total=plan.total,
            identify=lambda name: RunIdentity(self._key.scope, self._key.pipeline, self._key.run_id, name),
            fail_fast=self._fail_fast,
            pools=self._max_parallel > 1,
            handover=self._handover,
            run_began=began,
        )
        scheduler = Scheduler(
            plan,
            executor.execute,
            workers=InlineWorker() if self._max_parallel == 1 else ThreadWorkers(),
            slots=self._max_parallel,
            fail_fast=self._fail_fast,
            stopped=lambda: bool(stopping),
            cancelled=lambda: bool(self._cancellation),
            interrupt=executor.interrupt,
            abandon=executor.abandon,
        )
        return executor, scheduler

    def _watching(self, executor: ComponentExecutor) -> ProgressWatcher:
        execution = self._config.execution
        return ProgressWatcher(
            hooks=self._hooks,
            session=self._session,
            components=self._config.components,
            running=lambda: executor.running,
            pace=ProgressPace(execution.progress_after_seconds, execution.progress_every_seconds),
            clock=self._clock,
        )

    def _without_secrets(self, interruption: BaseException) -> BaseException:
        safe = self._secrets.redact(repr(interruption))
        return interruption if safe == repr(interruption) else RedactedError.of(interruption, safe)
