"""The built-in components on real Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pyspark.errors import AnalysisException

from ppf_core.batch import Read, Sql, Write
from ppf_core.component import ComponentError
from ppf_core.config import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark


def run(spark: SparkSession, cls: type[Read | Sql | Write], **config: Any) -> None:
    assert cls.validate_config(config) == []
    made = cls.from_config(config)
    made.set_spark_session(spark)
    made.run()


@pytest.fixture
def numbers(clean_spark: SparkSession) -> SparkSession:
    clean_spark.sql(
        "SELECT * FROM VALUES (1, 'a'), (2, 'b'), (3, 'a') AS t(id, kind)"
    ).createOrReplaceTempView("numbers")
    return clean_spark


def rows(spark: SparkSession, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in spark.sql(query).collect()]


def test_read_files_with_options_and_schema(clean_spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("id;name\n1;x\n2;y\n")
    run(
        clean_spark,
        Read,
        format="csv",
        path=str(tmp_path / "one.csv"),
        schema="id BIGINT, name STRING",
        options={"header": True, "sep": ";"},
        output_view="v",
    )
    assert rows(clean_spark, "SELECT * FROM v ORDER BY id") == [(1, "x"), (2, "y")]


def test_read_several_paths(clean_spark: SparkSession, tmp_path: Path) -> None:
    paths = [tmp_path / "one.txt", tmp_path / "two.txt"]
    for path in paths:
        path.write_text(f"{path.stem}\n")
    run(clean_spark, Read, format="text", path=[str(path) for path in paths], output_view="v")
    assert rows(clean_spark, "SELECT value FROM v ORDER BY value") == [("one",), ("two",)]


def test_read_a_table(numbers: SparkSession) -> None:
    run(numbers, Read, table="numbers", output_view="v")
    assert rows(numbers, "SELECT count(*) FROM v") == [(3,)]


def test_read_of_a_missing_path_says_so(clean_spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(AnalysisException, match="PATH_NOT_FOUND"):
        run(clean_spark, Read, format="csv", path=str(tmp_path / "nothing"), output_view="v")


def test_sql_makes_a_view_of_the_columns_that_it_declares(numbers: SparkSession) -> None:
    run(numbers, Sql, query="SELECT * FROM numbers", schema="kind STRING, id INT", output_view="v")
    assert rows(numbers, "SELECT count(*) FROM v") == [(3,)]


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("id BIGINT, kind STRING", "column id: expected bigint, got int"),
        ("id INT", "column kind: expected no such column, got string"),
    ],
    ids=["another type", "one more column"],
)
def test_sql_that_gives_other_columns_than_it_declares_fails_and_makes_no_view(
    numbers: SparkSession, schema: str, message: str
) -> None:
    with pytest.raises(ComponentError, match=f"view v differs from its declared schema: {message}"):
        run(numbers, Sql, query="SELECT * FROM numbers", schema=schema, output_view="v")
    assert not numbers.catalog.tableExists("v")


def test_sql_makes_a_view_with_named_arguments(numbers: SparkSession) -> None:
    query = "SELECT id FROM numbers WHERE kind = :kind AND id < :most"
    run(numbers, Sql, query=query, args={"kind": "a", "most": 3}, output_view="v")
    assert rows(numbers, "SELECT * FROM v") == [(1,)]


def test_an_argument_cannot_change_the_query(numbers: SparkSession) -> None:
    query = "SELECT id FROM numbers WHERE kind = :kind"
    run(numbers, Sql, query=query, args={"kind": "a' OR '1' = '1"}, output_view="v")
    assert rows(numbers, "SELECT * FROM v") == []


def test_sql_runs_a_command_at_once(clean_spark: SparkSession) -> None:
    run(clean_spark, Sql, query="CREATE TEMP VIEW made AS SELECT 1 AS x")
    assert rows(clean_spark, "SELECT * FROM made") == [(1,)]


def test_write_files_partitioned_and_read_them_back(numbers: SparkSession, tmp_path: Path) -> None:
    target = tmp_path / "out"
    run(numbers, Write, view="numbers", format="parquet", path=str(target), partition_by=["kind"])
    assert {path.name for path in target.glob("kind=*")} == {"kind=a", "kind=b"}
    run(numbers, Read, format="parquet", path=str(target), output_view="back")
    assert rows(numbers, "SELECT id, kind FROM back ORDER BY id") == [(1, "a"), (2, "b"), (3, "a")]


def test_write_refuses_to_overwrite_by_default(numbers: SparkSession, tmp_path: Path) -> None:
    target = {"view": "numbers", "format": "json", "path": str(tmp_path / "out")}
    run(numbers, Write, **target)
    with pytest.raises(AnalysisException, match="PATH_ALREADY_EXISTS"):
        run(numbers, Write, **target)
    counts = []
    for mode in ("ignore", "append", "overwrite"):
        run(numbers, Write, **target, mode=mode)
        counts.append(numbers.read.json(str(tmp_path / "out")).count())
    assert counts == [3, 6, 3]


def test_write_a_table(numbers: SparkSession) -> None:
    run(numbers, Write, view="numbers", table="ppf_written", mode="overwrite")
    try:
        assert rows(numbers, "SELECT count(*) FROM ppf_written") == [(3,)]
    finally:
        numbers.sql("DROP TABLE ppf_written")


def test_write_options_reach_spark(numbers: SparkSession, tmp_path: Path) -> None:
    options = {"header": True, "sep": "|"}
    run(numbers, Write, view="numbers", format="csv", path=str(tmp_path / "out"), options=options)
    part = next((tmp_path / "out").glob("part-*.csv"))
    assert part.read_text().splitlines()[0] == "id|kind"


@pytest.mark.parametrize(
    ("cls", "config", "message"),
    [
        (Read, {"output_view": "v"}, "either table, or format"),
        (Read, {"output_view": "v", "table": "t", "format": "csv"}, "got both"),
        (Read, {"output_view": "v", "table": "t", "path": "p"}, "expected no path and no schema with table"),
        (Read, {"table": "t"}, "output_view"),
        (Read, {"output_view": "", "table": "t"}, "output_view"),
        (Read, {"output_view": "v", "table": "t", "optoins": {}}, "options"),
        (Sql, {}, "query"),
        (Sql, {"query": ""}, "query"),
        (Sql, {"query": "SELECT 1", "output": "v"}, "output"),
        (Write, {"view": "v"}, "expected format"),
        (Write, {"view": "v", "format": "csv", "path": "p", "table": "t"}, "got both"),
        (Write, {"view": "v", "format": "csv", "mode": "replace"}, "mode"),
        (Write, {"view": "v", "format": "csv", "options": {"a": [1]}}, "options"),
        (
            Write,
            {"view": "v", "format": "csv", "options": {"Path": "p"}},
            "expected path as a setting, outside of options",
        ),
        (Write, {"view": "v", "format": "csv", "partition_by": "kind"}, "partition_by"),
    ],
)
def test_wrong_settings_are_errors_before_anything_runs(
    cls: type[Read | Sql | Write], config: dict[str, Any], message: str
) -> None:
    problems = cls.validate_config(config)
    assert message in "\n".join(map(str, problems))
    with pytest.raises(ConfigError):
        cls.from_config(config)
