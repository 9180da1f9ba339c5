"""Runner of pipelines: `SimplePipelineRunner`."""

from __future__ import annotations

import time
import uuid
from contextlib import nullcontext
from typing import TYPE_CHECKING

from ppf_core.config import PipelineConfig, load_from_file
from ppf_core.secrets import SecretsResolver
from ppf_core.session import SparkSessionWrapper

from .assemble import assemble
from .checkpoint import (
    CachedCheckpointStore,
    CheckpointHooks,
    compute_pipeline_fingerprint,
    recorded_components,
)
from .completed import CompletedComponents
from .execution.cancellation import Cancellation
from .execution.plan_execution import PlanExecution
from .handover import HandOver, PublishedViews, RunHandOver
from .hooks import CompositeHooks, NoOpHooks
from .planning.restores import plan_with_restores
from .result import PipelineResult, PipelineResultStatus
from .run_key import RunKey
from .run_options import RunOptions
from .runner_arguments import RunnerArguments
from .static_checks import static_checks
from .watching.run_hooks import RunHooks

if TYPE_CHECKING:
    from collections.abc import Set
    from contextlib import AbstractContextManager
    from pathlib import Path

    from typing_extensions import Self, Unpack

    from ppf_core.clock import Clock, Sleep

    from .assemble import Assembly
    from .checkpoint import CheckpointStore
    from .hooks import PipelineHooks
    from .planning.plan import Plan
    from .planning.selection import SelectedComponents

__all__ = ["SimplePipelineRunner"]


