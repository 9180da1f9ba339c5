"""Runs on real Spark that fail, resume in another session, or are cancelled."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from ppf_core.config import ComponentConfig, ComponentType, PipelineConfig
from ppf_core.runner import (
    LocalCheckpointStore,
    PipelineCancelledError,
    PipelineResult,
    SimplePipelineRunner,
    run_interruptibly,
)
from tests.support.components import EVENTS
from tests.support.pipelines import pipeline, step
from tests.support.spark_sessions import new_session, wait_for_a_job

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

SOURCE, TRANSFORMATION, SINK = ComponentType.SOURCE, ComponentType.TRANSFORMATION, ComponentType.SINK


def component(
    name: str, kind: ComponentType, cls: str, depends_on: list[str], **config: Any
) -> ComponentConfig:
    return ComponentConfig(name, kind, f"ppf_core.batch.{cls}", config=config, depends_on=depends_on)


def two_branches(folder: Path, failures: int) -> PipelineConfig:
    """Return a pipeline of two branches: one writes orders raw, the other counts them, fails at first, and writes."""
    (folder / "in").mkdir(parents=True)
    (folder / "in" / "orders.csv").write_text("id,kind\n1,a\n2,b\n3,a\n")
    out = {"format": "json", "mode": "append"}  # a sink that ran twice would have written twice
    return pipeline(
        component(
            "read",
            SOURCE,
            "Read",
            [],
            format="csv",
            path=str(folder / "in"),
            options={"header": True},
            output_view="orders",
        ),
        component("raw_out", SINK, "Write", ["read"], view="orders", path=str(folder / "raw"), **out),
        component(
            "clean",
            TRANSFORMATION,
            "Sql",
            ["read"],
            query="SELECT CAST(id AS INT) AS id, kind FROM orders",
            output_view="clean",
        ),
        step("fails", "clean", cls="Views", config={"failures": failures, "make": {"counted": COUNT}}),
        component("count_out", SINK, "Write", ["fails"], view="counted", path=str(folder / "counts"), **out),
    )


COUNT = "SELECT kind, count(*) AS n FROM clean GROUP BY kind"


def run(spark: SparkSession, folder: Path, config: PipelineConfig) -> PipelineResult:
    store = LocalCheckpointStore(folder / "checkpoints")
    runner = SimplePipelineRunner(
        config, spark_wrapper=new_session(spark), run_id="r", checkpoint_store=store
    )
    return runner.run(resume=True)


def written(spark: SparkSession, folder: Path) -> dict[str, list[str]]:
    return {
        name: sorted(str(row.asDict()) for row in spark.read.json(str(folder / name)).collect())
        for name in ("raw", "counts")
    }


def test_a_resumed_run_replays_what_made_views_writes_nothing_twice_and_equals_an_undisturbed_run(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    disturbed = two_branches(tmp_path / "disturbed", failures=1)
    first = run(clean_spark, tmp_path / "disturbed", disturbed)
    assert first.completed_components == ["read", "raw_out", "clean"]
    assert {result.component_name: result.views for result in first.component_results} == {
        "read": ("orders",),
        "raw_out": (),
        "clean": ("clean",),
        "fails": (),
    }
    second = run(clean_spark, tmp_path / "disturbed", disturbed)
    assert second.error is None
    assert second.failed_components == []
    assert second.replayed_components == ["read", "clean"]
    assert second.completed_components == ["read", "clean", "fails", "count_out"]
    assert list(second.skipped_components) == ["raw_out"]

    undisturbed = two_branches(tmp_path / "undisturbed", failures=0)
    assert run(clean_spark, tmp_path / "undisturbed", undisturbed).failed_components == []
    assert written(clean_spark, tmp_path / "disturbed") == written(clean_spark, tmp_path / "undisturbed")
    assert len(written(clean_spark, tmp_path / "disturbed")["raw"]) == 3


def test_resuming_a_completed_run_reads_and_writes_nothing(clean_spark: SparkSession, tmp_path: Path) -> None:
    config = two_branches(tmp_path, failures=0)
    run(clean_spark, tmp_path, config)
    again = run(clean_spark, tmp_path, config)
    assert again.component_results == []
    assert len(written(clean_spark, tmp_path)["raw"]) == 3


def test_a_plain_set_of_names_replays_nothing(clean_spark: SparkSession, tmp_path: Path) -> None:
    config = two_branches(tmp_path, failures=0)
    runner = SimplePipelineRunner(config, spark_wrapper=new_session(clean_spark))
    result = runner.run({"read", "raw_out", "clean"})
    assert [name for name, _ in result.failed_components] == ["fails"]


def test_a_declared_output_that_was_not_made_fails_the_component(clean_spark: SparkSession) -> None:
    config = pipeline(
        step("a", cls="Views", config={"make": {"otu": "SELECT 1 AS x"}}, outputs=["out"]), step("b", "a")
    )
    result = SimplePipelineRunner(config, spark_wrapper=new_session(clean_spark)).run()
    assert "made no temp view out" in str(result.failed_components[0][1])
    assert list(result.skipped_components) == ["b"]


def test_the_runner_never_stops_the_session(clean_spark: SparkSession) -> None:
    wrapper = new_session(clean_spark)
    SimplePipelineRunner(pipeline(step("a", cls="Views")), spark_wrapper=wrapper).run()
    assert wrapper.started
    assert wrapper.spark.range(3).count() == 3


def test_cancel_ends_a_spark_job_within_two_seconds_and_starts_nothing_more(
    clean_spark: SparkSession,
) -> None:
    config = pipeline(step("endless", cls="Endless"), step("next"))
    runner = SimplePipelineRunner(config, spark_wrapper=new_session(clean_spark), fail_fast=False)
    results: list[PipelineResult] = []
    thread = threading.Thread(target=lambda: results.append(runner.run()))
    thread.start()
    wait_for_a_job(clean_spark)
    began = time.monotonic()
    runner.cancel("enough")
    thread.join(60)
    assert time.monotonic() - began < 2
    assert EVENTS == ["run endless"]
    assert isinstance(results[0].error, PipelineCancelledError)
    assert clean_spark.sparkContext.statusTracker().getActiveJobsIds() == []
    assert clean_spark.range(3).count() == 3


class TimeIsUp(BaseException):
    """As a time limit raises it in the main thread."""


def test_an_interruption_while_spark_works_leaves_a_session_that_answers_rightly(
    clean_spark: SparkSession,
) -> None:
    import signal

    def strike(number: int, frame: object) -> None:
        raise TimeIsUp

    config = pipeline(step("endless", cls="Endless"), step("next"))
    runner = SimplePipelineRunner(config, spark_wrapper=new_session(clean_spark))
    results: list[PipelineResult] = []

    def strike_once_spark_works() -> None:
        wait_for_a_job(clean_spark)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, strike)
    thread = threading.Thread(target=strike_once_spark_works)
    thread.start()
    try:
        with pytest.raises(TimeIsUp):
            run_interruptibly(lambda: results.append(runner.run()), runner.cancel, grace_seconds=30)
    finally:
        thread.join(60)
        signal.signal(signal.SIGUSR1, before)
    assert isinstance(results[0].error, PipelineCancelledError)
    assert [clean_spark.range(number).count() for number in range(5)] == [0, 1, 2, 3, 4]
