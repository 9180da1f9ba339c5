from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import pytest

from ppf_core.component import ComponentError
from ppf_core.config import ComponentConfig
from ppf_core.runner.views.tracker import ViewTracker
from ppf_core.session import SparkSessionWrapper
from tests.support.pipelines import step

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
    return tracker.after(component).made


def view(spark: SparkSession, name: str, query: str = "SELECT 1 AS x") -> None:
    spark.sql(query).createOrReplaceTempView(name)


def test_it_finds_views_that_were_made(tracker: ViewTracker, clean_spark: SparkSession) -> None:
    def run() -> None:
        view(clean_spark, "two")
        view(clean_spark, "one")

    assert made_by(tracker, run) == ("one", "two")


def test_it_finds_views_made_by_sql(tracker: ViewTracker, clean_spark: SparkSession) -> None:
    assert made_by(tracker, lambda: clean_spark.sql("CREATE TEMP VIEW v AS SELECT 1 AS x")) == ("v",)


def test_it_finds_a_replaced_view_and_not_an_untouched_view(
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


def changes(
    tracker: ViewTracker, run: Callable[[], object], component: ComponentConfig = A
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    tracker.before(component)
    run()
    changes = tracker.after(component)
    return changes.made, changes.dropped


@pytest.mark.parametrize("outputs", [[], ["out"]], ids=["changes", "declared"])
def test_a_dropped_view_is_reported_whether_or_not_others_are_declared(
    tracker: ViewTracker, clean_spark: SparkSession, outputs: list[str]
) -> None:
    view(clean_spark, "old")
    view(clean_spark, "`odd n``me`")

    def run() -> None:
        view(clean_spark, "out")
        clean_spark.catalog.dropTempView("old")
        clean_spark.catalog.dropTempView("odd n`me")

    assert changes(tracker, run, step("a", outputs=outputs)) == (("out",), ("odd n`me", "old"))
    assert changes(tracker, lambda: None) == ((), ())


def test_what_a_component_makes_and_drops_itself_and_what_it_drops_and_makes_again_is_not_dropped(
    tracker: ViewTracker, clean_spark: SparkSession
) -> None:
    view(clean_spark, "old")

    def run() -> None:
        view(clean_spark, "scratch")
        tracker.so_far(A)
        clean_spark.catalog.dropTempView("scratch")
        clean_spark.catalog.dropTempView("old")
        tracker.so_far(A)
        view(clean_spark, "old")

    assert changes(tracker, run) == (("old",), ())


def test_a_look_between_two_tries_loses_nothing(tracker: ViewTracker, clean_spark: SparkSession) -> None:
    tracker.before(A)
    view(clean_spark, "first")
    assert tracker.so_far(A).made == ("first",)
    view(clean_spark, "second")
    assert tracker.so_far(A).made == ("first", "second")
    assert tracker.after(A).made == ("first", "second")


def test_what_the_runner_defines_again_or_drops_belongs_to_no_component(
    tracker: ViewTracker, clean_spark: SparkSession
) -> None:
    tracker.before(A)
    tracker.before(step("b"))
    view(clean_spark, "v")
    with tracker.redefining(tracker.so_far(A).made, A) as own:
        assert own == ("v",)
        view(clean_spark, "v")
    view(clean_spark, "later")
    view(clean_spark, "gone")
    tracker.drop(["gone"])
    assert tracker.after(A).made == ("v",), "it was over when its views were handed over"
    assert tracker.after(step("b")).made == ("later", "v")
    with tracker.redefining(["restored"]):
        view(clean_spark, "restored")
    assert made_by(tracker, lambda: None) == ()


def test_a_view_that_a_parallel_component_has_replaced_meanwhile_is_left_to_that_component(
    tracker: ViewTracker, clean_spark: SparkSession
) -> None:
    tracker.before(A)
    tracker.before(step("b"))
    view(clean_spark, "mine")
    view(clean_spark, "others")
    made = tracker.so_far(A).made
    view(clean_spark, "others", "SELECT 2 AS x")
    with tracker.redefining(made, A) as own:
        assert own == ("mine",)
    assert tracker.after(A).made == ("mine",)
    assert tracker.after(step("b")).made == ("mine", "others")


def test_each_component_is_credited_with_its_own(tracker: ViewTracker, clean_spark: SparkSession) -> None:
    assert made_by(tracker, lambda: view(clean_spark, "one")) == ("one",)
    assert made_by(tracker, lambda: view(clean_spark, "two")) == ("two",)
    assert made_by(tracker, lambda: None) == ()


def test_what_a_failed_component_left_does_not_belong_to_the_next_component(
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


def test_names_with_odd_characters_are_reported_too(tracker: ViewTracker, clean_spark: SparkSession) -> None:
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
    assert median < 150  # 10 ms on an idle machine
