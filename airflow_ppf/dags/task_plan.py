"""Plan of one Airflow task, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["TaskPlan"]


@dataclass(frozen=True)
class TaskPlan:
    """Plan of a task.

    `name` is the component or group that the task runs, and `settings` are the file's settings for it. `components`
    are in execution order; they are empty for the task of a whole pipeline, and for the first and the last task of a
    pipeline with a task per component. `begins` and `ends` mark the tasks that do what a pipeline does before its
    first component and after its last. `ends_session` marks the task that only closes the shared session, whether the
    other tasks succeeded or failed.
    """

    task_id: str
    name: str = ""
    components: list[str] = field(default_factory=list)
    upstream: list[str] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    description: str | None = None
    begins: bool = False
    ends: bool = False
    ends_session: bool = False
