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

# Modules that only a task's run needs are imported in the methods: Airflow parses DAG files again and again, and the
# runner takes longer to import than a pipeline's DAG takes to build.

__all__ = ["PipelineOperator"]


_RETRY_POLICY = PipelineRetryPolicy()


class PipelineOperator(BaseOperator):
    """Operator that runs a pipeline as one task and resumes it.

    A retry, or clearing the failed task in the UI, resumes the run: components that an earlier try completed do not
    run again. Clearing a task that succeeded starts afresh, and so do `resume=False` and a DAG run with the conf
    `{"ppf": {"resume": false}}`. The checkpoint is in Airflow's task state store, unless the connection or
    `checkpoint_store` names another location.

    A permanent error, such as a wrong pipeline, fails the task at once, whatever its `retries`; see `retry_policy`. If
    a component raises `AirflowSkipException`, the task is skipped; if it raises `AirflowFailException`, the task fails
    without a retry.

    The return value is a summary of the run as JSON of at most 16 KB. The summary of a failed or interrupted try is in
    the XCom `ppf_summary` until the next try begins, and each try logs its summary.

    Args:
        pipeline: A HOCON file (a string or path; a relative path starts at the folder of the DAG file), or the
            pipeline itself (a mapping as in a file, or a `PipelineConfig`). After a file is parsed, templates are
            rendered in the string values of its components' `config` blocks.
        overrides: Values by dotted path that take precedence over the file: `{"components.clean.config.limit": 10}`.
        conn_id: A connection of type `ppf`, `spark` or `spark_connect` that sets where the pipeline runs (default: the
            pipeline sets it).
        checkpoint_store: `task_state`, a folder, or an fsspec address such as `s3://bucket/ppf` (default: the
            connection's store).
        resume: Whether a retry resumes the run of the previous try.
        fail_fast: Whether the first failure ends the run (default: `execution.fail_fast`).
        on_config_change: `fail` or `restart` if components or dependencies have changed since the previous try
            (default: `checkpoint.on_config_change`).
        on_quality_failure: The action if a quality check ends the run: `fail` at once, `retry` as often as the task's
            `retries` allow, or `warn` only.
        hooks: Further hooks, as objects, classes or class paths.
        select: The components to run, as patterns: a name, a glob, `NAME+` (with all downstream components), `+NAME`
            (with all upstream components). For this and the next four, the trigger form and the conf of the DAG run
            take precedence, each by its own key.
        exclude: Components that do not run.
        from_: Run only these components and their downstream components.
        until: Run only these components and their upstream components.
        force: Components to run even if an earlier try has completed them.
        submit: Whether spark-submit starts a separate driver for the pipeline, on this machine or in the cluster
            (`spark.deploy_mode`), while the task waits. Needs the extra `submit`; see docs/where-it-runs.md.
        retry_policy: The policy that decides which errors are retried (default: the table in docs/operator.md). With
            None, Airflow retries all errors.
        kwargs: Further arguments of `BaseOperator`.
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
    template_fields_renderers = {"pipeline": "json", "overrides": "json"}  # noqa: RUF012 - as Airflow declares it
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
        """Hook that runs the pipeline."""
        from airflow_ppf.hooks.pipeline import PipelineHook

        return PipelineHook(self.conn_id)

    def execute(self, context: Context) -> dict[str, Any]:
        """Run the components that no earlier try has completed, and return the summary."""
        from airflow_ppf.reporting.asset_events import extend_outlet_events
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
        observers = RunObservers((*arguments.created_hooks(), outcome, lineage), links)
        try:
            result = self._run(config, task_try, context, observers)
        except BaseException:
            outcome.report_interruption(self.hook.quality_results)
            raise
        summary = outcome.conclude(result, self.hook.quality_results)
        extend_outlet_events(context, self.outlets, config, result.counts)
        return summary

    def on_kill(self) -> None:
        """Stop the Spark jobs or the submitted driver; completed components stay completed."""
        submitted: SubmittedTask | None = getattr(self, "submitted", None)
        if submitted is not None:
            submitted.stop("Airflow stopped the task")
        self.hook.cancel("Airflow stopped the task")

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> OperatorLineage[Any, Any] | None:
        """Return the datasets that the task read and wrote; Airflow's OpenLineage provider calls this."""
        lineage: LineageHooks | None = getattr(self, "lineage", None)
        return lineage.facets() if lineage is not None else None

    def get_openlineage_facets_on_failure(self, task_instance: Any) -> OperatorLineage[Any, Any] | None:
        """Return the datasets that the task read and wrote before it failed."""
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
            report=observers.links.report_destination,
            on_session=observers.links.show_spark,
            shared_session=self._session_to_share(config, task_try),
        )

    def _options(self, config: PipelineConfig, task_try: TaskTry, context: Context) -> RunOptions:
        """Return the run's identity, its checkpoint store and its selection."""
        return replace(task_try.options(), selection=self._selection(config, task_try, context))

    def _session_to_share(self, config: PipelineConfig, task_try: TaskTry) -> SharedSession | None:
        """Return the session that the tasks of the pipeline share; a task for a whole pipeline has none."""
        return None

    def _submit(self, context: Context) -> dict[str, Any]:
        """Run the pipeline in a separate driver, and return the summary."""
        from airflow_ppf.reporting.asset_events import extend_outlet_events
        from airflow_ppf.submission import refuse_arguments

        refuse_arguments(
            checkpoint_store=self.checkpoint_store or self.hook.connection.checkpoint_store,
            hooks=self.hooks,
            shared_session=self._shares_a_session(),
        )
        config = self._effective_config(context, self._arguments())
        outcome = self._run_submitted(config, context)
        extend_outlet_events(context, self.outlets, config, outcome.counts)
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
        """Return whether the tasks of the pipeline share a session."""
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
            self.log.info("This run is for a part of the pipeline: %s", chosen)
        if chosen.force and task_try.is_automatic_retry(config):
            # The first try has already forced these components; forcing them again would discard what it completed.
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
