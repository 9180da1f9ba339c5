"""Progress computed from Spark's numbers; tests/spark has tests with real numbers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ppf_core.session import JobProgress
from ppf_core.session.job_progress import ConnectJobs


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (JobProgress(), "no Spark job yet"),
        (JobProgress(1, 2, 30, 200), "1 of 2 stages, 30 of 200 tasks"),
        (JobProgress(1, 2, 30, 200, 1200, 0), "1 of 2 stages, 30 of 200 tasks, 1200 rows read"),
        (JobProgress(1, 2, 30, 200, 1200, 7), "1 of 2 stages, 30 of 200 tasks, 7 rows written"),
    ],
)
def test_progress_in_words(progress: JobProgress, text: str) -> None:
    assert str(progress) == text


class ConnectSession:
    """The attributes of Spark Connect's client that are used."""

    def __init__(self) -> None:
        self.handlers: list[Any] = []
        self.tags = {"mine"}

    def registerProgressHandler(self, handler: Any) -> None:  # noqa: N802 - Spark's name
        self.handlers.append(handler)

    def removeProgressHandler(self, handler: Any) -> None:  # noqa: N802 - Spark's name
        self.handlers.remove(handler)

    def getTags(self) -> set[str]:  # noqa: N802 - Spark's name
        return self.tags

    def report(self, operation: str, *stages: tuple[int, int, bool]) -> None:
        stages = [
            SimpleNamespace(num_completed_tasks=completed, num_tasks=tasks, done=done)
            for completed, tasks, done in stages
        ]
        for handler in self.handlers:
            handler(stages=stages, inflight_tasks=1, operation_id=operation, done=False)


def test_on_connect_the_last_report_of_each_operation_counts() -> None:
    session = ConnectSession()
    jobs = ConnectJobs(session)
    session.report("a", (1, 8, False))
    session.report("a", (8, 8, True), (1, 2, False))
    session.report("b", (3, 4, False))
    assert jobs.progress("mine") == JobProgress(1, 3, 12, 14)


def test_on_connect_the_tags_of_the_thread_that_waits_identify_its_operation() -> None:
    session = ConnectSession()
    jobs = ConnectJobs(session)
    session.tags = {"another"}
    session.report("a", (1, 8, False))
    assert jobs.progress("mine") == JobProgress()
    assert jobs.progress("another") == JobProgress(0, 1, 1, 8)


def test_on_connect_the_end_of_an_operation_does_not_take_back_what_it_had_done() -> None:
    session = ConnectSession()
    jobs = ConnectJobs(session)
    session.report("a", (8, 8, True))
    session.report("a")
    assert jobs.progress("mine") == JobProgress(1, 1, 8, 8)


def test_on_connect_what_cannot_be_read_does_not_become_the_querys_error() -> None:
    session = ConnectSession()
    jobs = ConnectJobs(session)
    session.handlers[0](stages=[object()], inflight_tasks=0, operation_id=None, done=False)
    assert jobs.progress("mine") == JobProgress()


def test_on_connect_nothing_is_left_also_if_somebody_has_cleared_it_away() -> None:
    session = ConnectSession()
    jobs = ConnectJobs(session)
    jobs.close()
    assert session.handlers == []
    jobs.close()
