from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppf_core.errors import PpfError
from ppf_core.quality import (
    CheckDefinitionError,
    CheckResult,
    CheckTiming,
    DataQualityCheck,
    FailureMode,
    custom_sql_check,
    null_check,
    range_check,
    row_count_check,
    run_checks,
    schema_check,
    unique_check,
)
from ppf_core.quality.sql_text import literal, quoted_column, quoted_table

if TYPE_CHECKING:
    from collections.abc import Callable

NO_SPARK: Any = object()


def passing(_: Any) -> CheckResult:
    return CheckResult("passing", True, "all is well")


def test_a_check_is_built_by_position_in_the_documented_order() -> None:
    check = DataQualityCheck("c", CheckTiming.AFTER_COMPONENT, passing, "clean", FailureMode.THRESHOLD, 3)
    assert (check.name, check.timing, check.check_fn) == ("c", CheckTiming.AFTER_COMPONENT, passing)
    assert (check.component_name, check.failure_mode, check.max_failures) == (
        "clean",
        FailureMode.THRESHOLD,
        3,
    )


def test_a_check_fails_the_run_by_default() -> None:
    check = DataQualityCheck("c", CheckTiming.BEFORE_PIPELINE, passing)
    assert (check.component_name, check.failure_mode, check.max_failures) == (
        None,
        FailureMode.FAIL_ON_ERROR,
        0,
    )


def test_timing_and_failure_mode_may_be_given_by_their_values() -> None:
    values: Any = {"timing": "before_pipeline", "failure_mode": "warn_only"}
    check = DataQualityCheck("c", check_fn=passing, **values)
    assert check.timing is CheckTiming.BEFORE_PIPELINE
    assert check.failure_mode is FailureMode.WARN_ONLY


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"timing": "later"},
            "timing to be one of before_pipeline, after_pipeline, after_component, got 'later'",
        ),
        ({"failure_mode": "fail"}, "one of fail_on_error, warn_only, threshold, got 'fail'"),
        ({"max_failures": -1}, "max_failures of 0 or more, got -1"),
    ],
)
def test_a_check_that_cannot_be_is_refused(changes: dict[str, Any], words: str) -> None:
    arguments: dict[str, Any] = {"name": "c", "timing": "after_pipeline", "check_fn": passing, **changes}
    with pytest.raises(CheckDefinitionError, match=words):
        DataQualityCheck(**arguments)


FACTORIES: dict[str, Callable[..., DataQualityCheck]] = {
    "row_count": lambda **options: row_count_check("t", 1, **options),
    "null": lambda **options: null_check("t", "a", **options),
    "unique": lambda **options: unique_check("t", ["a", "b"], **options),
    "range": lambda **options: range_check("t", "a", 0, **options),
    "schema": lambda **options: schema_check("t", "a int", **options),
    "custom_sql": lambda name="custom", **options: custom_sql_check(name, "SELECT 1", **options),
}


@pytest.fixture(params=list(FACTORIES))
def factory(request: pytest.FixtureRequest) -> Any:
    return FACTORIES[request.param]


def test_every_factory_takes_the_options_of_a_check(factory: Any) -> None:
    check = factory(
        name="mine",
        timing=CheckTiming.BEFORE_PIPELINE,
        component_name="clean",
        failure_mode=FailureMode.THRESHOLD,
        max_failures=2,
    )
    assert (check.name, check.timing, check.component_name) == ("mine", CheckTiming.BEFORE_PIPELINE, "clean")
    assert (check.failure_mode, check.max_failures) == (FailureMode.THRESHOLD, 2)


def test_every_factory_refuses_an_option_that_it_does_not_know(factory: Any) -> None:
    with pytest.raises(TypeError, match="failuremode"):
        factory(failuremode=FailureMode.WARN_ONLY)


def test_without_timing_a_check_runs_after_its_component_or_else_after_the_pipeline(factory: Any) -> None:
    assert factory(component_name="clean").timing is CheckTiming.AFTER_COMPONENT
    assert factory().timing is CheckTiming.AFTER_PIPELINE


