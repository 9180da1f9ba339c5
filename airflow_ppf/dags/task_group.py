"""A pipeline as a part of a hand-written DAG."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import TaskGroup

from airflow_ppf.dags.dag_arguments import DagObjects
from airflow_ppf.dags.dag_plan import located_error, plan_dag
from airflow_ppf.dags.dag_tasks import add_tasks
from airflow_ppf.dags.task_ids import group_id as legal_group_id
from airflow_ppf.pipeline_file.paths import absolute_path, parse_cache, relative_path
from ppf_core.config import ConfigError, Problem

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

__all__ = ["PipelineTaskGroup"]


class PipelineTaskGroup(TaskGroup):
    """The tasks of a pipeline file, to come before and after others in a DAG.

    They are those that the file's own DAG would have. What its `airflow` block says of tasks holds for them
    (`granularity`, `groups`, `tasks`, `default_args`, `pool`, `inlets`, `outlets`); what it says of a DAG does not,
    but for `params`, which are the defaults of those that the DAG does not have.

    Args:
        file: A pipeline file; a relative one is beside the file that makes the group.
        group_id: By default the pipeline's name, made legal.
        default_args: What takes the place of single `default_args` of the file.
        kwargs: As for any `TaskGroup`.

    Raises:
        ConfigError: the file is missing or wrong; it lists all problems with file and line.
    """

    def __init__(
        self,
        file: str | os.PathLike[str],
        group_id: str | None = None,
        *,
        default_args: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        place = absolute_path(file, Path(sys._getframe(1).f_globals["__file__"]).absolute())
        plan = plan_dag(place, parse_cache())
        objects = DagObjects(place, plan)
        defaults: Any = {**objects.default_args(), **(default_args or {})}
        super().__init__(group_id=group_id or legal_group_id(plan.pipeline), default_args=defaults, **kwargs)
        params = {name: value for name, value in objects.params().items() if name not in self.dag.params}
        try:
            add_tasks(
                plan,
                objects,
                relative_path(place, Path(self.dag.fileloc)),
                dag=self.dag,
                task_group=self,
                params=params,
            )
        except ConfigError:
            raise
        except Exception as error:
            raise located_error(place, [Problem("airflow", f"{type(error).__name__}: {error}")]) from error
