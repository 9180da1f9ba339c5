"""Task group of a pipeline file, for hand-written DAGs."""

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
    """Task group with the tasks of a pipeline file.

    The tasks are the same as in the file's own DAG. The settings of its `airflow` block that concern tasks apply
    (`granularity`, `groups`, `tasks`, `default_args`, `pool`, `inlets`, `outlets`). Those that concern a DAG do not,
    except `params`, which apply where the DAG has no param of that name.

    Args:
        file: A pipeline file; a relative path starts at the folder of the DAG file.
        group_id: The id of the group (default: the pipeline's name, made legal).
        default_args: Default arguments of the tasks; for each key they take precedence over the file's.
        kwargs: Further arguments of `TaskGroup`.

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
        path = absolute_path(file, Path(sys._getframe(1).f_globals["__file__"]).absolute())
        plan = plan_dag(path, parse_cache())
        objects = DagObjects(path, plan)
        defaults: Any = {**objects.default_args(), **(default_args or {})}
        super().__init__(group_id=group_id or legal_group_id(plan.pipeline), default_args=defaults, **kwargs)
        params = {name: value for name, value in objects.params().items() if name not in self.dag.params}
        try:
            add_tasks(
                plan,
                objects,
                relative_path(path, Path(self.dag.fileloc)),
                dag=self.dag,
                task_group=self,
                params=params,
            )
        except ConfigError:
            raise
        except Exception as error:
            raise located_error(path, [Problem("airflow", f"{type(error).__name__}: {error}")]) from error
