"""A pipeline as an Airflow task."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from airflow_ppf.checkpoint import TASK_STATE
from airflow_ppf.hooks.pipeline import PipelineHook
from airflow_ppf.log_groups import LogGroupHooks
from airflow_ppf.pipeline_source import PipelineInput, PipelineSource
from airflow_ppf.run_context import RunContext
from airflow_ppf.summary import summarize
from ppf_core.config import ConfigError, PipelineConfig
from ppf_core.runner import CheckpointError, PipelineFailedError, PipelineResult, PipelineResultStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

__all__ = ["PipelineOperator"]


class PipelineOperator(BaseOperator):
    """Runs a pipeline as one task that resumes.

    What a failed or killed try had completed is not run again: a retry, or clearing the task in the UI, goes on
    where it stopped. Clearing a task that succeeded starts afresh, and so do `resume=False` and a run that was
    triggered with the conf `{"ppf": {"resume": false}}`. The checkpoint is kept in Airflow's task state store, unless
    the connection or `checkpoint_store` names another place.

    A wrong pipeline fails the task at once, whatever `retries` says: another try would find it as wrong.

    The return value is a summary of the run as JSON, at most 16 KB; of a failed try it is in the XCom `ppf_summary`,
    until the next try begins, and of each try in its log.

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
        kwargs: As for any operator.
    """

    template_fields: Sequence[str] = ("pipeline", "overrides", "conn_id", "checkpoint_store")
    template_fields_renderers = {"pipeline": "json", "overrides": "json"}  # noqa: RUF012 - Airflow's own shape
    ui_color = "#f4e3d7"

    def __init__(
        self,
        *,
        pipeline: PipelineInput,
        overrides: Mapping[str, Any] | None = None,
        conn_id: str | None = None,
        checkpoint_store: str | None = None,
        resume: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.pipeline = pipeline
        self.overrides = overrides
        self.conn_id = conn_id
        self.checkpoint_store = checkpoint_store
        self.resume = resume

    @cached_property
    def hook(self) -> PipelineHook:
        """The hook that runs the pipeline."""
        return PipelineHook(self.conn_id)

    def execute(self, context: Context) -> dict[str, Any]:
        """Run what no earlier try has completed."""
        try:
            run = RunContext.of(context, self.log, self._checkpoint_store())
            config = self._load(context)
            result = self.hook.run(
                config,
                run_id=run.identity.run_id,
                run_scope=run.identity.scope,
                checkpoint_store=run.store,
                resume=run.decide_to_resume(config, allowed=self.resume),
                try_details=run.try_details(),
                hooks=[LogGroupHooks(self.log)],
            )
        except (ConfigError, CheckpointError) as error:
            raise AirflowFailException(str(error)) from error
        return self._conclude(result, context, run.identity.try_number)

    def on_kill(self) -> None:
        """Stop the Spark jobs; what has completed stays completed."""
        self.hook.cancel("Airflow stopped the task")

    def _checkpoint_store(self) -> str:
        return self.checkpoint_store or self.hook.connection.checkpoint_store or TASK_STATE

    def _load(self, context: Context) -> PipelineConfig:
        dag = self.get_dag()
        folder = Path(dag.fileloc).parent if dag is not None and dag.fileloc else None
        source = PipelineSource(self.pipeline, folder)
        return source.load(self.overrides, render=lambda block: self.render_template(block, context))

    def _conclude(self, result: PipelineResult, context: Context, try_number: int) -> dict[str, Any]:
        summary = summarize(result, try_number)
        self.log.info("Pipeline %s: %s", result.pipeline_name, result.status.value, ppf_summary=summary)
        if result.status is PipelineResultStatus.SUCCESS:
            return summary
        context["ti"].xcom_push("ppf_summary", summary)
        failure = PipelineFailedError(result)
        if result.validation_errors:
            raise AirflowFailException(str(failure)) from failure
        raise failure from failure.cause
