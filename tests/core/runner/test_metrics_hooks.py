from __future__ import annotations

import time
from typing import Any

import pytest

from ppf_core.config import ComponentConfig, ComponentType, PipelineConfig, SparkConfig
from ppf_core.metrics import InMemoryRegistry
from ppf_core.resilience import CircuitState
from ppf_core.runner.hooks_builtin import MetricsHooks
from ppf_core.runner.result import PipelineResult, PipelineResultStatus

READ = ComponentConfig("read", ComponentType.SOURCE, "my.Read")
CLEAN = ComponentConfig("clean", ComponentType.TRANSFORMATION, "my.Clean", depends_on=["read"])
PIPELINE = PipelineConfig("nyc", "1.0.0", SparkConfig("app"), [READ, CLEAN])
RESULT = PipelineResult(PipelineResultStatus.SUCCESS, "nyc")


class SteppingClock:
    """Moves on by so many seconds whenever it is read."""

    def __init__(self, step: float) -> None:
        self.step = step
        self.now = 1000.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture
def registry() -> InMemoryRegistry:
    return InMemoryRegistry()


def run(hooks: MetricsHooks) -> None:
    hooks.before_pipeline(PIPELINE)
    hooks.before_component(READ, 0, 2)
    hooks.after_component(READ, 0, 2, 120)
    hooks.before_component(CLEAN, 1, 2)
    hooks.on_retry_attempt(CLEAN, 1, 3, 500, ConnectionError())
    hooks.on_retry_attempt(CLEAN, 2, 3, 500, ConnectionError())
    hooks.on_circuit_breaker_state_change("clean", CircuitState.CLOSED, CircuitState.OPEN)
    hooks.on_component_failure(CLEAN, 1, ConnectionError())
    hooks.after_pipeline(PIPELINE, RESULT)


def test_durations_of_the_components_that_succeeded_are_collected() -> None:
    hooks = MetricsHooks()
    run(hooks)
    assert hooks.component_durations == {"read": 120}


def test_retries_are_counted_for_each_component() -> None:
    hooks = MetricsHooks()
    run(hooks)
    assert hooks.component_retries == {"clean": 2}


def test_the_total_is_measured_with_the_clock_in_milliseconds() -> None:
    hooks = MetricsHooks(clock=SteppingClock(1.2346))
    run(hooks)
    assert hooks.total_duration_ms == 1235


def test_the_default_clock_is_monotonic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", SteppingClock(2))
    hooks = MetricsHooks()
    run(hooks)
    assert hooks.total_duration_ms == 2000


def test_each_run_starts_from_nothing() -> None:
    hooks = MetricsHooks(clock=SteppingClock(1))
    run(hooks)
    hooks.before_pipeline(PIPELINE)
    assert (hooks.component_durations, hooks.component_retries, hooks.total_duration_ms) == ({}, {}, 0)


def test_the_end_of_a_run_that_never_began_measures_nothing(registry: InMemoryRegistry) -> None:
    hooks = MetricsHooks(registry=registry)
    hooks.after_pipeline(PIPELINE, RESULT)
    assert hooks.total_duration_ms == 0
    assert registry.get_metrics()["timers"] == []


def test_everything_is_recorded_in_the_registry_under_the_documented_names_and_tags(
    registry: InMemoryRegistry,
) -> None:
    run(MetricsHooks(clock=SteppingClock(2), registry=registry))
    clean = {"pipeline": "nyc", "component": "clean"}

    def timer(name: str, tags: dict[str, str], duration_ms: float) -> dict[str, Any]:
        return {
            "name": name,
            "tags": tags,
            "count": 1,
            "total_ms": duration_ms,
            "min_ms": duration_ms,
            "max_ms": duration_ms,
        }

    assert registry.get_metrics() == {
        "counters": [
            {
                "name": "ppf.circuit_breaker.state_changes",
                "tags": {**clean, "to_state": "open"},
                "value": 1.0,
            },
            {"name": "ppf.component.failures", "tags": clean, "value": 1.0},
            {"name": "ppf.component.retries", "tags": clean, "value": 2.0},
        ],
        "gauges": [{"name": "ppf.pipeline.components", "tags": {"pipeline": "nyc"}, "value": 2.0}],
        "timers": [
            timer("ppf.component.duration", {"pipeline": "nyc", "component": "read"}, 120.0),
            timer("ppf.pipeline.duration", {"pipeline": "nyc"}, 2000.0),
        ],
    }


def test_the_registry_is_shown(registry: InMemoryRegistry) -> None:
    assert MetricsHooks(registry=registry).registry is registry
    assert MetricsHooks().registry is None
