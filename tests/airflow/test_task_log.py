"""Task log of a run."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from airflow_ppf.hooks.pipeline import PipelineHook
from airflow_ppf.reporting.task_log import TaskLogHooks
from ppf_core.component import DataCount
from ppf_core.config import (
    AuditHooksConfig,
    AuditSinkKind,
    ExecutionConfig,
    HooksConfig,
    LoggingHooksConfig,
    PipelineConfig,
    RetryConfig,
)
from ppf_core.runner import NoOpHooks, RunOptions
from ppf_core.session import JobProgress
from tests.support.components import ON_RUN
from tests.support.pipelines import pipeline, step


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """All that is logged through structlog, as the dictionaries that end as JSON."""
    kept: list[dict[str, Any]] = []

    def keep(logger: Any, method: str, line: dict[str, Any]) -> dict[str, Any]:
        kept.append({**line, "level": method})
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.PositionalArgumentsFormatter(),
            keep,
        ],
        cache_logger_on_first_use=False,
    )
    yield kept
    structlog.configure(**before)


def run(config: PipelineConfig, **more: Any) -> None:
    PipelineHook().run(config, **more)


def two(**more: Any) -> PipelineConfig:
    retry = RetryConfig(2, 0.0, 0.0)
    return pipeline(step("a"), step("b", config={"failures": 9}, retry=retry), **more)


def test_each_component_has_its_group_and_its_end_stands_after_it(lines: list[dict[str, Any]]) -> None:
    run(two())
    events = [line["event"] for line in lines]
    assert events[: events.index("::group::a (1 of 2)")] == [
        "::group::Plan: 2 components",
        "run      a (first run)",
        "run      b (first run)",
        "::endgroup::",
        "Pipeline p (1, dev) starts: 2 components",
    ]
    assert events[events.index("::group::a (1 of 2)") :] == [
        "::group::a (1 of 2)",
        "a starts (1 of 2)",
        "::endgroup::",
        "a succeeded in 0.0 s",
        "::group::b (2 of 2)",
        "b starts (2 of 2)",
        "b failed in attempt 1 of 2, next attempt in 0 ms: ValueError: b failed",
        "::endgroup::",
        "b failed: ValueError: b failed",
        "Pipeline p ended after 0.0 s: partial_success",
    ]


def test_each_event_is_one_line_with_the_fields_of_an_audit_event(lines: list[dict[str, Any]]) -> None:
    run(two(), options=RunOptions(try_details={"ti_id": "ti-1"}))
    events = [line for line in lines if "audit_action" in line]
    assert [(line["audit_action"], line["audit_actor"], line["level"]) for line in events] == [
        ("pipeline_started", "SimplePipelineRunner", "info"),
        ("component_started", "a", "info"),
        ("component_completed", "a", "info"),
        ("component_started", "b", "info"),
        ("component_retried", "b", "warning"),
        ("component_failed", "b", "error"),
        ("pipeline_completed", "SimplePipelineRunner", "error"),
    ]
    assert {line["audit_trace_id"] for line in events} == {"ti-1"}


def test_whatever_is_logged_while_a_component_runs_carries_its_name(lines: list[dict[str, Any]]) -> None:
    ON_RUN["a"] = lambda: structlog.get_logger("mine").info("inside")
    run(two())
    assert [line["component"] for line in lines if line["event"] == "inside"] == ["a"]
    assert [line.get("component") for line in lines if line["event"].startswith(("b ", "::group::b"))] == [
        "b"
    ] * 4
    assert "component" not in lines[-1]
    assert "component" not in structlog.contextvars.get_contextvars()


def test_in_parallel_there_are_no_groups(lines: list[dict[str, Any]]) -> None:
    run(two(execution=ExecutionConfig(max_parallel=2, fail_fast=False)))
    marks = [line["event"] for line in lines if line["event"].startswith("::group::")]
    assert marks == ["::group::Plan: 2 components"]
    assert ("b failed: ValueError: b failed", "b") in [
        (line["event"], line.get("component")) for line in lines
    ]


def test_no_event_is_reported_twice_whatever_the_file_switches_on(
    lines: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    audit = AuditHooksConfig(enabled=True, sinks=[AuditSinkKind.LOG])
    with caplog.at_level("INFO"):
        run(two(hooks=HooksConfig(audit=audit)))
    assert [line["event"] for line in lines if "succeeded" in line["event"]] == ["a succeeded in 0.0 s"]
    assert [record.name for record in caplog.records if record.name.startswith("ppf.")] == []


def test_the_audit_file_has_the_same_trace_as_the_log(lines: list[dict[str, Any]], tmp_path: Any) -> None:
    file = tmp_path / "audit.jsonl"
    audit = AuditHooksConfig(enabled=True, sinks=[AuditSinkKind.FILE], path=str(file))
    run(two(hooks=HooksConfig(audit=audit)), options=RunOptions(try_details={"ti_id": "ti-1"}))
    assert file.read_text().count('"trace_id":"ti-1"') == 7


def test_a_pipeline_may_switch_it_off(lines: list[dict[str, Any]]) -> None:
    run(two(hooks=HooksConfig(logging=LoggingHooksConfig(enabled=False))))
    assert lines == []


def test_a_component_that_has_the_task_skipped_is_a_warning(lines: list[dict[str, Any]]) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    hooks = TaskLogHooks(structlog.get_logger("x"))
    hooks.on_component_failure(step("a"), 0, AirflowSkipException("no data today"))
    assert [(line["event"], line["level"]) for line in lines] == [
        ("a failed: AirflowSkipException: no data today", "warning")
    ]


def test_a_password_in_an_error_is_not_logged(lines: list[dict[str, Any]]) -> None:
    hooks = TaskLogHooks(structlog.get_logger("x"))
    error = ConnectionError("x" * 480 + " db://bob:hunter2hunter2@host")
    hooks.on_component_failure(step("a"), 0, error)
    hooks.on_retry_attempt(step("a"), 1, 2, 0, error)
    assert "hunter2" not in str(lines)


def test_how_far_a_component_is_stands_in_its_group_with_numbers_in_fields(
    lines: list[dict[str, Any]],
) -> None:
    log = TaskLogHooks(structlog.get_logger("ppf"))
    log.on_component_progress(step("a"), JobProgress(1, 2, 30, 200, 1200, 0), 40_100)
    (line,) = lines
    assert line["event"] == "a has been running for 40 s: 1 of 2 stages, 30 of 200 tasks, 1200 rows read"
    assert (line["component"], line["tasks_done"], line["tasks"], line["rows_read"]) == ("a", 30, 200, 1200)


def test_a_run_reports_at_the_pace_that_the_pipeline_sets(lines: list[dict[str, Any]]) -> None:
    reported = threading.Event()

    class Listening(NoOpHooks):
        def on_component_progress(self, *_: Any) -> None:
            reported.set()

    ON_RUN["a"] = lambda: reported.wait(10) or None  # type: ignore[assignment,return-value]  # nobody asks
    run(two(execution=ExecutionConfig(progress_after_seconds=0.1)), hooks=[Listening()])
    assert "a has been running for 0 s: no Spark job yet" in [line["event"] for line in lines]


def test_how_much_a_component_has_written_is_reported(lines: list[dict[str, Any]]) -> None:
    TaskLogHooks(structlog.get_logger("ppf")).on_component_counts(step("a"), (DataCount("/out", 3, 40),))
    (line,) = lines
    assert line["event"] == "a wrote /out: 3 rows, 40 bytes"
    assert (line["rows"], line["bytes"]) == (3, 40)
