"""`Write` to files on real Spark: what is there before, while and after it is killed."""

# ruff: noqa: S608 - the queries are made of the test's own paths and rows

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from ppf_core.batch import OwnInputError, Read, Write
from ppf_core.batch.hadoop_files import HadoopFiles
from ppf_core.component import ComponentError, RunIdentity

pytestmark = pytest.mark.spark

OLD = pd.DataFrame({"id": [1, 2, 3, 4], "kind": ["a", "b", "b", "c"]})
NEW = pd.DataFrame({"id": [5, 6, 7], "kind": ["b", "d", "d"]})
FORMATS = ["csv", "json", "orc", "parquet", "text", "xml"]


class Killed(BaseException):
    """Stands for the end of the process: nothing that follows it is done."""


class LostError(Exception):
    """An ordinary failure."""


class FailingFiles(HadoopFiles):
    """Raises `error` in place of its change number `at`, or right after it."""

    at = -1
    after = False
    error: type[BaseException] = Killed
    changes = 0

    def _change(self, make: Callable[[], None]) -> None:
        number = type(self).changes
        type(self).changes += 1
        if number != self.at or self.after:
            make()
        if number == self.at:
            raise self.error(f"change {number}")

    def make_folder(self, path: str) -> None:
        self._change(lambda: HadoopFiles.make_folder(self, path))

    def rename(self, old: str, new: str) -> None:
        self._change(lambda: HadoopFiles.rename(self, old, new))

    def delete(self, path: str) -> None:
        self._change(lambda: HadoopFiles.delete(self, path))

    def delete_if_empty(self, folder: str) -> None:
        self._change(lambda: HadoopFiles.delete_if_empty(self, folder))


def failing(at: int, *, after: bool = False, error: type[BaseException] = Killed) -> type[FailingFiles]:
    return type("Failing", (FailingFiles,), {"at": at, "after": after, "error": error})


def write(
    spark: SparkSession,
    frame: pd.DataFrame,
    path: Path | str,
    run: str = "r",
    files: type[HadoopFiles] = HadoopFiles,
    **config: Any,
) -> None:
    as_view(spark, frame)
    write_view(spark, "data", path, run, files, **config)


def as_view(spark: SparkSession, frame: pd.DataFrame) -> None:
    """Make the view `data` without Python workers."""
    columns = ", ".join(frame.columns)
    rows = ", ".join(str(tuple(row)).replace(",)", ")") for row in frame.itertuples(index=False)) or "(0, '')"
    query = f"SELECT * FROM VALUES {rows} AS t({columns}) {'' if len(frame) else 'WHERE false'}"
    spark.sql(query.replace("None", "NULL")).coalesce(1).createOrReplaceTempView("data")


def write_view(
    spark: SparkSession,
    view: str,
    path: Path | str,
    run: str = "r",
    files: type[HadoopFiles] = HadoopFiles,
    **config: Any,
) -> None:
    made = Write.from_config({"view": view, "format": "parquet", "path": str(path), **config})
    made.files_class = files  # type: ignore[misc]
    made.set_run_identity(RunIdentity((), "p", run, "write"))
    made.set_spark_session(spark)
    made.run()


def read(spark: SparkSession, path: Path) -> pd.DataFrame:
    """Read it with Spark."""
    return in_order(spark.read.parquet(str(path)).select("id", "kind").toPandas())


def look(*folders: Path) -> pd.DataFrame:
    """Read it at this moment, without Spark."""
    frames = [OLD[:0]]
    for folder in folders:
        for file in folder.rglob("part-*.parquet"):
            frame = pd.read_parquet(file, partitioning=None)
            values = [part.partition("=")[2] for part in file.parts if part.startswith("kind=")]
            frames.append(frame.assign(kind=values[0]) if values else frame)
    return in_order(*frames)[["id", "kind"]]


def in_order(*frames: pd.DataFrame) -> pd.DataFrame:
    return pd.concat(frames).sort_values(["id", "kind"]).reset_index(drop=True)


