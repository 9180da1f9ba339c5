"""Runs a pipeline from its first component to its last."""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ppf_core.component import RunIdentity
from ppf_core.config import ConfigChangeAction, PipelineConfig, load_from_file
from ppf_core.errors import StopPipeline
from ppf_core.secrets import RedactedError, SecretsResolver
from ppf_core.session import SparkSessionWrapper

from .checkpoint import (
    CheckpointHooks,
    PipelineConfigChangedError,
    completed_of,
    compute_pipeline_fingerprint,
)
from .execution.cancellation import Cancellation, PipelineCancelledError
from .execution.executor import ComponentExecutor
from .execution.job_stopper import JobStopper
from .execution.scheduler import Scheduler
from .execution.workers import InlineWorker, ThreadWorkers
from .handover import HandOver, PublishedViews, RunHandOver, plan_with_restores
from .hooks import CompositeHooks, NoOpHooks
from .planning.plan import Action, CompletedComponents, Plan
from .planning.selection import SelectedComponents
from .result import PipelineResult, PipelineResultStatus
from .static_checks import static_checks
from .views.tracker import ViewTracker
from .watching.progress import ProgressPace, ProgressWatcher
from .watching.run_hooks import RunHooks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence, Set
    from pathlib import Path

    from ppf_core.clock import Clock, Sleep
    from ppf_core.config import ComponentConfig

    from .checkpoint import CheckpointStore
    from .hooks import PipelineHooks
    from .planning.selection import Selection

__all__ = ["SimplePipelineRunner"]

logger = logging.getLogger(__name__)


