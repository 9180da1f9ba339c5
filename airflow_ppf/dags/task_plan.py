"""A task that a pipeline becomes, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["TaskPlan"]


@dataclass(frozen=True)
class TaskPlan:
    """One task.

    `name` is that of its component or group, by which the file has settings for it; `settings` are those.
    `components` are in the order in which they run; where there are none, the task is that of the whole pipeline, or
    the first or the last of many. `begins` and `ends` say whether it does what a pipeline does before its first
    component and after its last; `ends_session` that it does nothing but close the session that the others share,
    whatever has become of them.
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
