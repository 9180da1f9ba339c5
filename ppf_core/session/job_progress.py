"""Progress of the Spark jobs of a tag, in classic mode and on Spark Connect."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from . import internals

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import SparkSession

__all__ = ["ClassicJobs", "ConnectJobs", "JobProgress", "JobWatch"]

_MOST_STAGES = 50
"""Limit for the stages whose rows are read at a time; the others are read the next time."""


@dataclass(frozen=True)
class JobProgress:
    """Completed and total work of the Spark jobs started so far; others may follow.

    Stages and tasks that Spark skips, because their result already exists, are not counted. Rows are those of tasks
    that have ended or sent a heartbeat; `None` if Spark does not report them, as on Connect.
    """

    stages_done: int = 0
    stages: int = 0
    tasks_done: int = 0
    tasks: int = 0
    rows_read: int | None = None
    rows_written: int | None = None

    def __str__(self) -> str:
        """Format as `1 of 2 stages, 30 of 200 tasks, 1200 rows read`."""
        if not self.stages:
            return "no Spark job yet"
        text = f"{self.stages_done} of {self.stages} stages, {self.tasks_done} of {self.tasks} tasks"
        if self.rows_written:
            return f"{text}, {self.rows_written} rows written"
        return f"{text}, {self.rows_read} rows read" if self.rows_read else text


class JobWatch(Protocol):
    """Reads the progress of a session's jobs, from any thread."""

    def progress(self, tag: str) -> JobProgress:
        """Return the progress of the jobs tagged `tag`; may raise anything once the session has ended."""
        ...

    def close(self) -> None:
        """Stop watching."""


class ClassicJobs:
    """Reads Spark's status store in the driver's JVM, which exists with and without Spark's UI.

    Ended jobs and stages are read once, so that the cost depends on the running jobs only.
    """

    def __init__(self, spark: SparkSession) -> None:
        context = spark.sparkContext
        self._jvm = internals.jvm(context)
        self._tracker, self._store = internals.status_sources(context)
        self._ended_jobs: dict[int, _Numbers] = {}
        self._ended_stages: dict[int, tuple[int, int]] = {}

    def progress(self, tag: str) -> JobProgress:
        """Implement `JobWatch`."""
        # As a single text: reading each element of a Java array is a separate call.
        listed = self._jvm.java.util.Arrays.toString(self._tracker.getJobIdsForTag(tag))
        jobs = [self._job(job) for job in _whole_numbers(listed.strip("[]"))]
        rows = self._rows({stage for job in jobs for stage in job.stage_ids})
        return JobProgress(
            sum(job.stages_done for job in jobs),
            sum(job.stages for job in jobs),
            sum(job.tasks_done for job in jobs),
            sum(job.tasks for job in jobs),
            sum(read for read, _ in rows),
            sum(written for _, written in rows),
        )

    def close(self) -> None:
        """Implement `JobWatch`."""

    def _job(self, job: int) -> _Numbers:
        from py4j.protocol import Py4JJavaError

        if job in self._ended_jobs:
            return self._ended_jobs[job]
        try:
            data = self._store.job(job)
            stage_ids = _whole_numbers(data.stageIds().mkString(","))
            numbers = _Numbers(
                data.numCompletedStages(),
                len(stage_ids) - data.numSkippedStages(),
                data.numCompletedIndices(),
                data.numTasks() - data.numSkippedTasks(),
                stage_ids,
            )
            ended = data.status().toString() != "RUNNING"
        except Py4JJavaError:  # Spark has removed it since it was listed
            return _Numbers()
        if ended:
            self._ended_jobs[job] = numbers
        return numbers

    def _rows(self, stages: set[int]) -> list[tuple[int, int]]:
        from py4j.protocol import Py4JJavaError

        rows = [self._ended_stages[stage] for stage in stages & self._ended_stages.keys()]
        for stage in sorted(stages - self._ended_stages.keys())[:_MOST_STAGES]:
            try:
                data = self._store.lastStageAttempt(stage)
                numbers = data.inputRecords(), data.outputRecords()
                running = data.status().toString() in ("ACTIVE", "PENDING")
            except Py4JJavaError:  # it has not started, or Spark has removed it
                continue
            rows.append(numbers)
            if not running:
                self._ended_stages[stage] = numbers
        return rows


@dataclass(frozen=True)
class _Numbers:
    stages_done: int = 0
    stages: int = 0
    tasks_done: int = 0
    tasks: int = 0
    stage_ids: tuple[int, ...] = ()


class ConnectJobs:
    """Collects the progress that a Connect server reports to the thread that waits for a result.

    The tags are those of that thread. The server does not report rows.
    """

    def __init__(self, spark: Any) -> None:
        self._spark = spark
        self._lock = threading.Lock()
        # By tag and operation: the first four numbers of a JobProgress.
        self._operations: dict[str, dict[str | None, tuple[int, int, int, int]]] = {}
        self._spark.registerProgressHandler(self._record)

    def progress(self, tag: str) -> JobProgress:
        """Implement `JobWatch`."""
        with self._lock:
            parts = list(self._operations.get(tag, {}).values())
        return JobProgress(*(sum(part[index] for part in parts) for index in range(4)))

    def close(self) -> None:
        """Implement `JobWatch`."""
        with suppress(ValueError):  # all handlers have been cleared
            self._spark.removeProgressHandler(self._record)

    def _record(
        self, stages: Iterable[Any] | None, inflight_tasks: int, operation_id: str | None, done: bool
    ) -> None:
        # An exception here would make the query fail.
        with suppress(Exception):
            known = list(stages or ())
            if not known:
                return
            numbers = (
                sum(bool(stage.done) for stage in known),
                len(known),
                sum(stage.num_completed_tasks for stage in known),
                sum(stage.num_tasks for stage in known),
            )
            with self._lock:
                for tag in self._spark.getTags():
                    self._operations.setdefault(tag, {})[operation_id] = numbers


def _whole_numbers(listed: str) -> tuple[int, ...]:
    return tuple(int(number) for number in listed.split(",") if number.strip())
