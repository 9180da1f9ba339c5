"""Views that are written as Parquet, and come back in another session, on real Spark."""

from __future__ import annotations

import logging
import os
import shutil
import threading
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyspark.sql.functions import col

from ppf_core.component import ComponentError
from ppf_core.config import CheckpointConfig, PipelineConfig, RetryConfig
from ppf_core.runner import (
    HandOverRecord,
    LocalCheckpointStore,
    PipelineCancelledError,
    PipelineResult,
    PipelineResultStatus,
    SimplePipelineRunner,
)
from ppf_core.runner.handover import HadoopFiles, HandOver, HandOverDamagedError
from ppf_core.runner.views.temp_views import TempViews
from tests.support.components import EVENTS, ON_RUN, TRIES, reset
from tests.support.pipelines import pipeline, step
from tests.support.spark_sessions import new_session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

TYPES = """
SELECT void_, CAST(2 AS TINYINT) AS tiny, 12345678901234567890123456789012345.67BD AS dec, DATE'2024-02-29' AS day,
  TIMESTAMP'1999-12-31 23:59:59.123456' AS ts, TIMESTAMP_NTZ'2024-03-31 02:30:00' AS ntz,
  INTERVAL '1-2' YEAR TO MONTH AS ym, INTERVAL '3 04:05:06.789' DAY TO SECOND AS ds,
  array(1, NULL, 3) AS arr, named_struct('a', 1, 'b', array('x')) AS st, map('k', 1.5D, 'n', NULL) AS m,
  X'00FF' AS bin, CAST('NaN' AS DOUBLE) AS nan, parse_json('{"a": [1, "x"]}') AS var
FROM (SELECT NULL AS void_)
"""


MAKER = step("maker")
PIPELINE = pipeline(MAKER)


def there_and_back(spark: SparkSession, root: Path | str, views: dict[str, DataFrame]) -> SparkSession:
    """Materialise the views in one session, restore them in another session, and return it."""
    first, second = new_session(spark), new_session(spark)
    for name, frame in views.items():
        frame.createOrReplaceTempView(f"`{name.replace('`', '``')}`")
    first.set_spark_session(spark)
    record = HandOver(PIPELINE, first, root=str(root), run=("p", "r")).write(MAKER, views)
    assert record is not None
    HandOver(PIPELINE, second, root=str(root), run=("p", "r")).restore("maker", record, views)
    return second.spark


def rows(frame: DataFrame) -> str:
    return str(frame.collect())


def as_nullable(frame: DataFrame) -> str:
    return frame.schema.json().replace('"nullable":false', '"nullable":true').replace(
        '"containsNull":false', '"containsNull":true'
    ).replace('"valueContainsNull":false', '"valueContainsNull":true')  # fmt: skip


def test_types_and_values_come_back_as_they_were(clean_spark: SparkSession, tmp_path: Path) -> None:
    frame = clean_spark.sql(TYPES)
    back = there_and_back(clean_spark, tmp_path, {"v": frame}).table("v")
    assert back.schema.json() == as_nullable(frame)
    # Python has no value for an interval of months.
    assert rows(back.withColumn("ym", back.ym.cast("string"))) == rows(
        frame.withColumn("ym", frame.ym.cast("string"))
    )


def test_column_metadata_and_odd_column_names_come_back(clean_spark: SparkSession, tmp_path: Path) -> None:
    frame = clean_spark.range(1).selectExpr("id AS `a b;{}=,`", "id AS `ü.x`")
    metadata = {"comment": "of ids", "deep": {"n": [1, 2]}}
    frame = frame.select("`a b;{}=,`", col("`ü.x`").alias("ü.x", metadata=metadata))
    back = there_and_back(clean_spark, tmp_path, {"v": frame}).table("v")
    assert back.schema["ü.x"].metadata == metadata
    assert back.collect() == frame.collect()


