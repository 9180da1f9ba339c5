"""The line that each audit event becomes in a task's log."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from airflow_ppf.reporting.audit_sink import TaskLogAuditSink
from ppf_core.audit import AuditAction, AuditEvent, AuditStatus


@pytest.mark.parametrize(
    ("action", "status", "metadata", "line", "level"),
    [
        (
            "pipeline_started",
            "success",
            {"component_count": "8"},
            "Pipeline my.Clean starts: 8 components",
            "info",
        ),
        (
            "pipeline_completed",
            "failure",
            {"status": "failure", "duration_ms": "4120"},
            "Pipeline my.Clean ended after 4.1 s: failure",
            "error",
        ),
        ("component_started", "success", {"index": "0", "total": "8"}, "clean starts (1 of 8)", "info"),
        ("component_completed", "success", {"duration_ms": "120"}, "clean succeeded in 0.1 s", "info"),
        ("component_failed", "failure", {"error": "50 % {lost}"}, "clean failed: 50 % {lost}", "error"),
        (
            "component_retried",
            "retry",
            {"attempt": "1", "max_attempts": "3", "delay_ms": "500", "error": "reset"},
            "clean failed in attempt 1 of 3, next attempt in 500 ms: reset",
            "warning",
        ),
        (
            "circuit_breaker_changed",
            "warning",
            {"old_state": "closed", "new_state": "open"},
            "The circuit breaker of clean went from closed to open",
            "warning",
        ),
        ("component_completed", "success", {}, "clean succeeded in (no seconds) s", "info"),
    ],
)
def test_an_event_is_a_line_for_people_at_its_level(
    action: str, status: str, metadata: dict[str, str], line: str, level: str
) -> None:
    event: Any = AuditEvent(AuditAction(action), "clean", "my.Clean", AuditStatus(status), metadata=metadata)
    with capture_logs() as lines:
        TaskLogAuditSink().emit(event)
    assert [(each["event"], each["log_level"]) for each in lines] == [(line, level)]