class SimplePipelineRunner:
    """Runs a pipeline's components in topological order, one after the other or several at once.

    The caller owns the Spark session: the runner never stops one. Without a `spark_wrapper` it makes one from
    `config.spark` when the first component asks for Spark, and leaves it running.

    Args:
        config: The pipeline.
        spark_wrapper: The session to use.
        hooks: Observe the run.
        fail_fast: Whether the first failure ends the run; otherwise components that do not depend on it still run.
        clock: Monotonic seconds.
        sleep_func: Waits the seconds before a retry; a wait that `cancel` cuts short (default).
        validate_before_run: Whether to make the static checks first. If they fail, no component runs, no hook is
            called, and the result is a `FAILURE` with `validation_errors`.
        run_id: Short for `options.run_id`.
        checkpoint_store: Short for `options.checkpoint_store`.
        options: How the run is identified, kept and narrowed down.

    Raises:
        ConfigError: a provider of `config.secrets` cannot be made, or `options.part` is of another pipeline.
        ValueError: there is a `checkpoint_store` and no `run_id`.
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
        options: RunOptions | None = None,
    ) -> None:
        options = (options or RunOptions()).with_checkpoint(run_id, checkpoint_store)
        if options.part is not None:
            options.part.require_components_of(config)
        self.config = config
        self.options = options
        self._secrets = (
            options.secrets if options.secrets is not None else SecretsResolver.from_config(config.secrets)
        )
        self._max_parallel = options.max_parallel or 1
        self.session = (
            spark_wrapper
            if spark_wrapper is not None
            else SparkSessionWrapper(
                config.spark, fair_scheduling=self._max_parallel > 1, resolve=self._secrets.resolve
            )
        )
        store = options.checkpoint_store
        self._store = CachedCheckpointStore.around(store) if store is not None else None
        self._hooks = hooks if hooks is not None else NoOpHooks()
        self._fail_fast = fail_fast
        self._cancellation = Cancellation()
        self._clock = clock or time.monotonic
        self._sleep = sleep_func
        self._validate = validate_before_run
        self._job_tag = f"ppf-{uuid.uuid4().hex}"
        self._execution: PlanExecution | None = None

    @classmethod
    def from_file(cls, path: str | Path, **kwargs: Unpack[RunnerArguments]) -> Self:
        """Return a runner for a pipeline file, with everything in the file in effect.

        Hooks, quality checks, secrets, checkpoints and execution settings come from the file; `hooks` given here are
        added to them, and any other argument takes precedence over the file's setting. A checkpoint is kept under
        `checkpoint.root` if a `run_id` is given.

        Args:
            path: The file.
            kwargs: Arguments of the constructor, by name.

        Raises:
            ConfigError: the file is missing or wrong.
            TypeError: there is no such argument.
        """
        if unknown := sorted(kwargs.keys() - RunnerArguments.__annotations__):
            raise TypeError(f"from_file() got unexpected arguments: {', '.join(unknown)}")
        options = kwargs.get("options") or RunOptions()
        assembly = assemble(
            load_from_file(path, PipelineConfig),
            spark_wrapper=kwargs.get("spark_wrapper"),
            hooks=kwargs.get("hooks"),
            fail_fast=kwargs.get("fail_fast"),
            options=options.with_checkpoint(kwargs.get("run_id"), kwargs.get("checkpoint_store")),
        )
        return cls.assembled(
            assembly,
            clock=kwargs.get("clock"),
            sleep_func=kwargs.get("sleep_func"),
            validate_before_run=kwargs.get("validate_before_run", True),
        )

    @classmethod
    def assembled(
        cls,
        assembly: Assembly,
        *,
        clock: Clock | None = None,
        sleep_func: Sleep | None = None,
        validate_before_run: bool = True,
    ) -> Self:
        """Return a runner made of the parts of `assemble`."""
        return cls(
            assembly.config,
            assembly.session,
            assembly.hooks,
            assembly.fail_fast,
            clock,
            sleep_func,
            validate_before_run,
            options=assembly.options,
        )

    def run(self, completed_components: Set[str] | None = None, *, resume: bool = False) -> PipelineResult:
        """Run what is not completed yet.

        Args:
            completed_components: What earlier tries completed, best from `load_checkpoint_for_resume`; a plain set
                skips exactly those.
            resume: Read what is completed from the runner's own checkpoint store, if there is a record.

        Raises:
            PipelineConfigChangedError: resuming, and the structure has changed (`checkpoint.on_config_change`).
            CheckpointUnreadableError: resuming, and the record cannot be read.
            ConfigError: a component materialises its views and there is no hand-over root, or none that Spark's
                executors share with this process; or the selection does not fit the pipeline.
            HandOverDamagedError: what another run completed and this one needs cannot be restored.
            BaseException: an interruption goes on, after the hooks were notified.
        """
        began = self._clock()
        if self._validate and (problems := static_checks(self.config).errors):
            return PipelineResult(PipelineResultStatus.FAILURE, self.config.name, validation_errors=problems)
        selected = self._selected()
        with self._one_try():
            completed = self._completed(completed_components, resume=resume)
            key = RunKey(
                self.options.scope, self.config.name, self.options.run_id or uuid.uuid4().hex
            )  # without an id, nothing is shared
            handover = self._handover(completed, key)
            handover.require_place()
            plan = plan_with_restores(self.config, completed, handover.verify, selected, self._elsewhere)
            if (part := self.options.part) is not None:
                plan = part.with_replays(plan)
            execution = self._execution = PlanExecution(
                self.config,
                key,
                session=self.session,
                hooks=self._hooks_of_this_try(),
                secrets=self._secrets,
                handover=handover,
                cancellation=self._cancellation,
                clock=self._clock,
                sleep=self._sleep,
                job_tag=self._job_tag,
                fail_fast=self._fail_fast,
                max_parallel=self._max_parallel,
                conclude=lambda result: handover.end(result, recorded=_is_recorded(result)),
            )
            try:
                return execution.run(plan, began)
            finally:
                self._execution = None

    def plan(self, completed_components: Set[str] | None = None, *, resume: bool = False) -> Plan:
        """Return what `run` would do with the same arguments; errors as there.

        No Spark is started for it. Where verifying a hand-over takes Spark (one that is not on a local disk), the plan
        trusts the record; the run verifies it.
        """
        with self._one_try():
            completed = self._completed(completed_components, resume=resume)
            handover = self._handover(completed, self._key(""))

            def verify(name: str) -> None:
                handover.verify(name, may_start_spark=self.session.started)

            return plan_with_restores(self.config, completed, verify, self._selected(), self._elsewhere)

    def cancel(self, reason: str) -> None:
        """Stop the run: end its Spark jobs and start nothing more. May be called from any thread, at any time."""
        self._cancellation.set(reason)
        if (execution := self._execution) is not None:
            execution.stop()
        else:
            self.session.cancel_jobs(self._job_tag)

    def _one_try(self) -> AbstractContextManager[None]:
        """Return a context in which the checkpoint is loaded once."""
        return self._store.one_try() if self._store is not None else nullcontext()

    def _key(self, default: str) -> RunKey:
        return RunKey(self.options.scope, self.config.name, self.options.run_id or default)

    @property
    def _elsewhere(self) -> CompletedComponents:
        return self.options.part.elsewhere if self.options.part is not None else CompletedComponents()

    def _selected(self) -> SelectedComponents | None:
        if self.options.part is not None:
            return self.options.part.selected
        return self.options.selection.of_pipeline(self.config) if self.options.selection else None

    def _completed(self, given: Set[str] | None, *, resume: bool) -> CompletedComponents:
        completed = given if isinstance(given, CompletedComponents) else CompletedComponents(given or ())
        if resume:
            if self._store is None or self.options.run_id is None:
                raise ValueError("resume=True needs a checkpoint_store and a run_id")
            completed = completed | recorded_components(self._store, self.options.run_id, self.config)
        return completed if self.options.part is None else self.options.part.joined_with(completed)

    def _handover(self, completed: CompletedComponents, key: RunKey) -> RunHandOver:
        part = self.options.part
        shared_key = part.key if part is not None else key
        as_written = part.as_written(self.config) if part is not None else self.config
        root = self.options.handover_root or self.config.checkpoint.root
        written: HandOver | None = None
        if root is not None:
            written = HandOver(as_written, self.session, root=root, run=shared_key.parts)
        published: PublishedViews | None = None
        if (shared := self.session.shared) is not None:
            published = PublishedViews(as_written, self.session, shared, shared_key.parts)
        return RunHandOver(
            self.config,
            written,
            completed,
            resumable=self._store is not None,
            elsewhere=part.elsewhere if part is not None else None,
            published=published,
        )

    def _hooks_of_this_try(self) -> RunHooks:
        # What judges comes before what records: a component that a check refuses is not saved as completed.
        given = CompositeHooks(self._hooks).flattened()
        if self._store is None or self.options.run_id is None:
            return RunHooks(*given, session=self.session, job_tag=self._job_tag)
        checkpoint = CheckpointHooks(
            self._store,
            self.options.run_id,
            compute_pipeline_fingerprint(self.config),
            try_details=self.options.try_details,
        )
        return RunHooks(*given, checkpoint, session=self.session, job_tag=self._job_tag)


def _is_recorded(result: PipelineResult) -> bool:
    return not any(issubclass(error.hook_type, CheckpointHooks) for error in result.hook_errors)