def test_checks_are_named_after_what_they_do() -> None:
    assert [factory().name for factory in FACTORIES.values()] == [
        "row_count(t)",
        "nulls(t: a)",
        "unique(t: a, b)",
        "range(t: a)",
        "schema(t)",
        "custom",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: row_count_check("t"),
        lambda: row_count_check("t", -1),
        lambda: row_count_check("t", 5, 4),
        lambda: null_check("t", []),
        lambda: unique_check("t", ""),
        lambda: unique_check("t", ["a", None]),  # type: ignore[list-item]
        lambda: range_check("t", "a"),
        lambda: range_check("t", "a", 2, 1),
        lambda: range_check("t", "a", 1, "2"),
        lambda: range_check("t", "a", True),
        lambda: range_check("t", "a", float("nan")),
        lambda: range_check("t", "a", max=Decimal("nan")),
        lambda: range_check("t", "a", [1]),  # type: ignore[arg-type]
        lambda: schema_check("t", "a itn"),
        lambda: schema_check("t", {"a": "itn"}),
        lambda: custom_sql_check("c", "  "),
    ],
)
def test_arguments_that_can_mean_nothing_are_refused_when_the_check_is_made(wrong: Any) -> None:
    with pytest.raises(CheckDefinitionError) as caught:
        wrong()
    assert isinstance(caught.value, PpfError)


def test_equal_bounds_are_bounds() -> None:
    assert row_count_check("t", 0, 0).name == "row_count(t)"
    assert range_check("t", "a", 1, 1).name == "range(t: a)"


@pytest.mark.parametrize(
    ("value", "sql"),
    [
        (-3, "-3"),
        (1.5, "1.5D"),
        (float("-inf"), "double('-Infinity')"),
        (Decimal("1E+2"), "100BD"),
        (date(2013, 1, 2), "DATE'2013-01-02'"),
        (datetime(2013, 1, 2, 3, 4, 5, 6), "TIMESTAMP'2013-01-02 03:04:05.000006'"),
        (
            datetime(2013, 1, 2, 3, tzinfo=timezone(timedelta(hours=2))),
            "TIMESTAMP'2013-01-02 01:00:00+00:00'",
        ),
        ("it's \\ so", "'it\\'s \\\\ so'"),
    ],
)
def test_values_are_written_as_sql_literals(value: Any, sql: str) -> None:
    assert literal(value) == sql


@pytest.mark.parametrize(
    ("name", "sql"),
    [
        ("orders", "`orders`"),
        ("raw.my-orders", "`raw`.`my-orders`"),
        ("`a.b`.c", "`a.b`.`c`"),
        ("`a``b`", "`a``b`"),
        ("a`b", "a`b"),
        ("a..b", "a..b"),
    ],
)
def test_table_names_are_quoted_part_by_part(name: str, sql: str) -> None:
    assert quoted_table(name) == sql


@given(st.text(min_size=1))
def test_a_quoted_column_cannot_end_early(name: str) -> None:
    inner = quoted_column(name)[1:-1]
    assert inner.replace("``", "").count("`") == 0
    assert inner.replace("``", "`") == name


def test_checks_of_ones_own_run_alone_and_in_their_order() -> None:
    def failing(_: Any) -> CheckResult:
        return CheckResult("failing", False, "not well", {"n": 1})

    checks = [DataQualityCheck("x", CheckTiming.AFTER_PIPELINE, function) for function in (failing, passing)]
    assert run_checks(checks, NO_SPARK) == [failing(None), passing(None)]


def test_a_check_that_raises_is_a_failed_check() -> None:
    def raising(_: Any) -> CheckResult:
        raise KeyError("no such thing\nand a plan")

    (result,) = run_checks([DataQualityCheck("c", CheckTiming.AFTER_PIPELINE, raising)], NO_SPARK)
    assert (result.check_name, result.passed, result.details) == ("c", False, {"error_type": "KeyError"})
    assert "KeyError" in result.message
    assert "no such thing" in result.message


def test_a_check_that_returns_something_else_is_a_failed_check() -> None:
    careless: Any = lambda _: True  # noqa: E731 - what a user may pass
    (result,) = run_checks([DataQualityCheck("c", CheckTiming.AFTER_PIPELINE, careless)], NO_SPARK)
    assert not result.passed
    assert "CheckResult, got True" in result.message


def test_a_check_cannot_swallow_an_interruption() -> None:
    def interrupted(_: Any) -> CheckResult:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_checks([DataQualityCheck("c", CheckTiming.AFTER_PIPELINE, interrupted)], NO_SPARK)


def test_checks_are_declared_without_importing_pyspark() -> None:
    code = (
        "import sys; from ppf_core.quality import null_check, range_check, schema_check;"
        "null_check('t', 'a'); range_check('t', 'a', 1); schema_check('t', 'a int');"
        "assert 'pyspark' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
