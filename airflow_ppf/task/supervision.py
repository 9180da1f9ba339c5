"""Whether the process that Airflow has supervise this one is still there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ppf_core.errors import PpfError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SupervisorLostError", "supervision"]


class SupervisorLostError(PpfError):
    """The task's supervisor has ended, so that Airflow will start another try, whatever this one still does."""

    def __init__(self) -> None:
        super().__init__(
            "the process that supervised this task has ended: this try stops, since Airflow starts another one "
            "when the task's heartbeats have been missing for long enough"
        )


def supervision(parent: Callable[[], int] = os.getppid) -> Callable[[], None]:
    """What raises `SupervisorLostError` once this process has another parent than now.

    A task's parent sends its heartbeats, and hands on its log, its XComs and its end. Without it a task is an orphan
    that nobody can stop, that writes while the next try does. Where no supervisor is (`dag.test`, a hook that is used
    on its own), nothing is ever raised: there, a process may well outlive its parent.
    """
    if not _is_supervised():
        return lambda: None
    supervisor = parent()

    def look() -> None:
        if parent() != supervisor:
            raise SupervisorLostError

    return look


def _is_supervised() -> bool:
    from airflow.sdk.execution_time import task_runner
    from airflow.sdk.execution_time.comms import CommsDecoder

    # What `dag.test` has in its place talks to no other process.
    return isinstance(getattr(task_runner, "SUPERVISOR_COMMS", None), CommsDecoder)
