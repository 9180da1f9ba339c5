from __future__ import annotations

from typing import Any

import pytest
import structlog

from airflow_ppf.log_groups import LogGroupHooks
from ppf_core.config import ExecutionConfig
from ppf_core.runner import SimplePipelineRunner
from tests.steps import forget, pipeline, step


class Lines:
    """Stands in for the task's logger; keeps the `component` that is bound in the line's context besides."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str | None]] = []

    def info(self, text: str, *values: object) -> None:
        bound = structlog.contextvars.get_contextvars().get("component")
        self.lines.append((text % values, bound))

    error = info


@pytest.fixture(autouse=True)
def _fresh_steps() -> None:
    forget()


def lines_of_a_run(slots: int) -> list[tuple[str, str | None]]:
    log: Any = Lines()
    config = pipeline(
        step("a"), step("b", config={"failures": 9}), execution=ExecutionConfig(max_parallel=slots)
    )
    SimplePipelineRunner(config, hooks=LogGroupHooks(log), max_parallel=slots, fail_fast=False).run()
    return log.lines[log.lines.index(("::endgroup::", None)) + 1 :]


def test_one_after_the_other_each_component_has_its_group() -> None:
    marks = [text.split()[0] for text, _ in lines_of_a_run(1) if text.startswith("::")]
    assert marks == ["::group::a", "::endgroup::", "::group::b", "::endgroup::"]


def test_in_parallel_there_are_no_groups_and_lines_carry_the_components_name() -> None:
    lines = lines_of_a_run(2)
    assert not [text for text, _ in lines if text.startswith("::")]
    assert ("a starts (1 of 2)", "a") in lines
    assert ("b failed: ValueError: b failed", "b") in lines
    assert structlog.contextvars.get_contextvars().get("component") is None