def same(left: pd.DataFrame, right: pd.DataFrame) -> bool:
    return left.astype(str).equals(right.astype(str))


def assert_nothing_staged(folder: Path) -> None:
    assert [each.name for each in folder.iterdir() if each.name.startswith(".")] == []


def put(spark: SparkSession, frame: pd.DataFrame, path: Path, *partition_by: str) -> None:
    as_view(spark, frame)
    spark.table("data").write.partitionBy(*partition_by).parquet(str(path))


# ---- What each mode means


@pytest.mark.parametrize("how", FORMATS)
@pytest.mark.parametrize("mode", ["overwrite", "append"])
def test_every_file_format_is_written_as_spark_would_write_it(
    clean_spark: SparkSession, tmp_path: Path, how: str, mode: str
) -> None:
    options = {"csv": {"header": "true", "inferSchema": "true"}, "xml": {"rowTag": "row"}}.get(how, {})
    columns = ["kind"] if how == "text" else ["id", "kind"]
    for frame, run in ((OLD, "1"), (NEW, "2")):
        write(clean_spark, frame[columns], tmp_path / "out", run, format=how, mode=mode, options=options)
    got = clean_spark.read.format(how).options(**options).load(str(tmp_path / "out")).toPandas()
    expected = pd.concat([OLD, NEW] if mode == "append" else [NEW])[columns]
    got.columns = columns
    key = lambda frame: sorted(tuple(map(str, row)) for row in frame.itertuples(index=False))  # noqa: E731
    assert key(got) == key(expected)
    assert (tmp_path / "out" / "_SUCCESS").exists()
    assert_nothing_staged(tmp_path)


def test_error_refuses_and_ignore_leaves_alone_what_exists(clean_spark: SparkSession, tmp_path: Path) -> None:
    target = tmp_path / "out"
    write(clean_spark, OLD, target)
    with pytest.raises(AnalysisException, match="PATH_ALREADY_EXISTS"):
        write(clean_spark, NEW, target, mode="error")
    write(clean_spark, NEW, target, mode="ignore")
    assert same(read(clean_spark, target), OLD)
    write(clean_spark, NEW, tmp_path / "other", mode="ignore")
    assert same(read(clean_spark, tmp_path / "other"), NEW)
    assert_nothing_staged(tmp_path)


@pytest.mark.parametrize(
    "name", ["with space", "100%25 %", "a:b", "d=1", "[x]{y}*?", "ünï", "#frag", "a/b/c"], ids=str
)
@pytest.mark.parametrize("mode", ["overwrite", "append"])
def test_odd_names_are_taken_as_they_are(
    clean_spark: SparkSession, tmp_path: Path, name: str, mode: str
) -> None:
    target = tmp_path / name
    for run in ("1", "2"):
        write(clean_spark, NEW, target, run, mode=mode, partition_by=["kind"])
    written = pd.concat([pd.read_parquet(each) for each in target.glob("kind=*/*.parquet")])
    assert sorted(written["id"]) == sorted([5, 6, 7] * (2 if mode == "append" else 1))
    assert_nothing_staged(target.parent)


def test_a_relative_path_is_below_the_working_directory(clean_spark: SparkSession) -> None:
    name = f"ppf_relative_{os.getpid()}"
    target = Path(clean_spark._jvm.java.lang.System.getProperty("user.dir")) / name / "out"  # type: ignore[union-attr]
    try:
        for _ in range(2):
            write(clean_spark, NEW, f"{name}/out/", mode="overwrite")
        assert same(read(clean_spark, target), NEW)
        assert_nothing_staged(target.parent)
    finally:
        HadoopFiles(clean_spark).delete(str(target.parent))


def test_a_link_to_the_target_stays_a_link(clean_spark: SparkSession, tmp_path: Path) -> None:
    put(clean_spark, OLD, tmp_path / "real")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write(clean_spark, NEW, tmp_path / "link", mode="overwrite")
    assert (tmp_path / "link").is_symlink()
    assert same(read(clean_spark, tmp_path / "real"), NEW)


