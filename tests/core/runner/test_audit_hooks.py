from __future__ import annotations

from datetime import datetime, timezone

import pytest

from ppf_core.audit import AuditEvent, InMemoryAuditSink
from ppf_core.config import ComponentConfig, ComponentType, PipelineConfig, SparkConfig
from ppf_core.resilience import CircuitState
from ppf_core.runner.audit_hooks import AuditHooks
from ppf_core.runner.result import PipelineResult, PipelineResultStatus

NOON = datetime(2024, 2, 29, 12, tzinfo=timezone.utc)
CLEAN = ComponentConfig("clean", ComponentType.TRANSFORMATION, "my.Clean")
PIPELINE = PipelineConfig("nyc", "1.0.0", SparkConfig("app"), [CLEAN])


@pytest.fixture
def sink() -> InMemoryAuditSink:
    return InMemoryAuditSink()


@pytest.fixture
def hooks(sink: InMemoryAuditSink) -> AuditHooks:
    return AuditHooks(sink, trace_id="t-1", now_fn=lambda: NOON)


def only(sink: InMemoryAuditSink) -> tuple[str, str, str, str, dict[str, str]]:
    (event,) = sink.events
    assert (event.timestamp, event.trace_id) == (NOON, "t-1")
    assert type(event) is AuditEvent
    return event.action.value, event.actor, event.resource, event.status.value, event.metadata


def test_the_start_of_a_run(hooks: AuditHooks, sink: InMemoryAuditSink) -> None:
    hooks.before_pipeline(PIPELINE)
    assert only(sink) == (
        "pipeline_started",
        "SimplePipelineRunner",
        "nyc",
        "success",
        {"component_count": "1"},
    )


@pytest.mark.parametrize(
    ("ended", "status"),
    [
        (PipelineResultStatus.SUCCESS, "success"),
        (PipelineResultStatus.PARTIAL_SUCCESS, "failure"),
        (PipelineResultStatus.FAILURE, "failure"),
    ],
)
def test_the_end_of_a_run_is_a_success_only_if_everything_succeeded(
    hooks: AuditHooks, sink: InMemoryAuditSink, ended: PipelineResultStatus, status: str
) -> None:
    hooks.after_pipeline(PIPELINE, PipelineResult(ended, "nyc", total_duration_ms=4100))
    assert only(sink) == (
        "pipeline_completed",
        "SimplePipelineRunner",
        "nyc",
        status,
        {"status": ended.value, "duration_ms": "4100"},
    )


def test_the_start_of_a_component(hooks: AuditHooks, sink: InMemoryAuditSink) -> None:
    hooks.before_component(CLEAN, 0, 8)
    assert only(sink) == ("component_started", "clean", "my.Clean", "success", {"index": "0", "total": "8"})


def test_the_end_of_a_component(hooks: AuditHooks, sink: InMemoryAuditSink) -> None:
    hooks.after_component(CLEAN, 0, 8, 120)
    assert only(sink) == ("component_completed", "clean", "my.Clean", "success", {"duration_ms": "120"})


def test_the_failure_of_a_component(hooks: AuditHooks, sink: InMemoryAuditSink) -> None:
    hooks.on_component_failure(CLEAN, 0, ValueError("boom"))
    assert only(sink) == ("component_failed", "clean", "my.Clean", "failure", {"error": "boom"})


def test_a_retry(hooks: AuditHooks, sink: InMemoryAuditSink) -> None:
    hooks.on_retry_attempt(CLEAN, 1, 3, 500, ConnectionError("hunter2"))
    assert only(sink) == (
        "component_retried",
        "clean",
        "my.Clean",
        "retry",
        {"attempt": "1", "max_attempts": "3", "delay_ms": "500"},
    )


def test_a_breakers_change(hooks: AuditHooks, sink: InMemoryAuditSink) -> None:
    hooks.on_circuit_breaker_state_change("clean", CircuitState.CLOSED, CircuitState.HALF_OPEN)
    assert only(sink) == (
        "circuit_breaker_changed",
        "clean",
        "circuit_breaker",
        "warning",
        {"old_state": "closed", "new_state": "half_open"},
    )


def test_an_errors_text_is_cut_at_500_characters(hooks: AuditHooks, sink: InMemoryAuditSink) -> None:
    hooks.on_component_failure(CLEAN, 0, ValueError("x" * 499 + "yz"))
    assert sink.events[0].metadata["error"] == "x" * 499 + "y"


def test_an_error_without_text_is_named_by_its_type(hooks: AuditHooks, sink: InMemoryAuditSink) -> None:
    hooks.on_component_failure(CLEAN, 0, TimeoutError())
    assert sink.events[0].metadata["error"] == "TimeoutError"


def test_a_password_in_an_errors_url_is_hidden_also_where_the_text_is_cut(
    hooks: AuditHooks, sink: InMemoryAuditSink
) -> None:
    hooks.on_component_failure(CLEAN, 0, ConnectionError("x" * 480 + " db://bob:hunter2hunter2@host"))
    assert sink.events[0].metadata["error"] == "x" * 480 + " db://bob:***@host"


def test_one_object_keeps_one_trace_id_and_two_have_different_ids(sink: InMemoryAuditSink) -> None:
    first, second = AuditHooks(sink), AuditHooks(sink)
    first.before_component(CLEAN, 0, 1)
    first.after_component(CLEAN, 0, 1, 1)
    second.before_component(CLEAN, 0, 1)
    assert [event.trace_id for event in sink.events] == [first.trace_id, first.trace_id, second.trace_id]
    assert first.trace_id != second.trace_id
    assert first.trace_id


def test_the_time_of_an_event_is_now_in_utc_by_default(sink: InMemoryAuditSink) -> None:
    before = datetime.now(timezone.utc)
    AuditHooks(sink).before_pipeline(PIPELINE)
    assert before <= sink.events[0].timestamp <= datetime.now(timezone.utc)


def test_what_the_sink_raises_reaches_the_caller() -> None:
    class BrokenSink:
        def emit(self, event: AuditEvent) -> None:
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        AuditHooks(BrokenSink()).before_pipeline(PIPELINE)


def test_the_sink_is_shown(hooks: AuditHooks, sink: InMemoryAuditSink) -> None:
    assert hooks.sink is sink
