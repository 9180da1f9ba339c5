"""Detection of the end of a task's supervisor."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import CommsDecoder

from airflow_ppf.task.supervision import SupervisorLostError, supervision


@pytest.fixture
def supervised(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in the process of a task."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", CommsDecoder(socket=ours), raising=False)
        yield


@pytest.mark.usefixtures("supervised")
def test_a_task_that_gets_another_parent_has_lost_its_supervisor() -> None:
    parents = iter([4711, 4711, 1])
    look = supervision(lambda: next(parents))
    look()
    with pytest.raises(SupervisorLostError, match="supervised this task has ended"):
        look()


def test_a_process_that_nobody_supervises_may_outlive_its_parent() -> None:
    parents = iter([4711, 1])
    supervision(lambda: next(parents))()
