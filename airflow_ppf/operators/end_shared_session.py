"""The end of a session that tasks share, as an Airflow task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

    from airflow_ppf.pipeline_file.source import PipelineInput

__all__ = ["EndSharedSessionOperator"]


class EndSharedSessionOperator(BaseOperator):
    """Closes the Spark Connect session that a pipeline's tasks have shared in a DAG run.

    It is a teardown (`.as_teardown()`) behind all of these tasks, in their task group. Without it the server keeps the
    session until it was idle for its `spark.connect.session.manager.defaultSessionTimeout`. A server that does not
    answer is no reason to fail: the session is gone with it, or goes in that time.

    Args:
        pipeline: As for the tasks.
        overrides: As for the tasks.
        conn_id: As for the tasks.
        kwargs: As for any operator.
    """

    template_fields: Sequence[str] = ("pipeline", "overrides", "conn_id")
    template_fields_renderers = {"pipeline": "json", "overrides": "json"}  # noqa: RUF012 - Airflow's own shape
    ui_color = "#f4e3d7"

    def __init__(
        self,
        *,
        pipeline: PipelineInput,
        overrides: Mapping[str, Any] | None = None,
        conn_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.pipeline = pipeline
        self.overrides = overrides
        self.conn_id = conn_id

    def execute(self, context: Context) -> str | None:
        """Close it; its id, or None where the server does not answer."""
        from airflow_ppf.handover.shared_session import shared_session
        from airflow_ppf.hooks.pipeline import PipelineHook
        from airflow_ppf.pipeline_file.source import PipelineSource
        from airflow_ppf.task.identity import TaskIdentity, group_id_of
        from ppf_core.session import SessionUnavailableError

        config = PipelineSource.of_task(self.pipeline, self.get_dag()).load(self.overrides)
        shared = shared_session(TaskIdentity.of(context), group_id_of(self), config.name)
        try:
            session_id = PipelineHook(self.conn_id).end_shared_session(config, shared)
        except SessionUnavailableError as error:
            self.log.warning("The shared session was not closed, and ends by itself: %s", error)
            return None
        self.log.info("Closed the shared session %s", session_id)
        return session_id
