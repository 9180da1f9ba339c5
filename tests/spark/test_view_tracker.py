from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import pytest

from ppf_core.component import ComponentError
from ppf_core.config import ComponentConfig
from ppf_core.runner.views import ViewTracker
from ppf_core.session import SparkSessionWrapper
from tests.steps import step

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

A = step("a")


@pytest.fixture
def tracker(clean_spark: SparkSession) -> ViewTracker:
    wrapper = SparkSessionWrapper()
    wrapper.set_spark_session(clean_spark)
    return ViewTracker(wrapper)


def made_by(
    tracker: ViewTracker, run: Callable[[], object], component: ComponentConfig = A
) -> tuple[str, ...]:
    tracker.before(component)
    run()
    return tracker.after(component)


def view(spark: SparkSession, name: str, query: str = "SELECT 1 AS x") -> None:
    spark.sql(query).createOrReplaceTempView(name)


def test_it_finds_views_that_were_made(tracker: ViewTracker, clean_spark: SparkSession) -> None:
    def run() -> None:
        view(clean_spark, "two")
        view(clean_spark, "one")

    assert made_by(tracker, run) == ("one", "two")


def test_it_finds_views_made_by_sql(tracker: ViewTracker, clean_spark: SparkSession) -> None:
    assert made_by(tracker, lambda: clean_spark.sql("CREATE TEMP VIEW v AS SELECT 1 AS x")) == ("v",)


def test_it_finds_a_replaced_view_and_not_an_untouched_one(
    tracker: ViewTracker, clean_spark: SparkSession
) -> None:
    view(clean_spark, "old")
    view(clean_spark, "untouched")
    assert made_by(tracker, lambda: view(clean_spark, "old", "SELECT 2 AS x")) == ("old",)


def test_it_finds_a_view_replaced_by_an_identical_plan(
    tracker: ViewTracker, clean_spark: SparkSession
) -> None:
    view(clean_spark, "old")
    assert made_by(tracker, lambda: view(clean_spark, "old")) == ("old",)


def test_reading_a_view_does_not_touch_it(tracker: ViewTracker, clean_spark: SparkSession) -> None:
    view(clean_spark, "old")
    assert made_by(tracker, lambda: clean_spark.table("old").collect()) == ()


def test_a_dropped_view_is_not_made(tracker: ViewTracker, clean_spark: SparkSession) -> None:
    view(clean_spark, "old")
    assert made_by(tracker, lambda: clean_spark.catalog.dropTempView("old")) == ()


def test_each_component_is_credited_with_its_own(tracker: ViewTracker, clean_spark: SparkSession) -> None:
    assert made_by(tracker, lambda: view(clean_spark, "one")) == ("one",)
    assert made_by(tracker, lambda: view(clean_spark, "two")) == ("two",)
    assert made_by(tracker, lambda: None) == ()


def test_what_a_failed_component_left_is_not_the_next_ones(
    tracker: ViewTracker, clean_spark: SparkSession
) -> None:
    tracker.before(A)
    view(clean_spark, "half")
    tracker.forget(A)
    assert made_by(tracker, lambda: view(clean_spark, "whole")) == ("whole",)


def test_declared_outputs_are_believed_once_they_exist(
    tracker: ViewTracker, clean_spark: SparkSession
) -> None:
    declared = step("a", outputs=["out"])

    def run() -> None:
        view(clean_spark, "out")
        view(clean_spark, "scratch")

    assert made_by(tracker, run, declared) == ("out",)
    assert made_by(tracker, lambda: view(clean_spark, "next")) == ("next",)


def test_a_declared_output_that_is_missing_is_an_error_that_shows_what_there_is(
    tracker: ViewTracker, clean_spark: SparkSession
) -> None:
    with pytest.raises(ComponentError, match=r"no temp view out; the session's views are: otu"):
        made_by(tracker, lambda: view(clean_spark, "otu"), step("a", outputs=["out"]))


def test_names_with_odd_characters_are_told_too(tracker: ViewTracker, clean_spark: SparkSession) -> None:
    assert made_by(tracker, lambda: view(clean_spark, "`a b-ü`")) == ("a b-ü",)


def test_a_session_that_is_not_started_is_not_started_to_look() -> None:
    wrapper = SparkSessionWrapper()
    assert made_by(ViewTracker(wrapper), lambda: None) == ()
    assert not wrapper.started


def test_fifty_views_are_looked_at_quickly(
    tracker: ViewTracker, clean_spark: SparkSession, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(50):
        view(clean_spark, f"v{number}")
    spans = []
    for _ in range(7):
        began = time.perf_counter()
        tracker.forget(A)
        tracker.before(A)
        spans.append((time.perf_counter() - began) * 1000)
    median = statistics.median(spans)
    with capsys.disabled():
        print(f"  [a look at 50 views: {median:.0f} ms] ", end="")  # noqa: T201 - the figure is wanted in the test's output
    assert median < 150
