"""Rows and bytes of what is written, counted while it is written, compared with a second way of counting."""

from __future__ import annotations

import uuid
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.sql.functions import col, desc

from ppf_core.batch import Write
from ppf_core.component import DataCount, DataKind, RowCounter
from ppf_core.config import CheckpointConfig, ComponentConfig, ComponentType
from ppf_core.runner import CompletedComponents, LocalCheckpointStore, PipelineResult, SimplePipelineRunner
from ppf_core.session import SparkSessionWrapper
from tests.support.pipelines import pipeline, step

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

FRAMES: dict[str, Callable[[SparkSession], DataFrame]] = {
    "many rows": lambda spark: spark.range(1000, numPartitions=3),
    "no rows, known beforehand": lambda spark: spark.range(5).where("false"),
    "no rows, seen when it runs": lambda spark: spark.range(5).where("id < 0"),
    "a limit": lambda spark: spark.range(1000).limit(7),
    "a shuffle": lambda spark: spark.range(100).groupBy((col("id") % 9).alias("id")).count(),
    "sorted": lambda spark: spark.range(100).orderBy(desc("id")),
    "cached": lambda spark: spark.range(40).cache(),
    "itself twice": lambda spark: spark.range(30).union(spark.range(30)),
}


def write(spark: SparkSession, **settings: Any) -> Write:
    component = Write.from_config({"view": "v", **settings})
    component.set_spark_session(spark)
    component.run()
    return component


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and file.suffix != ".crc")


def jobs_of(spark: SparkSession, work: Callable[[], object]) -> int:
    """Return the number of Spark jobs."""
    tag = uuid.uuid4().hex
    context: Any = spark.sparkContext
    context.addJobTag(tag)
    try:
        work()
    finally:
        context.removeJobTag(tag)
    scala = context._jsc.sc()
    scala.listenerBus().waitUntilEmpty()
    return len(scala.statusTracker().getJobIdsForTag(tag))


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_files_are_counted_as_reading_them_counts_and_with_no_further_job(
    clean_spark: SparkSession, tmp_path: Path, frame: Callable[[SparkSession], DataFrame]
) -> None:
    plain = jobs_of(clean_spark, lambda: frame(clean_spark).write.parquet(str(tmp_path / "plain")))
    frame(clean_spark).createOrReplaceTempView("v")
    made: list[Write] = []
    counted = jobs_of(
        clean_spark,
        lambda: made.append(write(clean_spark, format="parquet", path=str(tmp_path / "counted"))),
    )
    rows = clean_spark.read.parquet(str(tmp_path / "counted")).count()
    assert made[0].data_counts() == (
        DataCount(str(tmp_path / "counted"), rows, size_of(tmp_path / "counted")),
    )
    assert counted == plain


@pytest.mark.parametrize("file_format", ["csv", "json", "orc"])
def test_any_file_format_is_counted(clean_spark: SparkSession, tmp_path: Path, file_format: str) -> None:
    clean_spark.range(12).createOrReplaceTempView("v")
    (count,) = write(clean_spark, format=file_format, path=str(tmp_path / "t")).data_counts()
    assert (count.rows, count.bytes) == (12, size_of(tmp_path / "t"))


def test_an_append_counts_what_it_has_added(clean_spark: SparkSession, tmp_path: Path) -> None:
    clean_spark.range(12).createOrReplaceTempView("v")
    write(clean_spark, format="parquet", path=str(tmp_path / "t"))
    before = size_of(tmp_path / "t")
    clean_spark.range(5).createOrReplaceTempView("v")
    (count,) = write(clean_spark, format="parquet", path=str(tmp_path / "t"), mode="append").data_counts()
    assert (count.rows, count.bytes) == (5, size_of(tmp_path / "t") - before)


