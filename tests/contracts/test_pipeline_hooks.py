"""Contract of all hooks, and of composite hooks."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

from ppf_core.audit import InMemoryAuditSink
from ppf_core.errors import StopPipeline
from ppf_core.metrics import InMemoryRegistry
from ppf_core.resilience import CircuitState
from ppf_core.runner import (
    AuditHooks,
    CheckpointHooks,
    ComponentResult,
    CompositeHooks,
    DataQualityHooks,
    LocalCheckpointStore,
    LoggingHooks,
    MetricsHooks,
    NoOpHooks,
    PipelineHooks,
    PipelineResult,
    PipelineResultStatus,
    SimplePipelineRunner,
)
from ppf_core.session import SparkSessionWrapper
from tests.support.hooks import Watcher
from tests.support.pipelines import pipeline, step

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CALLBACKS = {
    "before_pipeline": ["config"],
    "after_pipeline": ["config", "result"],
    "before_component": ["config", "index", "total"],
    "after_component": ["config", "index", "total", "duration_ms"],
    "on_component_failure": ["config", "index", "error"],
    "on_retry_attempt": ["config", "attempt", "max_attempts", "delay_ms", "error"],
    "on_circuit_breaker_state_change": ["component_name", "old_state", "new_state"],
}
A = step("a")
CONFIG = pipeline(A, step("b", "a"))

MAKERS: dict[str, Callable[[Path], PipelineHooks]] = {
    "no-op": lambda _: NoOpHooks(),
    "logging": lambda _: LoggingHooks(),
    "metrics": lambda _: MetricsHooks(),
    "metrics with a registry": lambda _: MetricsHooks(registry=InMemoryRegistry()),
    "audit": lambda _: AuditHooks(InMemoryAuditSink()),
    "quality": lambda _: DataQualityHooks(SparkSessionWrapper()),
    "checkpoint": lambda path: CheckpointHooks(LocalCheckpointStore(path), "r", "f" * 64),
    "composite": lambda _: CompositeHooks(NoOpHooks(), LoggingHooks()),
    "empty composite": lambda _: CompositeHooks(),
    "composite of composites": lambda _: CompositeHooks(CompositeHooks(MetricsHooks()), CompositeHooks()),
}


@pytest.fixture(params=MAKERS)
def hooks(request: pytest.FixtureRequest, tmp_path: Path) -> PipelineHooks:
    return MAKERS[request.param](tmp_path)


def call_for_a_whole_run(hooks: PipelineHooks) -> None:
    error = ValueError("bad")
    hooks.before_pipeline(config=CONFIG)
    hooks.before_component(config=A, index=0, total=2)
    hooks.on_retry_attempt(config=A, attempt=1, max_attempts=3, delay_ms=10, error=error)
    hooks.on_circuit_breaker_state_change(
        component_name="a", old_state=CircuitState.CLOSED, new_state=CircuitState.OPEN
    )
    hooks.after_component(config=A, index=0, total=2, duration_ms=5)
    hooks.before_component(config=CONFIG.components[1], index=1, total=2)
    hooks.on_component_failure(config=CONFIG.components[1], index=1, error=error)
    result = PipelineResult(
        PipelineResultStatus.PARTIAL_SUCCESS,
        "p",
        [ComponentResult("a", True, 5, retries=1), ComponentResult("b", False, 1, error)],
    )
    hooks.after_pipeline(config=CONFIG, result=result)


def test_the_protocol_has_the_documented_callbacks_and_cannot_be_checked_at_run_time() -> None:
    assert {name for name in vars(PipelineHooks) if not name.startswith("_")} == set(CALLBACKS)
    with pytest.raises(TypeError, match="runtime_checkable"):
        isinstance(NoOpHooks(), PipelineHooks)  # type: ignore[misc]


@pytest.mark.parametrize("callback", CALLBACKS)
def test_each_callback_has_the_documented_arguments(hooks: PipelineHooks, callback: str) -> None:
    assert list(inspect.signature(getattr(hooks, callback)).parameters) == CALLBACKS[callback]


def test_a_whole_run_by_keyword_raises_nothing_and_returns_nothing(hooks: PipelineHooks) -> None:
    call_for_a_whole_run(hooks)


def test_the_same_hooks_can_watch_a_second_run(hooks: PipelineHooks) -> None:
    call_for_a_whole_run(hooks)
    call_for_a_whole_run(hooks)


def test_a_real_run_has_no_hook_errors(hooks: PipelineHooks) -> None:
    result = SimplePipelineRunner(CONFIG, hooks=hooks).run()
    assert (result.status.value, result.hook_errors) == ("success", [])


def test_a_composite_broadcasts_to_all_in_order() -> None:
    order: list[str] = []

    class Named(Watcher):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

        def _note(self, callback: str, *arguments: Any) -> None:
            order.append(f"{self.name} {callback}")

    call_for_a_whole_run(CompositeHooks(Named("first"), CompositeHooks(Named("second")), Named("third")))
    assert order[:6] == [
        f"{name} {callback}"
        for callback in ("before_pipeline", "before_component")
        for name in ("first", "second", "third")
    ]
    assert len(order) == 8 * 3


@pytest.mark.parametrize("callback", CALLBACKS)
def test_an_exception_from_one_is_logged_and_kept_from_the_others(
    callback: str, caplog: pytest.LogCaptureFixture
) -> None:
    failing, other = Watcher({callback: RuntimeError("mine")}), Watcher()
    composite = CompositeHooks(failing, other)
    call_for_a_whole_run(composite)
    assert callback in {call[0] for call in other.calls}
    assert {(error.hook, error.callback) for error in composite.errors} == {("Watcher", callback)}
    assert f"Hook Watcher failed in {callback}" in caplog.text


@pytest.mark.parametrize("callback", sorted(set(CALLBACKS) - {"after_pipeline", "after_component"}))
def test_stop_goes_through_once_all_have_heard(callback: str) -> None:
    stop = StopPipeline("enough")
    other = Watcher()
    with pytest.raises(StopPipeline) as raised:
        call_for_a_whole_run(CompositeHooks(CompositeHooks(Watcher({callback: stop})), other))
    assert raised.value is stop
    assert other.calls[-1][0] == callback


def test_stop_in_after_component_goes_through_at_once() -> None:
    other = Watcher()
    with pytest.raises(StopPipeline):
        call_for_a_whole_run(CompositeHooks(Watcher({"after_component": StopPipeline("bad data")}), other))
    assert "after_component" not in {call[0] for call in other.calls}


def test_stop_in_after_pipeline_fails_the_result_and_is_not_raised() -> None:
    result = PipelineResult(PipelineResultStatus.SUCCESS, "p", [])
    stop = StopPipeline("too few rows")
    CompositeHooks(Watcher({"after_pipeline": stop})).after_pipeline(CONFIG, result)
    assert result.error is stop
    assert result.status is PipelineResultStatus.FAILURE


def test_optional_callbacks_reach_those_that_have_them() -> None:
    watcher = Watcher()
    CompositeHooks(NoOpHooks(), watcher).on_component_views(A, ("v",))
    assert watcher.calls == [("on_component_views", "a", ("v",))]


def test_hooks_lists_what_was_given_and_flattened_what_is_inside() -> None:
    first, second = NoOpHooks(), NoOpHooks()
    inner = CompositeHooks(second)
    composite = CompositeHooks(first, inner)
    assert composite.hooks == (first, inner)
    assert list(composite.flattened()) == [first, second]


def test_a_composite_that_does_more_than_broadcast_stays_whole() -> None:
    class Counting(CompositeHooks):
        count = 0

        def before_pipeline(self, config: Any) -> None:
            self.count += 1
            super().before_pipeline(config)

    counting = Counting(Watcher())
    SimplePipelineRunner(CONFIG, hooks=CompositeHooks(counting)).run()
    assert counting.count == 1
