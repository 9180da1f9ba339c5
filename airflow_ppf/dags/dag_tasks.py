"""From the plan of a pipeline's tasks to operators."""

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
    submit = plan.settings.get("submit", False)
    by_component = plan.settings.get("granularity") == "component"
    made: dict[str, BaseOperator] = {}
    for task, arguments in zip(plan.tasks, objects.task_arguments(plan.tasks), strict=True):
        arguments |= everywhere
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
        for before in (made[one] for one in task.upstream):
            # All that `set_upstream` does for two tasks of a DAG, but that it finds out first, in a tenth of a parse,
            # whether the DAG of both is the same.
            before.downstream_task_ids.add(operator.node_id)
            operator.upstream_task_ids.add(before.node_id)
        made[task.task_id] = operator