def test_an_overwrite_of_partitions_counts_the_new_ones_only(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    folder = str(tmp_path / "t")
    clean_spark.range(10).selectExpr("id", "id % 5 AS p").createOrReplaceTempView("v")
    write(clean_spark, format="parquet", path=folder, partition_by=["p"])
    clean_spark.range(3).selectExpr("id", "1 AS p").createOrReplaceTempView("v")
    again = write(clean_spark, format="parquet", path=folder, partition_by=["p"], mode="overwrite")
    (count,) = again.data_counts()
    assert (count.rows, count.bytes) == (3, size_of(tmp_path / "t" / "p=1"))


def test_what_is_not_written_has_no_count(clean_spark: SparkSession, tmp_path: Path) -> None:
    clean_spark.range(4).createOrReplaceTempView("v")
    write(clean_spark, format="parquet", path=str(tmp_path / "t"))
    assert write(clean_spark, format="parquet", path=str(tmp_path / "t"), mode="ignore").data_counts() == ()


def test_a_table_has_its_rows_counted_and_one_that_is_left_alone_has_not(clean_spark: SparkSession) -> None:
    clean_spark.range(4).createOrReplaceTempView("v")
    try:
        assert write(clean_spark, table="counted").data_counts() == (DataCount("counted", 4),)
        assert write(clean_spark, table="counted", mode="ignore").data_counts() == ()
    finally:
        clean_spark.sql("DROP TABLE IF EXISTS counted")


def test_a_write_that_fails_leaves_no_count_of_the_one_before(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    clean_spark.range(4).createOrReplaceTempView("v")
    component = write(clean_spark, format="parquet", path=str(tmp_path / "t"))
    with pytest.raises(Exception, match="PATH_ALREADY_EXISTS"):
        component.run()
    assert component.data_counts() == ()


def test_a_connector_that_is_neither_files_nor_a_table_has_its_rows_counted(
    clean_spark: SparkSession,
) -> None:
    clean_spark.range(4).createOrReplaceTempView("v")
    assert write(clean_spark, format="noop", mode="overwrite").data_counts() == (DataCount("noop", 4),)


def test_a_counter_that_never_saw_a_write_does_not_wait_for_one(clean_spark: SparkSession) -> None:
    counter = RowCounter()
    assert counter.rows is None
    counter.watch(clean_spark.range(3))
    assert counter.rows is None


def materializing(
    spark: SparkSession, folder: Path, queries: dict[str, str], **runner: Any
) -> PipelineResult:
    config = pipeline(
        step("maker", cls="Views", config={"make": queries}, outputs=sorted(queries)),
        checkpoint=CheckpointConfig(root=str(folder), materialize=True, keep=True),
    )
    wrapper = SparkSessionWrapper()
    wrapper.set_spark_session(spark)
    runner = {"run_id": "r", "checkpoint_store": LocalCheckpointStore(folder / "checkpoints"), **runner}
    return SimplePipelineRunner(config, wrapper, **runner).run(resume=True)


def test_materialized_views_are_counted_each_and_with_no_further_job(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    queries = {"a": "SELECT * FROM range(20)", "b": "SELECT * FROM range(7) WHERE id > 2"}
    results: list[PipelineResult] = []
    jobs = jobs_of(clean_spark, lambda: results.append(materializing(clean_spark, tmp_path, queries)))
    plain = 0
    for name, query in queries.items():
        frame, folder = clean_spark.sql(query), str(tmp_path / "plain" / name)
        plain += jobs_of(clean_spark, partial(frame.write.parquet, folder))
    (component,) = results[0].component_results
    assert jobs == plain
    for count in component.counts:
        assert count.kind is DataKind.VIEW
        assert count.rows == clean_spark.table(count.name).count()
        (file, *_) = clean_spark.table(count.name).inputFiles()
        folder = Path(file.removeprefix("file://")).parent
        assert count.bytes == sum(each.stat().st_size for each in folder.glob("*.parquet"))
    assert component.rows == 24


def test_a_lazy_view_has_no_count(clean_spark: SparkSession) -> None:
    config = pipeline(step("maker", cls="Views", config={"make": {"a": "SELECT 1"}}))
    wrapper = SparkSessionWrapper()
    wrapper.set_spark_session(clean_spark)
    (component,) = SimplePipelineRunner(config, wrapper).run().component_results
    assert component.views == ("a",)
    assert component.counts == ()


def test_a_restored_view_has_the_count_that_it_was_written_with(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    queries = {"a": "SELECT * FROM range(20)"}
    first = materializing(clean_spark, tmp_path, queries)
    later = step("later", "maker", cls="Views", config={"make": {"z": "SELECT * FROM a"}}, outputs=["z"])
    maker = step("maker", cls="Views", config={"make": queries}, outputs=["a"])
    config = pipeline(
        maker, later, checkpoint=CheckpointConfig(root=str(tmp_path), materialize=True, keep=True)
    )
    wrapper = SparkSessionWrapper()
    wrapper.set_spark_session(clean_spark.newSession())

    state = LocalCheckpointStore(tmp_path / "checkpoints").load("r", "p")
    assert state is not None

    completed = CompletedComponents({"maker"}, state.records)
    second = SimplePipelineRunner(config, wrapper, run_id="r").run(completed)
    restored = next(
        component_result for component_result in second.component_results if component_result.restored
    )
    assert restored.counts == first.component_results[0].counts
    assert restored.rows == 20


def test_a_later_try_reports_what_the_first_try_has_written_for_restored_and_skipped_components(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    clean_spark.range(9).createOrReplaceTempView("v")
    target = tmp_path / "out"
    config = pipeline(
        step("maker", cls="Views", config={"make": {"a": "SELECT * FROM range(20)"}}),
        ComponentConfig(
            "write",
            ComponentType.SINK,
            "ppf_core.batch.Write",
            config={"view": "v", "format": "parquet", "path": str(target)},
            depends_on=["maker"],
        ),
        step("trouble", "maker", config={"failures": 1}),
        checkpoint=CheckpointConfig(root=str(tmp_path / "root"), materialize=True),
    )
    results = []
    for session in (clean_spark, clean_spark.newSession()):
        wrapper = SparkSessionWrapper()
        wrapper.set_spark_session(session)
        store = LocalCheckpointStore(tmp_path / "checkpoints")
        runner = SimplePipelineRunner(config, wrapper, fail_fast=False, run_id="r", checkpoint_store=store)
        results.append(runner.run(resume=True))
    first = {
        component_result.component_name: component_result for component_result in results[0].component_results
    }
    (restored,) = [
        component_result for component_result in results[1].component_results if component_result.restored
    ]
    assert (restored.component_name, restored.counts) == ("maker", first["maker"].counts)
    left_alone = results[1].skipped_components["write"]
    assert left_alone.counts == first["write"].counts
    assert (left_alone.rows, left_alone.bytes) == (9, size_of(target))
