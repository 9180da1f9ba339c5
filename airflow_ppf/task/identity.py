"""Identity of a task instance, which is the same in each of its tries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator, Context

__all__ = ["TaskIdentity", "group_id_of"]


@dataclass(frozen=True)
class TaskIdentity:
    """Key of a task instance, with the numbers and ids of its current try.

    (dag id, run id, task id, map index) is the same in every try. `ti_id` is different in each try. `max_tries` is the
    same in automatic retries and increases when a user clears the task.
    """

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    try_number: int
    max_tries: int
    ti_id: str

    @classmethod
    def of(cls, context: Context) -> TaskIdentity:
        """Return the identity of the task that runs in `context`."""
        ti = context["ti"]
        return cls(
            dag_id=ti.dag_id,
            run_id=ti.run_id,
            task_id=ti.task_id,
            map_index=-1 if ti.map_index is None else ti.map_index,
            try_number=ti.try_number,
            max_tries=getattr(ti, "max_tries", 0),
            ti_id=str(ti.id),
        )

    @property
    def scope(self) -> tuple[str, str, str]:
        """Scope in which a run id identifies a run of a pipeline."""
        return self.dag_id, self.task_id, str(self.map_index)

    def try_details(self) -> dict[str, str]:
        """Return this try's entries in the checkpoint's history."""
        return {
            "try_number": str(self.try_number),
            "max_tries": str(self.max_tries),
            "ti_id": self.ti_id,
        }


def group_id_of(task: BaseOperator) -> str:
    """Return the id of a task's task group; empty if it is in none."""
    return (task.task_group.group_id if task.task_group is not None else None) or ""
