"""From the plan of a pipeline's tasks to operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_ppf.operators.component import ComponentOperator
from airflow_ppf.operators.pipeline import PipelineOperator
from airflow_ppf.operators.shared_session import EndSharedSessionOperator

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator

    from airflow_ppf.dag_objects import DagObjects
    from airflow_ppf.dag_plan import DagPlan

__all__ = ["add_tasks"]


def add_tasks(plan: DagPlan, objects: DagObjects, pipeline: str, **everywhere: Any) -> None:
    """Make the operators of a plan, and say which comes after which.

    Args:
        plan: The tasks.
        objects: What their settings are made with.
        pipeline: The file, as the operators are to be told of it.
        everywhere: What each operator is made with besides: its DAG or task group.

    Raises:
        ConfigError: something that the file names cannot be made.
    """
    by_component = plan.settings.get("granularity") == "component"
    made: dict[str, BaseOperator] = {}
    for task, arguments in zip(plan.tasks, objects.task_arguments(plan.tasks), strict=True):
        arguments |= everywhere
        if task.ends_session:
            arguments.pop("on_quality_failure", None)
            made[task.task_id] = EndSharedSessionOperator(pipeline=pipeline, **arguments).as_teardown()
        elif by_component:
            made[task.task_id] = ComponentOperator(
                pipeline=pipeline,
                components=task.components,
                begins=task.begins,
                ends=task.ends,
                shared_session=plan.settings.get("shared_session", False),
                **arguments,
            )
        else:
            made[task.task_id] = PipelineOperator(pipeline=pipeline, **arguments)
        if task.upstream:
            made[task.task_id].set_upstream([made[one] for one in task.upstream])
