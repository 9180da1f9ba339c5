"""Progress that Spark reports, compared with its work."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

from ppf_core.runner import CompositeHooks, NoOpHooks, ProgressPace, SimplePipelineRunner
from ppf_core.session import JobProgress, SparkSessionWrapper
from tests.support.components import ON_RUN
from tests.support.pipelines import pipeline, step

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark


class Waiting(NoOpHooks):
    """A hook that is called ten times a second, and sets an event at certain numbers."""

    progress_pace = ProgressPace(0.1, 0.1)

    def __init__(self, **wanted: int) -> None:
        self.wanted = wanted
        self.records: list[JobProgress] = []
        self.arrived = threading.Event()

    def on_component_progress(self, config: Any, progress: JobProgress, elapsed_ms: int) -> None:
        self.records.append(progress)
        if all(getattr(progress, name) == value for name, value in self.wanted.items()):
            self.arrived.set()


def run(spark: SparkSession, work: Any, hook: NoOpHooks) -> None:
    wrapper = SparkSessionWrapper()
    wrapper.set_spark_session(spark)
    ON_RUN["a"] = work
    result = SimplePipelineRunner(pipeline(step("a")), wrapper, hooks=CompositeHooks(hook)).run()
    assert not result.failed_components
    assert result.hook_errors == []


def test_tasks_of_a_running_stage_are_reported_while_it_runs(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    pipe = str(tmp_path / "pipe")
    os.mkfifo(pipe)
    hook = Waiting(stages_done=0, stages=1, tasks_done=5, tasks=6)

    def wait_in_the_third(index: int, rows: Any) -> Any:
        if index == 2:
            with open(pipe) as held:  # noqa: PTH123 - runs in Spark's worker
                held.read()
        return rows

    def let_go() -> None:
        hook.arrived.wait(60)
        with open(pipe, "w") as held:  # noqa: PTH123 - as above
            held.write("go on")

    def work() -> None:
        thread = threading.Thread(target=let_go)
        thread.start()
        context = clean_spark.sparkContext
        context.parallelize(range(60), 6).mapPartitionsWithIndex(wait_in_the_third).count()
        thread.join()

    run(clean_spark, work, hook)
    assert hook.arrived.is_set()


def test_stages_tasks_and_rows_of_all_jobs_of_a_component_are_added_up(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    hook = Waiting(stages_done=2, stages=2, tasks_done=8, tasks=8, rows_written=100)

    def work() -> None:
        clean_spark.range(0, 60, 1, 5).write.parquet(str(tmp_path / "a"))
        clean_spark.range(0, 40, 1, 3).write.parquet(str(tmp_path / "b"))
        assert hook.arrived.wait(60), hook.records[-1]

    run(clean_spark, work, hook)


def test_rows_that_are_read_are_reported_where_none_are_written(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    clean_spark.range(0, 70, 1, 2).write.parquet(str(tmp_path / "a"))
    hook = Waiting(rows_read=70, rows_written=0)

    def work() -> None:
        clean_spark.read.parquet(str(tmp_path / "a")).selectExpr("max(id)").collect()
        assert hook.arrived.wait(60), hook.records[-1]

    run(clean_spark, work, hook)


def test_jobs_of_others_are_not_reported(clean_spark: SparkSession) -> None:
    clean_spark.range(0, 10, 1, 2).selectExpr("max(id)").collect()
    hook = Waiting(stages=0)
    run(clean_spark, lambda: hook.arrived.wait(60), hook)
    assert set(hook.records) <= {JobProgress(rows_read=0, rows_written=0)}


def test_what_has_ended_is_not_asked_for_again(clean_spark: SparkSession) -> None:
    wrapper = SparkSessionWrapper()
    wrapper.set_spark_session(clean_spark)
    jobs: Any = wrapper.watch_jobs()
    with wrapper.job_tag("asked-once"):
        clean_spark.range(0, 10, 1, 2).selectExpr("max(id)").collect()
    context: Any = clean_spark.sparkContext
    context._jsc.sc().listenerBus().waitUntilEmpty()
    first = jobs.progress("asked-once")
    jobs._store = None
    assert jobs.progress("asked-once") == first
    assert first.tasks_done == first.tasks > 0
