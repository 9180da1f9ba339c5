"""Effective config: a pipeline as a task runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_ppf.connection.pipeline_connection import PipelineConnection
    from airflow_ppf.handover.pipeline_part import PipelinePart
    from airflow_ppf.task.run_arguments import RunArguments
    from ppf_core.config import PipelineConfig

__all__ = ["effective_config"]


def effective_config(
    config: PipelineConfig,
    connection: PipelineConnection,
    arguments: RunArguments | None = None,
    part: PipelinePart | None = None,
    *,
    shared_session: bool = False,
) -> PipelineConfig:
    """Return the pipeline as a task runs it, with everything from outside the file applied.

    In this order: the task's arguments take precedence over the file, the connection sets where it runs, and a task
    for a part of the pipeline writes its views for downstream tasks. Applying it twice changes nothing.

    Args:
        config: The pipeline as read, with overrides applied and templates rendered.
        connection: Where pipelines run.
        arguments: The task's arguments.
        part: The part of the pipeline that the task runs; None for all of it.
        shared_session: Whether the tasks of the pipeline share a session.

    Raises:
        ConfigError: an argument has an illegal value.
    """
    if arguments is not None:
        config = arguments.applied_to(config)
    config = connection.configure(config)
    return config if part is None else part.to_run(config, shared=shared_session)
