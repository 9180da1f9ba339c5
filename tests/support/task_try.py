"""One try of a task: the operator and the context that Airflow would execute it with."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from airflow.sdk.bases.operator import ExecutorSafeguard

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import DAG

    from tests.support.task_state_store import StateStore

__all__ = ["task_try"]


def task_try(
    dag: DAG,
    task_id: str,
    number: int,
    *,
    state: StateStore,
    xcom_push: Callable[[str, Any], object],
    xcom_pull: Callable[..., Any],
    cleared: int = 0,
) -> tuple[Any, Any]:
    """Return the operator with its fields rendered, and the context to execute it with.

    `cleared` is the number of times that the task was cleared, each of which raises its limit of tries.
    """
    ExecutorSafeguard.test_mode = True
    operator: Any = dag.get_task(task_id).prepare_for_execution()
    ti = SimpleNamespace(
        dag_id=dag.dag_id,
        run_id="r",
        task_id=task_id,
        map_index=-1,
        try_number=number,
        max_tries=5 + cleared,
        id=f"{task_id}-{number}",
        xcom_push=xcom_push,
        xcom_pull=xcom_pull,
    )
    context: Any = {
        "ti": ti,
        "task_state_store": state,
        "dag_run": SimpleNamespace(conf={}),
        "try_number": number,
    }
    operator.render_template_fields(context, dag.get_template_env())
    return operator, context
