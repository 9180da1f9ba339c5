"""Operator that ends the Spark Connect session that tasks share: `EndSharedSessionOperator`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

    from airflow_ppf.pipeline_file.source import PipelineInput

__all__ = ["EndSharedSessionOperator"]


class EndSharedSessionOperator(BaseOperator):
    """Operator that closes the Spark Connect session that a pipeline's tasks share in a DAG run.

    It is a teardown (`.as_teardown()`) downstream of all of these tasks, in their task group. Without it the server
    keeps the session until it has been idle for `spark.connect.session.manager.defaultSessionTimeout`. If the server
    does not answer, the task still succeeds, since the session has ended with the server or will time out.

    Args:
        pipeline: The pipeline, as in the tasks.
        overrides: The overrides, as in the tasks.
        conn_id: The connection, as in the tasks.
        kwargs: Further arguments of `BaseOperator`.
    """

    template_fields: Sequence[str] = ("pipeline", "overrides", "conn_id")
    template_fields_renderers = {"pipeline": "json", "overrides": "json"}  # noqa: RUF012 - as Airflow declares it
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
        """Close the session, and return its id, or None if the server does not answer."""
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
            self.log.warning("The shared session was not closed and will time out: %s", error)
            return None
        self.log.info("Closed the shared session %s", session_id)
        return session_id