def test_the_whole_of_a_file_system_is_no_target(clean_spark: SparkSession) -> None:
    with pytest.raises(ComponentError, match="got its root"):
        write(clean_spark, NEW, "/", mode="overwrite")


# ---- Partitions


def test_overwrite_replaces_only_the_partitions_that_the_data_has(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    put(clean_spark, OLD, tmp_path / "out", "kind")
    write(clean_spark, NEW, tmp_path / "out", mode="overwrite", partition_by=["kind"])
    assert same(read(clean_spark, tmp_path / "out"), in_order(OLD[OLD["kind"] != "b"], NEW))
    assert_nothing_staged(tmp_path)


def test_partitions_in_partitions_and_odd_values(clean_spark: SparkSession, tmp_path: Path) -> None:
    old = pd.DataFrame({"id": [1, 2, 3], "day": ["1:2/3", "1:2/3", None], "kind": ["a=b", "c", "a=b"]})
    new = pd.DataFrame({"id": [4, 5], "day": ["1:2/3", None], "kind": ["a=b", "%"]})
    put(clean_spark, old, tmp_path / "out", "day", "kind")
    write(clean_spark, new, tmp_path / "out", mode="overwrite", partition_by=["day", "kind"])
    got = clean_spark.read.parquet(str(tmp_path / "out")).toPandas().sort_values("id")
    assert got["id"].tolist() == [2, 3, 4, 5]
    assert got["kind"].tolist() == ["c", "a=b", "a=b", "%"]


def test_static_overwrite_replaces_every_partition(clean_spark: SparkSession, tmp_path: Path) -> None:
    put(clean_spark, OLD, tmp_path / "out", "kind")
    static = {"partitionOverwriteMode": "static"}
    write(clean_spark, NEW, tmp_path / "out", mode="overwrite", partition_by=["kind"], options=static)
    assert same(read(clean_spark, tmp_path / "out"), NEW)


def test_no_rows_replace_no_partitions(clean_spark: SparkSession, tmp_path: Path) -> None:
    put(clean_spark, OLD, tmp_path / "out", "kind")
    as_view(clean_spark, NEW[:0])
    write_view(clean_spark, "data", tmp_path / "out", mode="overwrite", partition_by=["kind"])
    assert same(read(clean_spark, tmp_path / "out"), OLD)


@pytest.mark.parametrize("before", [(), ("id",)], ids=["not partitioned", "by another column"])
def test_partitions_are_not_mixed_with_another_layout(
    clean_spark: SparkSession, tmp_path: Path, before: tuple[str, ...]
) -> None:
    put(clean_spark, OLD, tmp_path / "out", *before)
    with pytest.raises(ComponentError, match="partitioned by kind"):
        write(clean_spark, NEW, tmp_path / "out", mode="overwrite", partition_by=["kind"])
    assert same(read(clean_spark, tmp_path / "out"), OLD)
    assert_nothing_staged(tmp_path)


# ---- Killed


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("partition_by", [[], ["kind"]], ids=["whole", "partitions"])
@pytest.mark.parametrize("mode", ["overwrite", "append", "error"])
def test_killed_at_any_change_the_next_try_makes_it_whole(
    clean_spark: SparkSession, tmp_path: Path, mode: str, partition_by: list[str], after: bool
) -> None:
    kept = (
        OLD
        if mode == "append"
        else OLD[OLD["kind"] != "b"]
        if partition_by and mode == "overwrite"
        else OLD[:0]
    )
    expected = in_order(kept, NEW)
    put(clean_spark, OLD, tmp_path / "old", *partition_by)
    as_view(clean_spark, NEW)
    at, finished = 0, False
    while not finished:
        target = tmp_path / str(at) / "out"
        target.parent.mkdir()
        if mode != "error":
            shutil.copytree(tmp_path / "old", target)
        config: dict[str, Any] = {"mode": mode, "partition_by": partition_by}
        try:
            write_view(clean_spark, "data", target, files=failing(at, after=after), **config)
            finished = True
        except Killed:
            seen, aside = (
                look(target),
                look(*target.parent.glob(".ppf-*/*/old-*"), *target.parent.glob(".ppf-*/*/parts-*")),
            )
            if mode == "append":  # nothing that was there is ever out of sight
                assert OLD["id"].isin(seen["id"]).all()
            elif mode == "overwrite":  # what is out of sight is set aside, or replaced already
                for kind, rows in OLD.groupby(lambda row: OLD["kind"][row] if partition_by else "all"):
                    replaced = NEW[NEW["kind"] == kind] if partition_by else NEW
                    present = rows["id"].isin([*seen["id"], *aside["id"]]).all()
                    assert present or (len(replaced) and replaced["id"].isin(seen["id"]).all())
        if mode == "error" and target.exists():
            assert same(look(target), expected)  # complete, or not there
        else:
            write_view(clean_spark, "data", target, **config)
            assert same(look(target), expected), f"killed at change {at}"
            assert_nothing_staged(target.parent)
        at += 1
    assert at >= 3


@pytest.mark.parametrize("partition_by", [[], ["kind"]], ids=["whole", "partitions"])
def test_what_a_killed_overwrite_set_aside_is_put_back_by_a_write_of_another_run(
    clean_spark: SparkSession, tmp_path: Path, partition_by: list[str]
) -> None:
    target = tmp_path / "out"
    put(clean_spark, OLD, target, *partition_by)
    overwrite: dict[str, Any] = {"mode": "overwrite", "partition_by": partition_by}
    with pytest.raises(Killed):  # set aside is the first rename
        write(clean_spark, NEW, target, "killed", failing(1 if partition_by else 0, after=True), **overwrite)
    assert len(look(target)) < len(OLD)
    write(clean_spark, NEW, target, "next", mode="append", partition_by=partition_by)
    assert same(look(target), in_order(OLD, NEW))
    write(clean_spark, NEW, target, "killed", **overwrite)
    assert_nothing_staged(tmp_path)


@pytest.mark.parametrize("partition_by", [[], ["kind"]], ids=["whole", "partitions"])
def test_an_overwrite_that_fails_in_good_order_leaves_what_there_was(
    clean_spark: SparkSession, tmp_path: Path, partition_by: list[str]
) -> None:
    put(clean_spark, OLD, tmp_path / "out", *partition_by)
    for at in range(2):
        files = failing(at, error=LostError)
        with pytest.raises(LostError):
            write(
                clean_spark, NEW, tmp_path / "out", files=files, mode="overwrite", partition_by=partition_by
            )
        assert same(read(clean_spark, tmp_path / "out"), OLD)
        assert_nothing_staged(tmp_path)


def test_a_job_that_fails_leaves_what_there_was(clean_spark: SparkSession, tmp_path: Path) -> None:
    put(clean_spark, OLD, tmp_path / "out")
    clean_spark.sql("SELECT raise_error('no') AS id, 'x' AS kind FROM range(3)").createOrReplaceTempView(
        "bad"
    )
    for mode in ("overwrite", "append"):
        with pytest.raises(Exception, match="USER_RAISED_EXCEPTION"):
            write_view(clean_spark, "bad", tmp_path / "out", mode=mode)
        assert same(read(clean_spark, tmp_path / "out"), OLD)
        assert_nothing_staged(tmp_path)


def test_staging_of_another_run_is_left_alone_until_it_is_a_week_old(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    theirs = tmp_path / ".ppf-out" / "0123456789abcdef-01234567"
    (theirs / "new").mkdir(parents=True)
    write(clean_spark, NEW, tmp_path / "out", mode="overwrite")
    assert (theirs / "new").exists()
    os.utime(theirs, (0, 0))
    write(clean_spark, NEW, tmp_path / "out", mode="overwrite")
    assert_nothing_staged(tmp_path)


# ---- Append


@pytest.mark.parametrize("partition_by", [[], ["kind"]], ids=["whole", "partitions"])
def test_append_again_in_the_same_run_replaces_what_it_had_added(
    clean_spark: SparkSession, tmp_path: Path, partition_by: list[str]
) -> None:
    target = tmp_path / "out"
    append: dict[str, Any] = {"mode": "append", "partition_by": partition_by}
    write(clean_spark, OLD, target, "1", **append)
    write(clean_spark, OLD, target, "2", **append)  # another try of run 2 had other rows, in other partitions
    write(clean_spark, NEW, target, "2", **append)
    assert same(read(clean_spark, target), in_order(OLD, NEW))
    write(clean_spark, NEW, target, "3", **append)
    assert same(read(clean_spark, target), in_order(OLD, NEW, NEW))


def test_without_a_run_each_component_appends_for_itself(clean_spark: SparkSession, tmp_path: Path) -> None:
    as_view(clean_spark, NEW)
    for _ in range(2):
        made = Write.from_config(
            {"view": "data", "format": "parquet", "path": str(tmp_path / "o"), "mode": "append"}
        )
        made.set_spark_session(clean_spark)
        made.run()
        made.run()  # a retry
    assert same(read(clean_spark, tmp_path / "o"), in_order(NEW, NEW))


# ---- Own input


def target_read(spark: SparkSession, target: Path, how: str) -> None:
    """Make the view `data` of what is in the target."""
    read_it = f"parquet.`{target}`"
    link = target.parent / "link"
    if how == "cached":
        spark.read.parquet(str(target)).cache().createOrReplaceTempView("data")
        assert spark.table("data").count() == len(OLD)
        return
    if how == "link":
        link.symlink_to(target)
    query = {
        "plain": f"SELECT * FROM {read_it}",
        "subquery": f"SELECT 9 AS id, 'b' AS kind WHERE 3 IN (SELECT id FROM {read_it})",
        "nested subquery": f"SELECT 9 AS id WHERE 3 IN (SELECT 3 WHERE 2 IN (SELECT id FROM {read_it}))",
        "cte": f"WITH x AS (SELECT * FROM {read_it}) SELECT l.id, r.kind FROM x l JOIN x r ON l.id = r.id",
        "link": f"SELECT * FROM parquet.`{link}`",
        "one folder of it": f"SELECT id, 'b' AS kind FROM parquet.`{target}/kind=b`",
    }[how]
    spark.sql(query).createOrReplaceTempView("inner_view")
    spark.sql("SELECT * FROM inner_view").createOrReplaceTempView("data")


@pytest.mark.parametrize("partition_by", [[], ["kind"]], ids=["whole", "partitions"])
@pytest.mark.parametrize(
    "how", ["plain", "cached", "subquery", "nested subquery", "cte", "link", "one folder of it"]
)
def test_overwriting_its_own_input_is_refused_and_the_data_stays(
    clean_spark: SparkSession, tmp_path: Path, how: str, partition_by: list[str]
) -> None:
    if how == "nested subquery" and partition_by:
        pytest.skip("has no column to partition by")
    put(clean_spark, OLD, tmp_path / "out", "kind")
    target_read(clean_spark, tmp_path / "out", how)
    with pytest.raises(OwnInputError, match=r"Nothing was changed") as caught:
        write_view(clean_spark, "data", tmp_path / "out", mode="overwrite", partition_by=partition_by)
    assert "out" in caught.value.target
    clean_spark.catalog.clearCache()
    assert same(read(clean_spark, tmp_path / "out"), OLD)
    assert_nothing_staged(tmp_path)


def test_one_partition_may_be_made_of_another(clean_spark: SparkSession, tmp_path: Path) -> None:
    put(clean_spark, OLD, tmp_path / "out", "kind")
    query = f"SELECT id + 10 AS id, 'c' AS kind FROM parquet.`{tmp_path}/out/kind=b`"
    clean_spark.sql(query).createOrReplaceTempView("data")
    write_view(clean_spark, "data", tmp_path / "out", mode="overwrite", partition_by=["kind"])
    assert read(clean_spark, tmp_path / "out")["id"].tolist() == [1, 2, 3, 12, 13]


@pytest.mark.parametrize("recursive", [True, False])
def test_a_folder_above_the_target_counts_if_its_files_below_are_read(
    clean_spark: SparkSession, tmp_path: Path, recursive: bool
) -> None:
    put(clean_spark, OLD, tmp_path / "in")
    put(clean_spark, NEW, tmp_path / "in" / "out")
    options = {"recursiveFileLookup": recursive}
    run = Read.from_config(
        {"format": "parquet", "path": str(tmp_path / "in"), "options": options, "output_view": "data"}
    )
    run.set_spark_session(clean_spark)
    run.run()
    if recursive:
        with pytest.raises(OwnInputError):
            write_view(clean_spark, "data", tmp_path / "in" / "out", mode="overwrite")
        assert same(read(clean_spark, tmp_path / "in" / "out"), NEW)
    else:
        write_view(clean_spark, "data", tmp_path / "in" / "out", mode="overwrite")
        assert same(read(clean_spark, tmp_path / "in" / "out"), OLD)


def test_a_neighbour_with_a_longer_name_is_no_input_of_its_own(
    clean_spark: SparkSession, tmp_path: Path
) -> None:
    put(clean_spark, OLD, tmp_path / "out2")
    clean_spark.read.parquet(str(tmp_path / "out2")).createOrReplaceTempView("data")
    write_view(clean_spark, "data", tmp_path / "out", mode="overwrite")
    assert same(read(clean_spark, tmp_path / "out"), OLD)


def test_appending_to_its_own_input_is_allowed(clean_spark: SparkSession, tmp_path: Path) -> None:
    put(clean_spark, OLD, tmp_path / "out")
    clean_spark.read.parquet(str(tmp_path / "out")).createOrReplaceTempView("data")
    write_view(clean_spark, "data", tmp_path / "out", mode="append")
    assert same(read(clean_spark, tmp_path / "out"), in_order(OLD, OLD))


@pytest.mark.parametrize("through", ["name", "files"])
def test_a_table_made_of_itself_is_refused_and_stays(
    clean_spark: SparkSession, tmp_path: Path, through: str
) -> None:
    put(clean_spark, OLD, tmp_path / "t")
    clean_spark.sql(f"CREATE TABLE ppf_own USING parquet LOCATION '{tmp_path}/t'")
    try:
        source = "ppf_own" if through == "name" else f"parquet.`{tmp_path}/t`"
        clean_spark.sql(f"SELECT * FROM {source}").createOrReplaceTempView("data")
        for table in ("ppf_own", "default.ppf_own", "spark_catalog.default.ppf_own"):
            made = Write.from_config({"view": "data", "table": table, "mode": "overwrite"})
            made.set_spark_session(clean_spark)
            with pytest.raises(OwnInputError):
                made.run()
            assert same(read(clean_spark, tmp_path / "t"), OLD)
    finally:
        clean_spark.sql("DROP TABLE ppf_own")


class ConnectSession:
    """The part of a Spark Connect session that `Write` uses; it records the calls of its writer."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def table(self, name: str) -> ConnectSession:
        return self

    def observe(self, observation: object, *metrics: object) -> ConnectSession:
        return self

    @property
    def write(self) -> ConnectSession:
        return self

    def __getattr__(self, name: str) -> Callable[..., ConnectSession]:
        if name.startswith("_"):
            raise AttributeError(name)

        def note(*values: str, **options: str) -> ConnectSession:
            self.calls.append(" ".join([name, *values]))
            return self

        return note


ConnectSession.__module__ = "pyspark.sql.connect.session"


def test_on_connect_spark_itself_writes_and_the_log_says_what_that_means(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    session = ConnectSession()
    write_view(session, "data", tmp_path / "out", mode="overwrite")  # type: ignore[arg-type]
    assert session.calls == ["options", "format parquet", "mode overwrite", f"save {tmp_path}/out"]
    assert "On Spark Connect" in caplog.text
