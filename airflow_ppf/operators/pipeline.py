"""Operator that runs a pipeline as one task: `PipelineOperator`."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from airflow_ppf.reporting.links import ReportLink, SparkLink, TaskLinks
from airflow_ppf.retry_policy import PipelineRetryPolicy

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from airflow.providers.openlineage.extractors import OperatorLineage
    from airflow.sdk import Context, RetryPolicy

    from airflow_ppf.hooks.pipeline import PipelineHook
    from airflow_ppf.pipeline_file.source import PipelineInput, PipelineSource
    from airflow_ppf.reporting.observers import RunObservers
    from airflow_ppf.reporting.openlineage import LineageHooks
    from airflow_ppf.submission import SubmittedOutcome, SubmittedTask
    from airflow_ppf.task.run_arguments import RunArguments
    from airflow_ppf.task.task_try import TaskTry
    from ppf_core.config import PipelineConfig
    from ppf_core.runner import PipelineHooks, PipelineResult, RunOptions, Selection
    from ppf_core.session import SharedSession

# What only a task's run needs is imported there: DAG files are parsed over and over, and the runner takes longer to
# import than a pipeline's DAG to make.

__all__ = ["PipelineOperator"]


_RETRY_POLICY = PipelineRetryPolicy()


class PipelineOperator(BaseOperator):
    """Runs a pipeline as one task that resumes.

    What a failed or killed try had completed is not run again: a retry, or clearing the task in the UI, goes on
    where it stopped. Clearing a task that succeeded starts afresh, and so do `resume=False` and a run that was
    triggered with the conf `{"ppf": {"resume": false}}`. The checkpoint is kept in Airflow's task state store, unless
    the connection or `checkpoint_store` names another place.

    An error that another try would meet again, such as a wrong pipeline, fails the task at once, whatever `retries`
    says; see `retry_policy`. A component that raises `AirflowSkipException` has the task skipped, one that raises
    `AirflowFailException` has it fail without a further try.

    The return value is a summary of the run as JSON, at most 16 KB; of a try that failed or was interrupted it is in
    the XCom `ppf_summary`, until the next try begins, and of each try in its log.

    Args:
        pipeline: A HOCON file (a string or path; a relative one is beside the DAG file), or the pipeline itself (a
            mapping as in a file, or a `PipelineConfig`). Templates in a file are rendered in the string values of
            its components' `config` blocks, after it was parsed.
        overrides: Values that take the place of the file's, by dotted path: `{"components.clean.config.limit": 10}`.
        conn_id: The connection that says where it runs: of type `ppf`, `spark` or `spark_connect`. Without one the
            pipeline says so itself.
        checkpoint_store: `task_state`, or a folder or address for fsspec, such as `s3://bucket/ppf`; by default as the
            connection says.
        resume: Whether a retry goes on where the try before it stopped.
        fail_fast: Whether the first failure ends the run; by default as `execution.fail_fast` says.
        on_config_change: `fail` or `restart`, when components or dependencies were changed since the try before; by
            default as `checkpoint.on_config_change` says.
        on_quality_failure: What a failed quality check does to the task, one that ends the run: `fail` it at once,
            `retry` it as often as `retries` says, or only `warn`.
        hooks: What watches the run besides, as objects, classes or the paths of classes.
        select: The components to run, as patterns: a name, a glob, `NAME+` (it and all that follows it), `+NAME` (it
            and all that it needs). What the run was triggered with wins over this and the next four, word by word.
        exclude: Components that do not run.
        from_: Where to begin: only these and what follows them.
        until: Where to end: only these and what they need.
        force: What runs although it was completed before the task was cleared.
        submit: Whether the pipeline runs in a driver of its own that spark-submit starts, on this machine or in the
            cluster (`spark.deploy_mode`), and the task only waits; needs the extra `submit`. See
            docs/where-it-runs.md.
        retry_policy: Which errors are worth another try; by default those of the table in docs/operator.md. With
            None, each of them is, as elsewhere in Airflow.
        kwargs: As for any operator.
    """

    template_fields: Sequence[str] = (
        "pipeline",
        "overrides",
        "conn_id",
        "checkpoint_store",
        "on_config_change",
        "on_quality_failure",
        "select",
        "exclude",
        "from_",
        "until",
        "force",
    )
    template_fields_renderers = {"pipeline": "json", "overrides": "json"}  # noqa: RUF012 - Airflow's own shape
    operator_extra_links = (SparkLink(), ReportLink())
    ui_color = "#f4e3d7"

    def __init__(
        self,
        *,
        pipeline: PipelineInput,
        overrides: Mapping[str, Any] | None = None,
        conn_id: str | None = None,
        checkpoint_store: str | None = None,
        resume: bool = True,
        fail_fast: bool | None = None,
        on_config_change: str | None = None,
        on_quality_failure: str = "fail",
        hooks: Sequence[str | type[PipelineHooks] | PipelineHooks] = (),
        select: str | Sequence[str] = (),
        exclude: str | Sequence[str] = (),
        from_: str | Sequence[str] = (),
        until: str | Sequence[str] = (),
        force: str | Sequence[str] = (),
        submit: bool = False,
        retry_policy: RetryPolicy | None = _RETRY_POLICY,
        **kwargs: Any,
    ) -> None:
        super().__init__(retry_policy=retry_policy, **kwargs)
        self.pipeline = pipeline
        self.overrides = overrides
        self.conn_id = conn_id
        self.checkpoint_store = checkpoint_store
        self.resume = resume
        self.fail_fast = fail_fast
        self.on_config_change = on_config_change
        self.on_quality_failure = on_quality_failure
        self.hooks = hooks
        self.select = select
        self.exclude = exclude
        self.from_ = from_
        self.until = until
        self.force = force
        self.submit = submit

    @cached_property
    def hook(self) -> PipelineHook:
        """The hook that runs the pipeline."""
        from airflow_ppf.hooks.pipeline import PipelineHook

        return PipelineHook(self.conn_id)

    def execute(self, context: Context) -> dict[str, Any]:
        """Run what no earlier try has completed, and return the summary."""
        from airflow_ppf.reporting.asset_events import tell_outlets
        from airflow_ppf.reporting.observers import RunObservers
        from airflow_ppf.reporting.openlineage import LineageHooks
        from airflow_ppf.task.outcome import TaskOutcome
        from airflow_ppf.task.task_try import TaskTry

        if self.submit:
            return self._submit(context)
        arguments = self._arguments()
        outcome = TaskOutcome(context["ti"], self.log, self.on_quality_failure)
        task_try = TaskTry.of(context, self.log, self._checkpoint_store())
        links = self.task_links = TaskLinks(context["ti"], task_try.identity, self.log)
        lineage = self.lineage = LineageHooks(self._own_components())
        config = self._effective_config(context, arguments)
        observers = RunObservers((*arguments.made_hooks(), outcome, lineage), links)
        try:
            result = self._run(config, task_try, context, observers)
        except BaseException:
            outcome.tell_of_interruption(self.hook.quality_results)
            raise
        summary = outcome.conclude(result, self.hook.quality_results)
        tell_outlets(context, self.outlets, config, result.counts)
        return summary

    def on_kill(self) -> None:
        """Stop the Spark jobs, or the driver that was submitted; what has completed stays completed."""
        submitted: SubmittedTask | None = getattr(self, "submitted", None)
        if submitted is not None:
            submitted.stop("Airflow stopped the task")
        self.hook.cancel("Airflow stopped the task")

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> OperatorLineage[Any, Any] | None:
        """What the task has read and written; asked for by Airflow's OpenLineage provider, if it is installed."""
        lineage: LineageHooks | None = getattr(self, "lineage", None)
        return lineage.facets() if lineage is not None else None

    def get_openlineage_facets_on_failure(self, task_instance: Any) -> OperatorLineage[Any, Any] | None:
        """As far as it came."""
        return self.get_openlineage_facets_on_complete(task_instance)

    def _run(
        self, config: PipelineConfig, task_try: TaskTry, context: Context, observers: RunObservers
    ) -> PipelineResult:
        """Run the config in this process."""
        return self.hook.run_config(
            config,
            self._options(config, task_try, context),
            resume=task_try.decide_to_resume(config, allowed=self.resume),
            hooks=observers.hooks,
            report=observers.links.report_place,
            on_session=observers.links.show_spark,
            shared_session=self._session_to_share(config, task_try),
        )

    def _options(self, config: PipelineConfig, task_try: TaskTry, context: Context) -> RunOptions:
        """Return how the run is identified and kept, and what of the pipeline it is for."""
        return replace(task_try.options(), selection=self._selection(config, task_try, context))

    def _session_to_share(self, config: PipelineConfig, task_try: TaskTry) -> SharedSession | None:
        """Return the session in which tasks hand on their views; a task for a whole pipeline has none."""
        return None

    def _submit(self, context: Context) -> dict[str, Any]:
        """Run the pipeline in a driver of its own."""
        from airflow_ppf.reporting.asset_events import tell_outlets
        from airflow_ppf.submission import refuse_arguments

        refuse_arguments(
            checkpoint_store=self.checkpoint_store or self.hook.connection.checkpoint_store,
            hooks=self.hooks,
            shared_session=self._shares_a_session(),
        )
        config = self._effective_config(context, self._arguments())
        outcome = self._run_submitted(config, context)
        tell_outlets(context, self.outlets, config, outcome.counts)
        return self.submitted.summary

    def _run_submitted(self, config: PipelineConfig, context: Context) -> SubmittedOutcome:
        submitted = self._submitted_task(config, context)
        return submitted.execute(
            resume=self.resume,
            selection=self._selection(config, submitted.task_try, context),
            on_quality_failure=self.on_quality_failure,
        )

    def _submitted_task(self, config: PipelineConfig, context: Context) -> SubmittedTask:
        from airflow_ppf.submission import SubmittedTask

        connection = self.hook.get_connection(self.conn_id) if self.conn_id else None
        self.submitted = SubmittedTask(config, context, self.log, connection)
        return self.submitted

    def _shares_a_session(self) -> bool:
        """Whether other tasks use the views of this one in a session that they share."""
        return False

    def _own_components(self) -> Collection[str] | None:
        """Return the components that this task runs; None for all of the pipeline."""
        return None

    def _checkpoint_store(self) -> str:
        from airflow_ppf.checkpoint import TASK_STATE

        return self.checkpoint_store or self.hook.connection.checkpoint_store or TASK_STATE

    def _selection(self, config: PipelineConfig, task_try: TaskTry, context: Context) -> Selection:
        from airflow_ppf.task.selection import chosen_selection

        arguments = {
            "select": self.select,
            "exclude": self.exclude,
            "from": self.from_,
            "until": self.until,
            "force": self.force,
        }
        chosen = chosen_selection(arguments, self.get_dag(), context.get("params") or {}, task_try.conf)
        if chosen:
            self.log.info("This run is about a part of the pipeline: %s", chosen)
        if chosen.force and task_try.is_automatic_retry(config):
            # What was forced ran, or is not on record any more; to force it again would undo what a try completed.
            return replace(chosen, force=())
        return chosen

    def _arguments(self) -> RunArguments:
        from airflow_ppf.task.run_arguments import RunArguments

        return RunArguments(self.on_quality_failure, self.fail_fast, self.on_config_change, self.hooks)

    def _effective_config(self, context: Context, arguments: RunArguments) -> PipelineConfig:
        from airflow_ppf.hooks.effective_config import effective_config

        return effective_config(self._load(context), self.hook.connection, arguments)

    def _load(self, context: Context) -> PipelineConfig:
        return self._source().load(self.overrides, render=lambda block: self.render_template(block, context))

    def _source(self) -> PipelineSource:
        from airflow_ppf.pipeline_file.source import PipelineSource

        return PipelineSource.of_task(self.pipeline, self.get_dag())