class SimplePipelineRunner:
    """Runs a pipeline's components in topological order, one after the other or several at once.

    The caller owns the Spark session: the runner never stops one. Without a `spark_wrapper` it makes one from
    `config.spark` when the first component asks for Spark, and leaves it running.

    Args:
        config: The pipeline.
        spark_wrapper: The session to use.
        hooks: What watches.
        fail_fast: Whether the first failure ends the run; otherwise what does not depend on it still runs.
        clock: Monotonic seconds.
        sleep_func: Waits the seconds before a retry. By default a wait that `cancel` cuts short.
        validate_before_run: Whether to make the static checks first. If they fail no component runs and no hook is
            called, and the result is a `FAILURE` with `validation_errors`.
        run_id: What the run is called in its checkpoint, the same in each of its tries.
        checkpoint_store: Where to keep the run's checkpoint; needs a `run_id`.
        try_details: What the checkpoint's history says of this try; host and process id by default.
        run_scope: Where `run_id` is unique, if not everywhere: under Airflow, the DAG, task and map index. By it, the
            pipeline's name and `run_id` a component that is `RunAware`, and what is handed over under
            `handover_root`, tell their own run from all others.
        secrets: Resolves `secret://` references; by default as `config.secrets` says.
        max_parallel: How many components may run at once, in threads; they must not need one another's views
            without depending on each other.
        selection: Which components the run is for; all of them by default.
        elsewhere: What other runs have completed, where each is for a part of the pipeline and they have their
            hand-overs in common. What is upstream of this run's part is restored; it is replayed only where it was
            handed on in a shared session alone, and that is gone. What was handed over stays for the other runs,
            unless this one succeeds and `config.checkpoint.keep` is off.
        replayed: What a component of `elsewhere` is replayed as, where `config` does not have its settings as they
            are used; it may refuse with an exception, which `run` raises.
        as_written: The pipeline that hand-overs are compared by, where `config` has settings that are others in each
            run; by default `config`.
        handover_run: What tells the run's hand-overs from those of others, where runs for parts of a pipeline have them
            in common; by default `run_scope`, the pipeline's name and `run_id`.
        handover_root: Where the views of materialised components are written, a local folder or an address that
            Spark can write to; by default `config.checkpoint.root`.

    Raises:
        ConfigError: a provider of `config.secrets` cannot be made.
    """

    def __init__(
        self,
        config: PipelineConfig,
        spark_wrapper: SparkSessionWrapper | None = None,
        hooks: PipelineHooks | None = None,
        fail_fast: bool = True,
        clock: Clock | None = None,
        sleep_func: Sleep | None = None,
        validate_before_run: bool = True,
        *,
        run_id: str | None = None,
        checkpoint_store: CheckpointStore | None = None,
        try_details: Mapping[str, str] | None = None,
        run_scope: Sequence[str] = (),
        secrets: SecretsResolver | None = None,
        max_parallel: int = 1,
        handover_run: Sequence[str] | None = None,
        handover_root: str | None = None,
        selection: Selection | SelectedComponents | None = None,
        elsewhere: CompletedComponents | None = None,
        as_written: PipelineConfig | None = None,
        replayed: Callable[[ComponentConfig], ComponentConfig] | None = None,
    ) -> None:
        if max_parallel < 1:
            raise ValueError(f"max_parallel must be at least 1, not {max_parallel!r}")
        if checkpoint_store is not None and not run_id:
            raise ValueError(
                "checkpoint_store needs a run_id: the name under which later tries find the checkpoint"
            )
        self.config = config
        self._secrets = secrets if secrets is not None else SecretsResolver.from_config(config.secrets)
        self.session = (
            spark_wrapper
            if spark_wrapper is not None
            else SparkSessionWrapper(
                config.spark, fair_scheduling=max_parallel > 1, resolve=self._secrets.resolve
            )
        )
        self._hooks = hooks if hooks is not None else NoOpHooks()
        self._fail_fast = fail_fast
        self._cancellation = Cancellation()
        self._clock = clock or time.monotonic
        self._sleep = sleep_func
        self._max_parallel = max_parallel
        self._validate = validate_before_run
        self._run_id = run_id
        self._store = checkpoint_store
        self._try_details = try_details
        self._run_scope = tuple(run_scope)
        self._handover_run = handover_run
        self._handover_root = handover_root if handover_root is not None else config.checkpoint.root
        self._selection = selection
        self._elsewhere = elsewhere
        self._as_written = as_written or config
        self._replayed = replayed
        self._job_tag = f"ppf-{uuid.uuid4().hex}"
        self._stopper: JobStopper | None = None

    @classmethod
    def from_file(cls, path: str | Path, **kwargs: Any) -> SimplePipelineRunner:
        """A runner for a pipeline file, with all that the file says in effect.

        Hooks, quality checks, secrets, checkpoints and execution settings come from the file; `hooks` given here
        are added to them, any other argument takes the place of the file's setting. A checkpoint is kept where
        `checkpoint.root` says, if a `run_id` is given.

        Raises:
            ConfigError: the file is missing or wrong.
        """
        from .assemble import assemble

        config = load_from_file(path, PipelineConfig)
        return assemble(config, **kwargs).runner(cls)

    def run(self, completed_components: Set[str] | None = None, *, resume: bool = False) -> PipelineResult:
        """Run what is not completed yet.

        Args:
            completed_components: What earlier tries completed, best from `load_checkpoint_for_resume`; a plain set
                skips exactly those.
            resume: Take what is completed from the runner's own checkpoint store, if there is a record.

        Raises:
            PipelineConfigChangedError: resuming, and the structure has changed (`checkpoint.on_config_change`).
            CheckpointUnreadableError: resuming, and the record cannot be read.
            ConfigError: something materialises, and there is no place for it, or none that Spark's executors share
                with this process; or the selection does not fit the pipeline.
            HandOverDamagedError: what was completed elsewhere and is needed cannot be restored.
            BaseException: what is no ordinary exception (an interruption) goes on, after the hooks were told.
        """
        began = self._clock()
        if self._validate and (problems := static_checks(self.config).errors):
            return PipelineResult(PipelineResultStatus.FAILURE, self.config.name, validation_errors=problems)
        selected = self._selected()
        completed = self._completed(completed_components, resume=resume)
        run_id = self._run_id or uuid.uuid4().hex  # a run without an id shares nothing with any other
        handover = self._run_handover(completed, run_id)
        handover.require_place()
        plan = plan_with_restores(self.config, completed, handover.verify, selected, self._elsewhere or set())
        return self._run_plan(self._with_replays(plan), handover, run_id, began)

    def plan(self, completed_components: Set[str] | None = None, *, resume: bool = False) -> Plan:
        """What `run` would do with the same arguments; errors as there.

        No Spark is started for it. Where it would take Spark to look at a hand-over (one that is not on a local
        disk), the plan believes the record; the run looks.
        """
        completed = self._completed(completed_components, resume=resume)
        handover = self._run_handover(completed, self._run_id or "")

        def verify(name: str) -> None:
            handover.verify(name, may_start_spark=self.session.started)

        return plan_with_restores(self.config, completed, verify, self._selected(), self._elsewhere or set())

    def cancel(self, reason: str) -> None:
        """Stop the run: end its Spark jobs and begin nothing more. May be called from any thread, at any time."""
        self._cancellation.set(reason)
        if (stopper := self._stopper) is not None:
            stopper.begin()
        else:
            self._cancel_jobs()

    def _selected(self) -> SelectedComponents | None:
        if isinstance(self._selection, SelectedComponents):
            return self._selection
        return self._selection.of_pipeline(self.config) if self._selection else None

    def _cancel_jobs(self) -> None:
        self.session.cancel_jobs(self._job_tag)

    def _with_replays(self, plan: Plan) -> Plan:
        """The plan, with what others have completed as it is to be replayed in this run."""
        if self._elsewhere is None or self._replayed is None:
            return plan
        steps = [
            replace(step, component=self._replayed(step.component))
            if step.action is Action.REPLAY and step.component.name in self._elsewhere
            else step
            for step in plan.steps
        ]
        return replace(plan, steps=tuple(steps))

    def _completed(self, given: Set[str] | None, *, resume: bool) -> CompletedComponents:
        completed = given if isinstance(given, CompletedComponents) else CompletedComponents(given or ())
        if resume:
            recorded = self._recorded()
            completed = CompletedComponents(
                recorded | completed, recorded.views, recorded.handovers, recorded.dropped, recorded.counts
            )
        return completed if self._elsewhere is None else self._with_elsewhere(completed, self._elsewhere)

    def _with_elsewhere(
        self, completed: CompletedComponents, elsewhere: CompletedComponents
    ) -> CompletedComponents:
        """Both, where the record is of the same hand-overs: what was made of others is to be made again."""
        before = {name: record for name, record in completed.handovers.items() if name in elsewhere}
        if any(elsewhere.handovers.get(name) != record for name, record in before.items()):
            logger.warning("Starting afresh: what is upstream was made again since the try before")
            completed = CompletedComponents()
        return CompletedComponents(
            completed | elsewhere,
            {**completed.views, **elsewhere.views},
            {**completed.handovers, **elsewhere.handovers},
            {**completed.dropped, **elsewhere.dropped},
            {**completed.counts, **elsewhere.counts},
        )

    def _run_handover(self, completed: CompletedComponents, run_id: str) -> RunHandOver:
        place: HandOver | None = None
        run = self._handover_run or (*self._run_scope, self.config.name, run_id)
        if self._handover_root is not None:
            place = HandOver(self._as_written, self.session, root=self._handover_root, run=run)
        published: PublishedViews | None = None
        if (shared := self.session.shared) is not None:
            published = PublishedViews(self._as_written, self.session, shared, run)
        return RunHandOver(
            self.config,
            place,
            completed,
            resumable=self._store is not None,
            elsewhere=self._elsewhere,
            published=published,
        )

    def _recorded(self) -> CompletedComponents:
        if self._store is None or self._run_id is None:
            raise ValueError("resume=True needs a checkpoint_store and a run_id")
        state = self._store.load(self._run_id, self.config.name)
        if state is None:
            return CompletedComponents()
        try:
            return completed_of(state, self.config)
        except PipelineConfigChangedError as error:
            if self.config.checkpoint.on_config_change is not ConfigChangeAction.RESTART:
                raise
            logger.warning("Starting afresh, as checkpoint.on_config_change = restart says: %s", error)
            return CompletedComponents()

    def _run_plan(self, plan: Plan, handover: RunHandOver, run_id: str, began: float) -> PipelineResult:
        hooks = self._hooks_of_this_run()
        stopping = self._cancellation.child()
        executor = ComponentExecutor(
            hooks=hooks,
            session=self.session,
            secrets=self._secrets,
            views=ViewTracker(self.session),
            cancellation=stopping,
            clock=self._clock,
            sleep=self._sleep or stopping.sleep,
            job_tag=self._job_tag,
            total=plan.total,
            identify=lambda component: RunIdentity(self._run_scope, self.config.name, run_id, component),
            fail_fast=self._fail_fast,
            pools=self._max_parallel > 1,
            handover=handover,
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
            leave_behind=executor.leave_behind,
        )
        stopper = self._stopper = JobStopper(self._cancel_jobs)
        result = PipelineResult(PipelineResultStatus.SUCCESS, self.config.name)
        try:
            hooks.on_plan(plan)
            hooks.before_pipeline(self.config)
            handover.check_sharing(plan)
            with self._watching(hooks, executor):
                scheduler.run()
            result.error = executor.stop
            self._cancellation.raise_if_set()
        except (StopPipeline, PipelineCancelledError) as error:
            result.error = self._secrets.redact_error(error)
        except BaseException as error:
            result.error = self._without_secrets(error)
            raise
        finally:
            self._stopper = None
            stopper.finish()
            executor.finish()
            result.component_results = scheduler.results
            result.component_results += executor.interrupted
            scheduler.account_for_the_rest()
            result.skipped = list(scheduler.skipped.values())
            # The list itself, not a copy: what after_pipeline adds to it is in the result too.
            result.hook_errors = hooks.errors
            result.total_duration_ms = round((self._clock() - began) * 1000)
            result.conclude()
            hooks.after_pipeline(self.config, result)
            handover.end(
                result,
                recorded=not any(issubclass(each.hook_type, CheckpointHooks) for each in result.hook_errors),
            )
        return result

    def _watching(self, hooks: RunHooks, executor: ComponentExecutor) -> ProgressWatcher:
        execution = self.config.execution
        pace = ProgressPace(execution.progress_after_seconds, execution.progress_every_seconds)
        return ProgressWatcher(
            hooks=hooks,
            session=self.session,
            components=self.config.components,
            running=lambda: executor.running,
            pace=pace,
            clock=self._clock,
        )

    def _without_secrets(self, interruption: BaseException) -> BaseException:
        safe = self._secrets.redact(repr(interruption))
        return interruption if safe == repr(interruption) else RedactedError.of(interruption, safe)

    def _hooks_of_this_run(self) -> RunHooks:
        # What judges comes before what records: a component that a check refuses is not saved as completed.
        given = CompositeHooks(self._hooks).flattened()
        if self._store is None or self._run_id is None:
            return RunHooks(*given, session=self.session, job_tag=self._job_tag)
        fingerprint = compute_pipeline_fingerprint(self.config)
        checkpoint = CheckpointHooks(self._store, self._run_id, fingerprint, try_details=self._try_details)
        return RunHooks(*given, checkpoint, session=self.session, job_tag=self._job_tag)
