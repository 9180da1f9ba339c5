from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from airflow_ppf.reporting.task_log import TaskLogHooks
from dev.task_progress import Progress, progress_of, summary_in


class Lines:
    """Stands in for the task's logger, and keeps what Airflow would return as its log."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def info(self, text: str, *values: object, **fields: object) -> None:
        self.lines.append({"event": text % values if values else text, **fields})

    error = info


def test_what_a_task_logs_of_a_component_is_understood() -> None:
    log = Lines()
    hooks = TaskLogHooks(log)
    component: Any = SimpleNamespace(name="read_flights", class_path="my.Read")

    hooks.before_component(component, 0, 3)
    hooks.after_component(component, 0, 3, 1234)
    hooks.before_component(component, 1, 3)
    hooks.on_component_failure(component, 1, ConnectionError("reset\nby peer"))

    assert [progress for line in log.lines if (progress := progress_of(line))] == [
        Progress("read_flights", "started"),
        Progress("read_flights", "succeeded", "1.2 s"),
        Progress("read_flights", "started"),
        Progress("read_flights", "failed", "ConnectionError: reset\nby peer"),
    ]


@pytest.mark.parametrize(
    "line",
    [{"event": "read succeeded in 1.0 s"}, {"event": "x", "audit_action": "pipeline_started"}],
    ids=["somebody else's", "of the whole run"],
)
def test_other_lines_say_nothing_of_components(line: dict[str, Any]) -> None:
    assert progress_of(line) is None


def test_the_summary_is_found_among_the_lines() -> None:
    assert summary_in([{"event": "x"}, {"event": "y", "ppf_summary": {"try": 1}}]) == {"try": 1}
    assert summary_in([{"event": "x"}]) is None
