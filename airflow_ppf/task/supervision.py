"""Watch over a task's Airflow supervisor, so that an orphaned task stops before the next try starts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from airflow_ppf.airflow_api import is_supervised
from ppf_core.errors import PpfError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SupervisorLostError", "supervision"]


class SupervisorLostError(PpfError):
    """Error of a task whose supervisor has ended: Airflow will start another try, whatever this try does."""

    def __init__(self) -> None:
        super().__init__(
            "the process that supervised this task has ended: this try stops, since Airflow starts the next try "
            "after too many missed heartbeats"
        )


def supervision(parent: Callable[[], int] = os.getppid) -> Callable[[], None]:
    """Return a check that raises `SupervisorLostError` once this process has another parent than now.

    A task's parent sends its heartbeats and forwards its log, its XComs and its final state. Without a parent, nobody
    can stop the task, and it would still write while the next try does. Where there is no supervisor (`dag.test`, or
    a hook used directly) the check never raises, since such a process may outlive its parent.
    """
    if not is_supervised():
        return lambda: None
    supervisor = parent()

    def check() -> None:
        if parent() != supervisor:
            raise SupervisorLostError

    return check
