"""The built-in checks on real Spark, their figures computed a second time in pandas or Python."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ppf_core.quality import (
    CheckResult,
    CheckTiming,
    DataQualityCheck,
    custom_sql_check,
    null_check,
    range_check,
    row_count_check,
    run_checks,
    schema_check,
    unique_check,
)

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

FEW = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # each example is a query


def make(check: DataQualityCheck, spark: SparkSession) -> CheckResult:
    (result,) = run_checks([check], spark)
    return result


class CountedTable:
    """A view over rows that counts how often they are read."""

    def __init__(self, spark: SparkSession, view: str, rows: list[tuple[Any, ...]], schema: str) -> None:
        self._counter = counter = spark.sparkContext.accumulator(0)
        self._rows = len(rows)

        def read(row: tuple[Any, ...]) -> tuple[Any, ...]:
            counter.add(1)
            return row

        rdd = spark.sparkContext.parallelize(rows, 2).map(read)
        spark.createDataFrame(rdd, schema).createOrReplaceTempView(view)

    @property
    def passes(self) -> float:
        return self._counter.value / self._rows


@pytest.fixture
def orders(clean_spark: SparkSession) -> CountedTable:
    rows = [
        (i, f"customer {i % 7}" if i % 10 else None, i * 1.5, date(2013, 1, 1 + i % 28)) for i in range(100)
    ]
    return CountedTable(clean_spark, "orders", rows, "id bigint, customer string, price double, day date")


@pytest.fixture
def many_checks() -> list[DataQualityCheck]:
    return [
        row_count_check("orders", 1, 1000),
        row_count_check("orders", 101),
        null_check("orders", ["id", "day"]),
        null_check("orders", "customer"),
        unique_check("orders", "id"),
        unique_check("orders", ["customer", "day"]),
        range_check("orders", "price", 0, 100),
        range_check("orders", "day", date(2013, 1, 1), date(2013, 12, 31)),
        schema_check("orders", {"id": "bigint", "price": "double"}),
    ]


def test_all_checks_of_a_table_read_it_once(
    clean_spark: SparkSession, orders: CountedTable, many_checks: list[DataQualityCheck]
) -> None:
    results = run_checks(many_checks, clean_spark)
    assert [result.passed for result in results] == [True, False, True, False, True, False, False, True, True]
    assert orders.passes == 1


def test_all_checks_of_a_table_are_one_spark_job(
    clean_spark: SparkSession, orders: CountedTable, many_checks: list[DataQualityCheck]
) -> None:
    context = clean_spark.sparkContext
    # Adaptive execution starts a job for each shuffle of one query; without it a query is one job.
    clean_spark.conf.set("spark.sql.adaptive.enabled", "false")
    context.setJobGroup("all checks", "")
    try:
        run_checks(many_checks, clean_spark)
    finally:
        clean_spark.conf.unset("spark.sql.adaptive.enabled")
        context.setLocalProperty("spark.jobGroup.id", None)  # type: ignore[arg-type] # None removes it
    assert len(context.statusTracker().getJobIdsForGroup("all checks")) == 1


def test_a_check_gives_the_same_result_alone_and_with_others(
    clean_spark: SparkSession, orders: CountedTable, many_checks: list[DataQualityCheck]
) -> None:
    together = run_checks(many_checks, clean_spark)
    assert [check.check_fn(clean_spark) for check in many_checks] == together


def test_checks_of_two_tables_and_checks_of_ones_own_keep_their_order(
    clean_spark: SparkSession, orders: CountedTable
) -> None:
    clean_spark.range(3).createOrReplaceTempView("small")
    own = DataQualityCheck(
        "own",
        CheckTiming.AFTER_PIPELINE,
        lambda spark: CheckResult("own", True, str(spark.table("small").count())),
    )
    checks = [row_count_check("small", 3), own, row_count_check("orders", 3), null_check("small", "id")]
    results = run_checks(checks, clean_spark)
    assert [result.check_name for result in results] == [check.name for check in checks]
    assert [result.passed for result in results] == [True] * 4
    assert orders.passes == 1


def test_a_check_that_cannot_be_made_leaves_the_others_their_results(
    clean_spark: SparkSession, orders: CountedTable
) -> None:
    checks = [
        row_count_check("orders", 100),
        range_check("orders", "day", 1, 2),  # a date is not a number
        null_check("orders", ["id", "custmer"]),
        null_check("orders", "customer"),
        row_count_check("ordres", 1),
    ]
    count, wrong_type, no_column, nulls, no_table = run_checks(checks, clean_spark)
    assert (count.passed, nulls.passed, nulls.details) == (
        True,
        False,
        {"rows": 100, "nulls": {"customer": 10}},
    )
    assert not wrong_type.passed
    assert "table orders: the check could not run: AnalysisException" in wrong_type.message
    assert not no_column.passed
    assert no_column.message == (
        'table orders: expected columns id, custmer, got none named custmer (did you mean "customer"?); '
        "the columns are id, customer, price, day"
    )
    assert not no_table.passed
    assert "TABLE_OR_VIEW_NOT_FOUND" in no_table.message


def test_a_value_that_breaks_one_check_leaves_the_others_their_results(clean_spark: SparkSession) -> None:
    clean_spark.createDataFrame([("1",), ("x",)], "v string").createOrReplaceTempView("t")
    broken, fine = run_checks([range_check("t", "v", 0, 5), row_count_check("t", 2)], clean_spark)
    assert not broken.passed
    assert "CAST_INVALID_INPUT" in broken.message
    assert fine.passed


def test_messages_say_what_was_expected_what_came_and_where(
    clean_spark: SparkSession, orders: CountedTable, many_checks: list[DataQualityCheck]
) -> None:
    assert [result.message for result in run_checks(many_checks, clean_spark)] == [
        "table orders: expected 1 to 1000 rows, got 100",
        "table orders: expected at least 101 rows, got 100",
        "table orders: expected no nulls in id, day, got none among 100 rows",
        "table orders: expected no nulls in customer, got 10 in customer among 100 rows",
        "table orders: expected each value of id once, got 0 repeated among 100 rows",
        (
            "table orders: expected each value of customer, day once, got "
            f"{90 - len({(i % 7, i % 28) for i in range(100) if i % 10})} repeated among 100 rows, "
            "10 with a null not counted"
        ),
        (
            "table orders, column price: expected values of at least 0 and at most 100, "
            f"got {sum(i * 1.5 > 100 for i in range(100))} others among 100 rows, smallest 0.0, largest 148.5"
        ),
        (
            "table orders, column day: expected values of at least 2013-01-01 and at most 2013-12-31, "
            "got 0 others among 100 rows, smallest 2013-01-01, largest 2013-01-28"
        ),
        "table orders: the 2 columns are as expected",
    ]


def test_an_empty_table_fails_only_checks_that_ask_for_rows(clean_spark: SparkSession) -> None:
    clean_spark.createDataFrame([], "a int, b string").createOrReplaceTempView("nothing")
    results = run_checks(
        [
            null_check("nothing", ["a", "b"]),
            unique_check("nothing", "a"),
            range_check("nothing", "a", 1, 2),
            schema_check("nothing", "a int, b string", allow_extra=False),
            row_count_check("nothing", max_rows=0),
            row_count_check("nothing", min_rows=1),
        ],
        clean_spark,
    )
    assert [result.passed for result in results] == [True, True, True, True, True, False]


CELLS = st.one_of(st.none(), st.integers(-3, 3))


@pytest.mark.slow
@FEW
@given(st.lists(st.tuples(CELLS, CELLS), max_size=25))
def test_integers_give_the_same_figures_as_pandas(spark: SparkSession, rows: list[tuple[Any, Any]]) -> None:
    spark.createDataFrame(rows, "a int, b int").createOrReplaceTempView("numbers")
    nulls, unique, pair, within = run_checks(
        [
            null_check("numbers", ["a", "b"]),
            unique_check("numbers", "a"),
            unique_check("numbers", ["a", "b"]),
            range_check("numbers", "a", -1, 2),
        ],
        spark,
    )
    frame = pd.DataFrame(rows, columns=["a", "b"], dtype="Int64")
    known = frame["a"].dropna()
    assert nulls.details == {"rows": len(frame), "nulls": frame.isna().sum().to_dict()}
    assert nulls.passed == (not frame.isna().any(axis=None))
    for result, columns in ((unique, ["a"]), (pair, ["a", "b"])):
        keys = frame[columns].dropna()
        assert result.details is not None
        assert result.details["repeated"] == keys.duplicated().sum()
        assert result.details["rows_with_null"] == len(frame) - len(keys)
        assert result.passed == (not keys.duplicated().any())
    assert within.details == {
        "rows": len(frame),
        "outside": (~known.between(-1, 2)).sum(),
        "nulls": frame["a"].isna().sum(),
        "smallest": None if known.empty else known.min(),
        "largest": None if known.empty else known.max(),
    }
    assert within.passed == known.between(-1, 2).all()


@pytest.mark.slow
@FEW
@given(
    st.lists(
        st.one_of(st.none(), st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -0.0]), st.floats(-5, 5))
    ),
    st.floats(-5, 5),
    st.floats(-5, 5),
)
def test_floats_give_the_same_figures_as_python(
    spark: SparkSession, cells: list[float | None], first: float, second: float
) -> None:
    lower, upper = sorted((first, second))
    spark.createDataFrame([(cell,) for cell in cells], "x double").createOrReplaceTempView("floats")
    both, at_least, at_most, unique = run_checks(
        [
            range_check("floats", "x", lower, upper),
            range_check("floats", "x", min=lower),
            range_check("floats", "x", max=upper),
            unique_check("floats", "x"),
        ],
        spark,
    )
    known = [cell for cell in cells if cell is not None]
    assert both.details is not None
    assert both.details["outside"] == sum(not lower <= cell <= upper for cell in known)
    assert at_least.passed == all(cell >= lower for cell in known)
    assert at_most.passed == all(cell <= upper for cell in known)
    # Spark counts NaN as equal to NaN, and -0.0 as equal to 0.0.
    values = Counter("nan" if math.isnan(cell) else cell for cell in known)
    assert unique.details is not None
    assert unique.details["repeated"] == sum(values.values()) - len(values)


@pytest.mark.parametrize(
    ("cells", "column_type", "lower", "upper", "outside"),
    [
        (["1.10", "2.50"], "decimal(10,2)", Decimal("1.10"), Decimal("2.49"), 1),
        ([1, 10**18], "bigint", 0, 10**18 - 1, 1),
        ([1, 10**18], "bigint", 0, 10**30, 0),
        ([date(2013, 1, 1), date(2013, 2, 1)], "date", "2013-01-01", "2013-01-31", 1),
        ([date(2013, 1, 1), date(2013, 2, 1)], "date", date(2013, 1, 2), None, 1),
        (["a", "it's", "m"], "string", "a", "it's", 1),
        (["a", "it's", "m"], "string", "b", None, 1),
        ([0.5, 1.5], "double", "0", "1", 1),
        ([math.inf], "double", None, math.inf, 0),
        (
            [datetime(2013, 1, 1, 12, tzinfo=timezone.utc)],
            "timestamp",
            datetime(2013, 1, 1, 12, tzinfo=timezone.utc),
            datetime(2013, 1, 1, 12, tzinfo=timezone.utc),
            0,
        ),
        (
            [datetime(2013, 1, 1, 12, tzinfo=timezone.utc)],
            "timestamp",
            datetime(2013, 1, 1, 12, 0, 0, 1, tzinfo=timezone.utc),
            None,
            1,
        ),
    ],
)
def test_a_range_may_be_of_any_type_that_has_an_order(
    clean_spark: SparkSession, cells: list[Any], column_type: str, lower: Any, upper: Any, outside: int
) -> None:
    rows = [(Decimal(cell) if column_type.startswith("decimal") else cell,) for cell in cells]
    clean_spark.createDataFrame(rows, f"x {column_type}").createOrReplaceTempView("t")
    result = make(range_check("t", "x", lower, upper), clean_spark)
    assert result.details is not None, result.message
    assert (result.details["outside"], result.passed) == (outside, outside == 0), result.message


def test_text_that_is_no_number_is_outside_of_numbers_without_ansi_mode_too(
    clean_spark: SparkSession,
) -> None:
    clean_spark.createDataFrame([("1",), ("x",)], "v string").createOrReplaceTempView("t")
    clean_spark.conf.set("spark.sql.ansi.enabled", "false")
    try:
        result = make(range_check("t", "v", 0, 5), clean_spark)
    finally:
        clean_spark.conf.unset("spark.sql.ansi.enabled")
    assert result.details is not None
    assert result.details["outside"] == 1


ODD_NAMES = ["a.b", "a`b", "with space", "ünïcode", "select", "x;--", "1st", "'quoted'", "UPPER"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_columns_with_odd_names_are_checked(clean_spark: SparkSession, name: str) -> None:
    frame: DataFrame = clean_spark.createDataFrame([(1,), (1,), (None,)], "x int").withColumnRenamed(
        "x", name
    )
    frame.createOrReplaceTempView("odd")
    nulls, unique, within, schema = run_checks(
        [
            null_check("odd", name),
            unique_check("odd", [name]),
            range_check("odd", name, 2),
            schema_check("odd", {name: "int"}),
        ],
        clean_spark,
    )
    assert nulls.details == {"rows": 3, "nulls": {name: 1}}
    assert unique.details == {"rows": 3, "repeated": 1, "rows_with_null": 1}
    assert within.details is not None
    assert within.details["outside"] == 2
    assert schema.passed


@pytest.mark.parametrize(
    ("view", "table"),
    [("`a.b`", "`a.b`"), ("`my-view`", "my-view"), ("`a``b`", "`a``b`"), ("plain", "PLAIN")],
)
def test_tables_with_odd_names_are_checked(clean_spark: SparkSession, view: str, table: str) -> None:
    clean_spark.sql(f"CREATE TEMPORARY VIEW {view} AS SELECT 1 AS x")
    results = run_checks([row_count_check(table, 1, 1), schema_check(table, "x int")], clean_spark)
    assert [result.message for result in results if not result.passed] == []


def test_a_name_with_a_dot_is_a_column_and_never_a_field_of_a_struct(clean_spark: SparkSession) -> None:
    clean_spark.sql("SELECT named_struct('b', 1) AS a").createOrReplaceTempView("nested")
    result = make(null_check("nested", "a.b"), clean_spark)
    assert not result.passed
    assert "got none named a.b" in result.message


def test_a_column_that_cannot_be_compared_fails_its_uniqueness(clean_spark: SparkSession) -> None:
    clean_spark.sql("SELECT parse_json('1') AS m, 1 AS x").createOrReplaceTempView("t")
    unique, count = run_checks([unique_check("t", "m"), row_count_check("t", 1)], clean_spark)
    assert not unique.passed
    assert count.passed


def test_structs_and_arrays_can_be_unique(clean_spark: SparkSession) -> None:
    clean_spark.sql(
        "SELECT named_struct('x', x) AS s, array(x) AS l FROM VALUES (1), (NULL), (NULL) AS t(x)"
    ).createOrReplaceTempView("t")
    # A struct or array that holds a null is not itself null.
    for column in ("s", "l"):
        details = make(unique_check("t", column), clean_spark).details
        assert details == {"rows": 3, "repeated": 1, "rows_with_null": 0}


def test_a_schema_check_reports_every_difference_and_starts_no_job(
    clean_spark: SparkSession, orders: CountedTable
) -> None:
    check = schema_check("orders", {"ID": "int", "custome": "string", "price": "double not null"})
    result = make(check, clean_spark)
    assert not result.passed
    assert result.details == {
        "differences": [
            "column ID: expected int, got bigint",
            "column custome: expected string, got no such column; did you mean customer?",
            "column price: expected not null, got nullable",
        ]
    }
    assert make(schema_check("orders", "price double not null", check_nullability=False), clean_spark).passed
    assert not make(schema_check("orders", "price double", allow_extra=False), clean_spark).passed
    assert orders.passes == 0


def test_rows_that_a_query_finds_fail_it_and_are_kept_out_of_the_message(
    clean_spark: SparkSession, orders: CountedTable
) -> None:
    few = make(custom_sql_check("dear", "SELECT id, price FROM orders WHERE price > 147"), clean_spark)
    assert (few.check_name, few.passed) == ("dear", False)
    assert few.message == "query 'SELECT id, price FROM orders WHERE price > 147': expected no rows, got 1"
    assert few.details == {"rows": "1", "sample": [{"id": 99, "price": 148.5}]}
    many = make(custom_sql_check("all", "SELECT * FROM orders"), clean_spark)
    assert many.details is not None
    assert (many.message[-11:], many.details["rows"], len(many.details["sample"])) == (
        "more than 5",
        "more than 5",
        5,
    )
    assert make(custom_sql_check("none", "SELECT * FROM orders WHERE id < 0"), clean_spark).passed


@pytest.mark.parametrize("condition", ["true", "false"])
def test_the_error_for_a_query_that_answers_with_a_condition_says_how_to_ask(
    clean_spark: SparkSession, condition: str
) -> None:
    result = make(custom_sql_check("c", f"SELECT {condition} AS fine"), clean_spark)
    assert not result.passed
    assert "select the rows WHERE NOT the condition" in result.message


def test_a_query_that_spark_refuses_is_a_failed_check(clean_spark: SparkSession) -> None:
    result = make(custom_sql_check("c", "SELEC 1"), clean_spark)
    assert not result.passed
    assert "PARSE_SYNTAX_ERROR" in result.message
