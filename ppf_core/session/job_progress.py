"""How far Spark is with the jobs of a tag, in classic mode and on Spark Connect."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import SparkSession

__all__ = ["ClassicJobs", "ConnectJobs", "JobProgress", "JobWatch"]

_MOST_STAGES = 50
"""How many stages are asked for their rows in one look; the others wait for the next one."""


@dataclass(frozen=True)
class JobProgress:
    """How much of the Spark jobs that were begun so far is done; others may follow.

    Stages and tasks that Spark skips, because their result is there already, are not counted. Rows are those of tasks
    that have ended or sent a heartbeat; `None` where Spark does not tell them, as on Connect.
    """

    stages_done: int = 0
    stages: int = 0
    tasks_done: int = 0
    tasks: int = 0
    rows_read: int | None = None
    rows_written: int | None = None

    def __str__(self) -> str:
        """In words: `1 of 2 stages, 30 of 200 tasks, 1200 rows read`."""
        if not self.stages:
            return "no Spark job yet"
        told = f"{self.stages_done} of {self.stages} stages, {self.tasks_done} of {self.tasks} tasks"
        if self.rows_written:
            return f"{told}, {self.rows_written} rows written"
        return f"{told}, {self.rows_read} rows read" if self.rows_read else told


class JobWatch(Protocol):
    """Looks at the jobs of a session from any thread, without disturbing them."""

    def progress(self, tag: str) -> JobProgress:
        """How far the jobs are that carry `tag`; may raise anything when the session has gone."""
        ...

    def close(self) -> None:
        """Look no more."""


class ClassicJobs:
    """Reads Spark's own status store in the driver's JVM, which Spark keeps whether it has a UI or not.

    What has ended is read once, so that a look costs what is running, not what has run.
    """

    def __init__(self, spark: SparkSession) -> None:
        context: Any = spark.sparkContext
        self._jvm = context._jvm
        scala = context._jsc.sc()
        self._tracker, self._store = scala.statusTracker(), scala.statusStore()
        self._ended_jobs: dict[int, _Numbers] = {}
        self._ended_stages: dict[int, tuple[int, int]] = {}

    def progress(self, tag: str) -> JobProgress:
        """As `JobWatch`."""
        # As one text: each element of a Java array would be a call of its own.
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
        """As `JobWatch`."""

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
        except Py4JJavaError:  # Spark has forgotten it since it was listed
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
            except Py4JJavaError:  # it has not begun, or Spark has forgotten it
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
    """Takes what a Connect server reports while it works; the client hears it in the thread that waits for a result.

    So the tags are those of that thread. Of rows the server says nothing.
    """

    def __init__(self, spark: Any) -> None:
        self._spark = spark
        self._lock = threading.Lock()
        # By tag and operation: the first four numbers of a JobProgress.
        self._operations: dict[str, dict[str | None, tuple[int, int, int, int]]] = {}
        self._spark.registerProgressHandler(self._hear)

    def progress(self, tag: str) -> JobProgress:
        """As `JobWatch`."""
        with self._lock:
            parts = list(self._operations.get(tag, {}).values())
        return JobProgress(*(sum(part[place] for part in parts) for place in range(4)))

    def close(self) -> None:
        """As `JobWatch`."""
        with suppress(ValueError):  # somebody has cleared all handlers
            self._spark.removeProgressHandler(self._hear)

    def _hear(
        self, stages: Iterable[Any] | None, inflight_tasks: int, operation_id: str | None, done: bool
    ) -> None:
        # Whatever this raised would be the query's error.
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
