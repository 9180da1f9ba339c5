"""Operators from a plan's tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_ppf.operators.component import ComponentOperator
from airflow_ppf.operators.end_shared_session import EndSharedSessionOperator
from airflow_ppf.operators.pipeline import PipelineOperator

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator

    from airflow_ppf.dags.dag_arguments import DagObjects
    from airflow_ppf.dags.dag_plan import DagPlan

__all__ = ["add_tasks"]


def add_tasks(plan: DagPlan, objects: DagObjects, pipeline: str, **common: Any) -> None:
    """Create the operators of a plan, and set their upstream tasks.

    Args:
        plan: The plan with the tasks.
        objects: The builder of their arguments.
        pipeline: The path of the pipeline file, for the operators' argument `pipeline`.
        common: Arguments of every operator: its DAG, its task group, its params.

    Raises:
        ConfigError: an object that the file names cannot be imported or created.
    """
    submit = plan.settings.get("submit", False)
    by_component = plan.settings.get("granularity") == "component"
    operators: dict[str, BaseOperator] = {}
    for task, arguments in zip(plan.tasks, objects.task_arguments(plan.tasks), strict=True):
        arguments |= common
        operator: BaseOperator
        if task.ends_session:
            arguments.pop("on_quality_failure", None)
            operator = EndSharedSessionOperator(pipeline=pipeline, **arguments).as_teardown()
        elif by_component:
            operator = ComponentOperator(
                pipeline=pipeline,
                components=task.components,
                begins=task.begins,
                ends=task.ends,
                shared_session=plan.settings.get("shared_session", False),
                submit=submit,
                **arguments,
            )
        else:
            operator = PipelineOperator(pipeline=pipeline, submit=submit, **arguments)
        for upstream in (operators[task_id] for task_id in task.upstream):
            # This is what `set_upstream` does for two tasks of a DAG, without its check that they share the DAG, which
            # takes a tenth of a parse.
            upstream.downstream_task_ids.add(operator.node_id)
            operator.upstream_task_ids.add(upstream.node_id)
        operators[task.task_id] = operator
