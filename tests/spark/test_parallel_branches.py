"""Components that run at once on one real Spark."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from ppf_core.runner import (
    ComponentStoppedError,
    NoOpHooks,
    PipelineCancelledError,
    PipelineResult,
    RunOptions,
    SimplePipelineRunner,
)
from ppf_core.runner.views.tracker import ViewTracker
from ppf_core.session import SparkSessionWrapper
from tests.support.components import ON_RUN
from tests.support.pipelines import pipeline, step
from tests.support.spark_sessions import PATIENCE, new_session, wait_for_a_job

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from ppf_core.config import ComponentConfig

pytestmark = pytest.mark.spark


def test_a_failure_ends_a_siblings_spark_job_within_two_seconds(clean_spark: SparkSession) -> None:
    failed_at: list[float] = []

    def once_spark_works() -> None:
        wait_for_a_job(clean_spark)
        failed_at.append(time.monotonic())

    ON_RUN["fails"] = once_spark_works
    config = pipeline(step("endless", cls="Endless"), step("fails", config={"failures": 9}), step("next"))
    result = SimplePipelineRunner(
        config, spark_wrapper=new_session(clean_spark), options=RunOptions(max_parallel=2)
    ).run()
    assert time.monotonic() - failed_at[0] < 2
    error = dict(result.failed_components)["endless"]
    assert isinstance(error, ComponentStoppedError)
    assert "cancelled" in str(error.__cause__)
    assert list(result.skipped_components) == ["next"]
    assert clean_spark.sparkContext.statusTracker().getActiveJobsIds() == []
    assert clean_spark.range(3).count() == 3


def test_cancel_ends_the_spark_jobs_of_all_components_within_two_seconds(clean_spark: SparkSession) -> None:
    config = pipeline(
        step("first", cls="Endless"), step("second", cls="Endless"), step("next", "first", "second")
    )
    runner = SimplePipelineRunner(
        config, spark_wrapper=new_session(clean_spark), fail_fast=False, options=RunOptions(max_parallel=2)
    )
    results: list[PipelineResult] = []
    thread = threading.Thread(target=lambda: results.append(runner.run()))
    thread.start()
    wait_for_a_job(clean_spark)
    began = time.monotonic()
    runner.cancel("enough")
    thread.join(PATIENCE)
    assert time.monotonic() - began < 2
    assert {str(error) for _, error in results[0].failed_components} == {"the run was cancelled: enough"}
    assert clean_spark.sparkContext.statusTracker().getActiveJobsIds() == []


def endless_job(spark: SparkSession) -> None:
    spark.range(10**15).selectExpr("sum(hash(id))").collect()


@pytest.mark.parametrize("slots", [1, 2])
def test_a_component_that_begins_a_next_job_after_its_first_was_cancelled_is_stopped_again(
    clean_spark: SparkSession, slots: int
) -> None:
    jobs = threading.Semaphore(0)

    def stubborn() -> None:
        for _ in range(2):
            jobs.release()
            with suppress(Exception):
                endless_job(clean_spark)

    ON_RUN["stubborn"] = stubborn
    runner = SimplePipelineRunner(
        pipeline(step("stubborn"), step("next", "stubborn")),
        spark_wrapper=new_session(clean_spark),
        options=RunOptions(max_parallel=slots),
    )
    results: list[PipelineResult] = []
    thread = threading.Thread(target=lambda: results.append(runner.run()))
    thread.start()
    wait_for_a_job(clean_spark)
    runner.cancel("enough")
    thread.join(PATIENCE)
    assert jobs.acquire(blocking=False)
    assert jobs.acquire(blocking=False)
    assert clean_spark.sparkContext.statusTracker().getActiveJobsIds() == []


def test_cancel_ends_the_spark_job_of_a_hook_too(clean_spark: SparkSession) -> None:
    class Hooks(NoOpHooks):
        def after_component(self, *_: object) -> None:
            endless_job(clean_spark)

    runner = SimplePipelineRunner(pipeline(step("a")), new_session(clean_spark), Hooks())
    results: list[PipelineResult] = []
    thread = threading.Thread(target=lambda: results.append(runner.run()))
    thread.start()
    wait_for_a_job(clean_spark)
    runner.cancel("enough")
    thread.join(PATIENCE)
    assert isinstance(results[0].error, PipelineCancelledError)
    assert len(results[0].hook_errors) == 1


def test_each_component_has_a_job_tag_and_a_pool_of_its_own(clean_spark: SparkSession) -> None:
    seen: dict[str, tuple[set[str], str | None]] = {}

    def note(name: str) -> None:
        context = clean_spark.sparkContext
        seen[name] = set(context.getJobTags()), context.getLocalProperty("spark.scheduler.pool")

    for name in ("a", "b"):
        ON_RUN[name] = lambda name=name: note(name)
    wrapper = new_session(clean_spark)
    SimplePipelineRunner(
        pipeline(step("a"), step("b")), spark_wrapper=wrapper, options=RunOptions(max_parallel=2)
    ).run()
    (tags_a, pool_a), (tags_b, pool_b) = seen["a"], seen["b"]
    assert (pool_a, pool_b) == ("a", "b")
    assert [len(tags) for tags in (tags_a, tags_b, tags_a & tags_b)] == [2, 2, 1]


def test_a_serial_run_leaves_pools_alone(clean_spark: SparkSession) -> None:
    seen: list[str | None] = []
    ON_RUN["a"] = lambda: seen.append(clean_spark.sparkContext.getLocalProperty("spark.scheduler.pool"))
    SimplePipelineRunner(pipeline(step("a")), spark_wrapper=new_session(clean_spark)).run()
    assert seen == [None]


def make(wrapper: SparkSessionWrapper, *names: str) -> None:
    for name in names:
        wrapper.spark.range(1).createOrReplaceTempView(name)


def test_a_view_made_while_two_ran_counts_as_made_by_both(clean_spark: SparkSession) -> None:
    wrapper = new_session(clean_spark)
    tracker, a, b, c = ViewTracker(wrapper), step("a"), step("b"), step("c")
    make(wrapper, "before")
    tracker.before(a)
    make(wrapper, "a_alone")
    tracker.before(b)
    make(wrapper, "shared")
    assert tracker.after(a).made == ("a_alone", "shared")
    make(wrapper, "b_alone")
    assert tracker.after(b).made == ("b_alone", "shared")
    tracker.before(c)
    make(wrapper, "c_alone")
    assert tracker.after(c).made == ("c_alone",)


def test_a_view_that_one_of_two_components_declares_belongs_to_that_component(
    clean_spark: SparkSession,
) -> None:
    wrapper = new_session(clean_spark)
    tracker, a, b = ViewTracker(wrapper), step("a", outputs=["x"]), step("b")
    tracker.before(a)
    tracker.before(b)
    make(wrapper, "x", "y")
    assert tracker.after(a).made == ("x",)
    assert tracker.after(b).made == ("y",)


def test_what_a_declaring_component_made_before_another_began_is_not_the_others(
    clean_spark: SparkSession,
) -> None:
    wrapper = new_session(clean_spark)
    tracker, a, b, c = ViewTracker(wrapper), step("a", outputs=["x"]), step("b"), step("c")
    tracker.before(b)
    tracker.after(b)
    tracker.before(a)
    make(wrapper, "x", "helper")
    tracker.before(c)
    make(wrapper, "z")
    assert tracker.after(c).made == ("z",)
    assert tracker.after(a).made == ("x",)


def test_what_a_failed_component_made_while_another_ran_counts_as_the_others(
    clean_spark: SparkSession,
) -> None:
    wrapper = new_session(clean_spark)
    tracker, a, b, c = ViewTracker(wrapper), step("a"), step("b"), step("c")
    tracker.before(a)
    tracker.before(b)
    make(wrapper, "half_way")
    tracker.forget(a)
    assert tracker.after(b).made == ("half_way",)
    tracker.before(c)
    assert tracker.after(c).made == ()


def views(name: str, *depends_on: str, **queries: str) -> ComponentConfig:
    """Return a component that makes these views of these queries, and declares them."""
    return step(name, *depends_on, cls="Views", config={"make": queries}, outputs=list(queries))


def test_many_components_leave_no_threads_in_the_jvm(clean_spark: SparkSession) -> None:
    wrapper = new_session(clean_spark)
    config = pipeline(*(views(f"c{number}", **{f"v{number}": "SELECT 1 AS x"}) for number in range(120)))
    jvm = clean_spark.sparkContext._jvm
    assert jvm is not None
    before = jvm.Thread.activeCount()
    result = SimplePipelineRunner(config, spark_wrapper=wrapper, options=RunOptions(max_parallel=4)).run()
    assert len(result.completed_components) == 120
    assert all(
        component_result.views == (f"v{component_result.component_name[1:]}",)
        for component_result in result.component_results
    )
    deadline = time.monotonic() + PATIENCE
    while jvm.Thread.activeCount() > before + 20:
        assert time.monotonic() < deadline, f"{jvm.Thread.activeCount()} threads, {before} before"
        threading.Event().wait(0.1)


def test_branches_that_each_compute_and_hand_views_on_equal_a_serial_run(clean_spark: SparkSession) -> None:
    sums = {f"sums{n}": f"SELECT sum(id * {n}) AS total FROM numbers" for n in range(6)}  # noqa: S608 - our own numbers

    def outcome(slots: int) -> tuple[dict[str, tuple[str, ...]], list[int]]:
        wrapper = new_session(clean_spark)
        config = pipeline(
            views("source", numbers="SELECT id FROM range(1000)"),
            *(views(f"branch_{name}", "source", **{name: query}) for name, query in sums.items()),
            views(
                "join",
                *(f"branch_{name}" for name in sums),
                all_sums=" UNION ALL ".join(f"TABLE {name}" for name in sums),
            ),
        )
        result = SimplePipelineRunner(
            config, spark_wrapper=wrapper, options=RunOptions(max_parallel=slots)
        ).run()
        assert result.failed_components == []
        return (
            {
                component_result.component_name: component_result.views
                for component_result in result.component_results
            },
            sorted(row["total"] for row in wrapper.spark.table("all_sums").collect()),
        )

    assert outcome(4) == outcome(1)
