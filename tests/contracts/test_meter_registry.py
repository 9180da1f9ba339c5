"""Contract of all implementations of `MeterRegistry`."""

from __future__ import annotations

import json
import math
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import CollectorRegistry

from airflow_ppf.reporting.stats_registry import StatsRegistry
from ppf_core.metrics import InMemoryRegistry, MetricError, OpenTelemetryRegistry, PrometheusRegistry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ppf_core.metrics import MeterRegistry


@pytest.fixture(params=["in memory", "prometheus", "opentelemetry", "airflow"])
def registry(request: pytest.FixtureRequest) -> Iterator[MeterRegistry]:
    if request.param == "in memory":
        yield InMemoryRegistry()
    elif request.param == "prometheus":
        yield PrometheusRegistry(CollectorRegistry())
    elif request.param == "airflow":
        yield StatsRegistry()
    else:
        provider = MeterProvider(shutdown_on_exit=False)
        yield OpenTelemetryRegistry(provider)
        provider.shutdown()


def test_a_fresh_registry_has_recorded_nothing(registry: MeterRegistry) -> None:
    assert registry.get_metrics() == {"counters": [], "gauges": [], "timers": []}


def test_a_counter_adds_up_and_counts_one_by_default(registry: MeterRegistry) -> None:
    registry.counter("c")
    registry.counter("c", 2.5)
    assert registry.get_metrics()["counters"] == [{"name": "c", "tags": {}, "value": 3.5}]


def test_a_gauge_keeps_the_last_value(registry: MeterRegistry) -> None:
    registry.gauge("g", 3)
    registry.gauge("g", -1, None)
    assert registry.get_metrics()["gauges"] == [{"name": "g", "tags": {}, "value": -1.0}]


def test_a_timer_keeps_number_sum_and_extremes_in_milliseconds(registry: MeterRegistry) -> None:
    for duration_ms in (20, 0, 4.5):
        registry.timer("t", duration_ms, {"component": "a"})
    assert registry.get_metrics()["timers"] == [
        {"name": "t", "tags": {"component": "a"}, "count": 3, "total_ms": 24.5, "min_ms": 0.0, "max_ms": 20.0}
    ]


def test_each_set_of_tags_is_a_series_of_its_own_whatever_their_order(registry: MeterRegistry) -> None:
    registry.counter("c", tags={"a": "1", "b": "2"})
    registry.counter("c", tags={"b": "2", "a": "1"})
    registry.counter("c", tags={"a": "1", "b": "3"})
    registry.counter("c", tags={"a": "1"})
    registry.counter("c", tags={})
    assert registry.get_metrics()["counters"] == [
        {"name": "c", "tags": {}, "value": 1.0},
        {"name": "c", "tags": {"a": "1"}, "value": 1.0},
        {"name": "c", "tags": {"a": "1", "b": "2"}, "value": 2.0},
        {"name": "c", "tags": {"a": "1", "b": "3"}, "value": 1.0},
    ]


def test_tag_values_become_text(registry: MeterRegistry) -> None:
    registry.gauge("g", 1, {"try": 2})  # type: ignore[dict-item] # callers without types do this
    assert registry.get_metrics()["gauges"] == [{"name": "g", "tags": {"try": "2"}, "value": 1.0}]


def test_changing_the_tags_afterwards_does_not_change_what_was_recorded(registry: MeterRegistry) -> None:
    tags = {"a": "1"}
    registry.gauge("g", 1, tags)
    tags["a"] = "2"
    assert registry.get_metrics()["gauges"] == [{"name": "g", "tags": {"a": "1"}, "value": 1.0}]


def test_the_metrics_survive_json_and_are_a_copy(registry: MeterRegistry) -> None:
    registry.counter("c", tags={"a": "ü\n"})
    registry.gauge("g", 1)
    registry.timer("t", 7)
    metrics = registry.get_metrics()
    assert json.loads(json.dumps(metrics, allow_nan=False)) == metrics
    metrics["counters"].clear()
    assert len(registry.get_metrics()["counters"]) == 1


RECORDINGS: dict[str, Callable[[MeterRegistry, str, float], None]] = {
    "counter": lambda registry, name, value: registry.counter(name, value),
    "gauge": lambda registry, name, value: registry.gauge(name, value),
    "timer": lambda registry, name, value: registry.timer(name, value),
}


@pytest.mark.parametrize(
    ("kind", "value"),
    [("counter", -1.0), ("timer", -0.5)]
    + [(kind, value) for kind in RECORDINGS for value in (math.nan, math.inf, -math.inf)],
)
def test_a_value_that_makes_no_sense_is_refused_and_not_recorded(
    registry: MeterRegistry, kind: str, value: float
) -> None:
    with pytest.raises(MetricError, match=rf"'odd'.*expected a finite number.*got {value}") as caught:
        RECORDINGS[kind](registry, "odd", value)
    assert caught.value.name == "odd"
    assert registry.get_metrics() == {"counters": [], "gauges": [], "timers": []}


@pytest.mark.parametrize("second", RECORDINGS)
@pytest.mark.parametrize("first", RECORDINGS)
def test_a_name_is_of_one_kind(registry: MeterRegistry, first: str, second: str) -> None:
    RECORDINGS[first](registry, "x", 1)
    if first == second:
        RECORDINGS[second](registry, "x", 1)
    else:
        with pytest.raises(MetricError, match=r"use another name|rename one"):
            RECORDINGS[second](registry, "x", 1)


@pytest.fixture
def eager_switching() -> Iterator[None]:
    """Threads take turns as often as they can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


class SlowName(str):
    """Gives other threads a turn whenever a dict looks it up, which shows what no lock protects."""

    __slots__ = ()

    def __hash__(self) -> int:
        for _ in range(20):
            pass
        return super().__hash__()


@pytest.mark.usefixtures("eager_switching")
def test_nothing_is_lost_when_many_threads_record(registry: MeterRegistry) -> None:
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        for number in range(200):
            registry.counter(SlowName("c"), tags={"n": str(number % 5)})
            registry.timer(SlowName("t"), 1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    metrics = registry.get_metrics()
    assert [counter["value"] for counter in metrics["counters"]] == [320.0] * 5
    assert (metrics["timers"][0]["count"], metrics["timers"][0]["total_ms"]) == (1600, 1600.0)