def test_an_empty_view_comes_back_with_its_schema(clean_spark: SparkSession, tmp_path: Path) -> None:
    frame = clean_spark.createDataFrame([], "a STRING, b STRUCT<c: INT>")
    back = there_and_back(clean_spark, tmp_path, {"v": frame}).table("v")
    assert back.schema == frame.schema
    assert back.collect() == []


@pytest.mark.parametrize(
    "name", ["two words", "a.b", "../up", "/etc", "tick`s", "ü", "x=1", "%2e%2e", "*?[a]{b}", "a" * 300]
)
def test_views_of_any_name_come_back(clean_spark: SparkSession, tmp_path: Path, name: str) -> None:
    session = there_and_back(clean_spark, tmp_path, {name: clean_spark.range(3)})
    assert session.table(f"`{name.replace('`', '``')}`").count() == 3
    assert [entry.name for entry in tmp_path.iterdir()] == ["handover"]


def test_the_root_may_have_characters_that_mean_something_to_spark(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    root = tmp_path / "a [x]{y} b=1 %20 *"
    assert there_and_back(clean_spark, root, {"v": clean_spark.range(3)}).table("v").columns == ["id"]


def test_hadoops_file_systems_serve_as_well_as_the_local_disk(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    session = new_session(clean_spark)
    files = HadoopFiles(f"file://{tmp_path}/x", session)
    with pytest.raises(OSError, match="x/missing"):
        files.sizes("missing")
    clean_spark.range(1).write.parquet(files.spark_path("v"))
    files.write("v/manifest.json", b"{}\xff")
    files.write("v/manifest.json".replace("manifest", "other"), b"123")
    assert files.read("v/manifest.json") == b"{}\xff"
    assert files.sizes("v")["other.json"] == 3
    assert files.sizes("") == {"v": -1}
    assert not [name for name in files.sizes("v") if name.startswith((".", "_"))]
    files.remove("v")
    files.remove("v")
    assert not (tmp_path / "x" / "v").exists()


@pytest.mark.parametrize(
    ("query", "expected"),
    [("SELECT 1 AS a, 2 AS A, 3 AS b", "got a more than once"), ("SELECT", "it has no columns")],
)
def test_a_view_that_parquet_cannot_hold_is_a_clear_error(
    clean_spark: SparkSession, tmp_path: Path, query: str, expected: str
) -> None:
    frame = clean_spark.sql(query) if query != "SELECT" else clean_spark.range(1).select()
    with pytest.raises(
        ComponentError, match=f"component 'maker': view 'v' cannot be materialised.*{expected}"
    ):
        there_and_back(clean_spark, tmp_path, {"v": frame})


def test_a_view_may_be_computed_from_its_former_self(clean_spark: SparkSession, tmp_path: Path) -> None:
    session = new_session(clean_spark)
    handover = HandOver(PIPELINE, session, root=str(tmp_path), run=("p", "r"))
    session.spark.range(3).createOrReplaceTempView("v")
    handover.write(MAKER, ["v"])
    session.spark.sql("SELECT id + 1 AS id FROM v").createOrReplaceTempView("v")
    handover.write(MAKER, ["v"])
    assert sorted(row.id for row in session.spark.table("v").collect()) == [1, 2, 3]


def test_a_view_that_is_held_back_is_neither_defined_again_nor_handed_over(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    session = new_session(clean_spark)
    handover = HandOver(PIPELINE, session, root=str(tmp_path), run=("p", "r"))
    for name in ("mine", "others"):
        session.spark.range(3).createOrReplaceTempView(name)
    before = TempViews(session).identities()
    record = handover.write(MAKER, ["mine", "others"], lambda _: nullcontext(["mine"]))
    assert record is not None
    after = TempViews(session).identities()
    assert (after["mine"] != before["mine"], after["others"] == before["others"]) == (True, True)
    assert [entry.view for entry in handover.verify("maker", record, ["mine"]).views] == ["mine"]
    assert handover.write(MAKER, ["others"], lambda _: nullcontext(())) is None


def chain(root: Path, failures: int = 1, **checkpoint: bool) -> PipelineConfig:
    """Read, clean (a random number for each row), count; the last step fails at first."""
    checkpoint.setdefault("materialize", True)
    return pipeline(
        step("read", kind="source", cls="Views", config={"make": {"raw": "SELECT id FROM range(5)"}}),
        step("clean", "read", cls="Views", config={"make": {"clean": "SELECT id, rand() AS r FROM raw"}}),
        step(
            "twice", "clean", cls="Views", config={"make": {"twice": "SELECT id, r, r * 2 AS d FROM clean"}}
        ),
        step("last", "twice", cls="Views", config={"failures": failures, "make": {"out": OUT}}),
        checkpoint=CheckpointConfig(str(root), **checkpoint),
    )


OUT = "SELECT t.*, sum(r) OVER () AS s FROM twice AS t"


def run(
    spark: SparkSession, config: PipelineConfig, run_id: str = "r"
) -> tuple[PipelineResult, SparkSession]:
    session = new_session(spark)
    assert config.checkpoint.root is not None
    store = LocalCheckpointStore(config.checkpoint.root)
    runner = SimplePipelineRunner(config, spark_wrapper=session, run_id=run_id, checkpoint_store=store)
    return runner.run(resume=True), session.spark


def parquet_of(root: Path, view: str) -> list[Path]:
    return sorted(root.glob(f"handover/*/try-*/*/{view}-*/part-*.parquet"))


def test_a_resumed_run_restores_what_is_needed_and_runs_nothing_of_it_again(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    config = chain(tmp_path)
    first, session = run(clean_spark, config)
    assert first.completed_components == ["read", "clean", "twice"]
    before = session.table("twice").collect()
    EVENTS.clear()

    second, session = run(clean_spark, config)
    assert EVENTS == ["run last"]
    assert second.status is PipelineResultStatus.SUCCESS
    assert (second.restored_components, second.completed_components) == (["twice"], ["last"])
    assert sorted(second.skipped_components) == ["clean", "read"]
    assert len(before) == 5
    assert not list((tmp_path / "handover").iterdir()), "nothing is left of a completed run"


def test_all_who_read_a_materialised_view_read_the_same_rows(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    result, session = run(clean_spark, chain(tmp_path, failures=0, keep=True))
    assert result.failed_components == []
    # rand() is computed once: what the next component read is what the view holds.
    assert {row.r for row in session.table("clean").collect()} == {
        row.r for row in session.table("twice").collect()
    }


def test_restored_rows_are_those_that_were_written(clean_spark: SparkSession, tmp_path: Path) -> None:
    config = chain(tmp_path, keep=True)
    _, session = run(clean_spark, config)
    written = sorted(session.table("twice").collect())
    second, session = run(clean_spark, config)
    assert second.restored_components == ["twice"]
    assert sorted(session.table("out").drop("s").collect()) == written


def test_each_component_is_said_to_have_made_its_own_views_only(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    result, _ = run(clean_spark, chain(tmp_path, failures=0))
    assert [entry.views for entry in result.component_results] == [("raw",), ("clean",), ("twice",), ("out",)]


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-10])


def other_manifest(file: Path) -> None:
    manifest = file.parent.parent / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b"twice", b"clean"))


def extra_file(file: Path) -> None:
    shutil.copy(file, file.with_name("part-extra.parquet"))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (Path.unlink, "is missing"),
        (truncate, "bytes, not"),
        (extra_file, "has unknown files"),
        (other_manifest, "its manifest has changed since the checkpoint was saved"),
        (lambda file: shutil.rmtree(file.parent.parent), "No such file"),
    ],
    ids=["missing", "torn", "extra", "foreign", "gone"],
)
def test_a_damaged_hand_over_is_a_warning_and_a_replay_and_the_answer_is_right(
    clean_spark: SparkSession, tmp_path: Path, damage: object, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    config = chain(tmp_path, keep=True)
    _, session = run(clean_spark, config)
    rows = sorted((row.id, row.r) for row in session.table("clean").collect())
    EVENTS.clear()
    damage(parquet_of(tmp_path, "twice")[0])  # type: ignore[operator] # one of the functions above
    with caplog.at_level(logging.WARNING):
        second, session = run(clean_spark, config)
    assert reason in caplog.text
    assert (second.restored_components, second.replayed_components) == (["clean"], ["twice"])
    assert EVENTS == ["run twice", "run last"]
    assert sorted((row.id, row.r) for row in session.table("out").collect()) == rows


def test_other_settings_upstream_make_a_hand_over_foreign(
    clean_spark: SparkSession, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = chain(tmp_path)
    run(clean_spark, config)
    read = step("read", kind="source", cls="Views", config={"make": {"raw": "SELECT id FROM range(7)"}})
    second, _ = run(clean_spark, replace(config, components=[read, *config.components[1:]]))
    assert "have changed since" in caplog.text
    assert second.restored_components == []
    assert second.status is PipelineResultStatus.SUCCESS, second.failed_components


def test_old_tries_are_removed_when_the_run_completes_and_the_rest_is_kept_if_asked_for(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    config = chain(tmp_path, failures=2, keep=True)
    run(clean_spark, config)
    for file in [*parquet_of(tmp_path, "clean"), *parquet_of(tmp_path, "twice")]:
        file.unlink()
    run(clean_spark, config)  # writes both again, and fails again
    assert len({file.parts[-4] for file in parquet_of(tmp_path, "twice")}) == 1
    assert len(list(tmp_path.glob("handover/*/try-*"))) == 2
    third, session = run(clean_spark, config)
    assert third.restored_components == ["twice"]
    assert len(list(tmp_path.glob("handover/*/try-*"))) == 2, "that of the second try and of the third"
    assert session.table("out").count() == 5


def test_two_runs_never_share_a_directory(clean_spark: SparkSession, tmp_path: Path) -> None:
    run(clean_spark, chain(tmp_path), run_id="a")
    reset()
    run(clean_spark, chain(tmp_path), run_id="A")
    assert len(list(tmp_path.glob("handover/*"))) == 2


def test_a_path_out_of_the_runs_directory_is_refused(clean_spark: SparkSession, tmp_path: Path) -> None:
    handover = HandOver(PIPELINE, new_session(clean_spark), root=str(tmp_path), run=("p", "r"))
    for directory in ("../x/y", "a/..", "/etc/x", "a", "a/b/c", "."):
        with pytest.raises(HandOverDamagedError, match="not a directory inside"):
            handover.verify("maker", HandOverRecord(directory, "0"), ["v"])


def test_without_a_checkpoint_nothing_is_left_either_way(clean_spark: SparkSession, tmp_path: Path) -> None:
    for failures in (0, 9):
        config = chain(tmp_path, failures=failures)
        SimplePipelineRunner(config, spark_wrapper=new_session(clean_spark)).run()
        assert not list((tmp_path / "handover").iterdir())


def test_a_source_is_materialised_only_where_it_says_so(clean_spark: SparkSession, tmp_path: Path) -> None:
    config = chain(tmp_path)
    run(clean_spark, config)
    assert (bool(parquet_of(tmp_path, "clean")), bool(parquet_of(tmp_path, "raw"))) == (True, False)
    reset()
    read = replace(config.components[0], materialize=True)
    clean = replace(config.components[1], materialize=False)
    run(clean_spark, replace(config, components=[read, clean, *config.components[2:]]), run_id="other")
    assert (len(parquet_of(tmp_path, "clean")), bool(parquet_of(tmp_path, "raw"))) == (2, True)


def test_what_only_a_later_try_of_a_component_made_is_handed_over_too(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    retry = RetryConfig(max_attempts=2, initial_delay_seconds=0)
    maker = step("maker", retry=retry)
    config = pipeline(
        maker,
        step("last", "maker", cls="Views", config={"failures": 1, "make": {"out": "SELECT * FROM a, b"}}),
        checkpoint=CheckpointConfig(str(tmp_path), materialize=True, keep=True),
    )

    def make() -> None:
        if TRIES["maker"] == 1:  # the view is made, but cannot be written
            session.spark.sql("SELECT raise_error('lost') AS x").createOrReplaceTempView("a")
        else:
            session.spark.sql("SELECT 1 AS x").createOrReplaceTempView("a")
            session.spark.sql("SELECT 2 AS y").createOrReplaceTempView("b")

    ON_RUN["maker"] = make
    store = LocalCheckpointStore(tmp_path)
    for outcome in (["maker"], []):
        session = new_session(clean_spark)
        runner = SimplePipelineRunner(config, spark_wrapper=session, run_id="r", checkpoint_store=store)
        result = runner.run(resume=True)
        assert [
            component_result.views
            for component_result in result.component_results
            if component_result.component_name == "maker"
        ] == [("a", "b")]
        assert result.component_results[0].retries == len(outcome)
    assert (result.restored_components, session.spark.table("out").collect()) == (["maker"], [(1, 2)])


@pytest.mark.parametrize("materialize", [True, False])
@pytest.mark.parametrize("drops_only", [True, False])
def test_a_resumed_run_shows_no_view_that_a_completed_component_had_dropped(
    clean_spark: SparkSession, tmp_path: Path, materialize: bool, drops_only: bool
) -> None:
    made = {} if drops_only else {"kept": "SELECT count(*) AS n FROM scratch"}
    seen: list[list[str]] = []
    config = pipeline(
        step("maker", cls="Views", config={"make": {"scratch": "SELECT 1 AS x", "other": "SELECT 2 AS x"}}),
        step("dropper", "maker", cls="Views", config={"make": made, "drop": ["scratch"]}),
        step("reader", "maker", "dropper", config={"failures": 1}),
        checkpoint=CheckpointConfig(str(tmp_path), materialize=materialize),
    )
    store = LocalCheckpointStore(tmp_path)
    for _ in range(2):
        session = new_session(clean_spark)
        ON_RUN["reader"] = lambda now=session: seen.append(sorted(TempViews(now).names()))
        runner = SimplePipelineRunner(config, spark_wrapper=session, run_id="r", checkpoint_store=store)
        result = runner.run(resume=True)
    assert result.status is PipelineResultStatus.SUCCESS
    assert seen == [sorted({"other", *made})] * 2
    assert result.component_results[1].dropped == ("scratch",)
    ran_again = [] if materialize else ["run maker", *(["run dropper"] if made else [])]
    assert ["run maker", "run dropper", "run reader", *ran_again, "run reader"] == EVENTS


def test_a_lazy_view_fails_within_its_components_retries(clean_spark: SparkSession, tmp_path: Path) -> None:
    retry = RetryConfig(max_attempts=2, initial_delay_seconds=0)
    maker = step("maker", cls="Views", config={"make": {"v": "SELECT raise_error('lost') AS a"}}, retry=retry)
    config = pipeline(maker, checkpoint=CheckpointConfig(str(tmp_path), materialize=True))
    result, _ = run(clean_spark, config)
    assert EVENTS == ["run maker", "run maker"]
    assert (result.component_results[0].success, result.component_results[0].retries) == (False, 1)
    assert "lost" in str(result.component_results[0].error)


def test_writing_views_can_be_cancelled(clean_spark: SparkSession, tmp_path: Path) -> None:
    working = tmp_path / "working"
    os.mkfifo(working)
    maker = step("maker", cls="EndlessView", config={"fifo": str(working), "view": "v"})
    config = pipeline(maker, checkpoint=CheckpointConfig(str(tmp_path), materialize=True))
    runner = SimplePipelineRunner(config, spark_wrapper=new_session(clean_spark))

    def cancel_once_it_runs() -> None:
        working.read_text()
        runner.cancel("enough")

    thread = threading.Thread(target=cancel_once_it_runs, daemon=True)
    thread.start()
    result = runner.run()
    assert isinstance(result.error, PipelineCancelledError)
