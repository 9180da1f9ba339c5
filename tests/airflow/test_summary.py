"""The summary that goes to an XCom."""

from __future__ import annotations

import json

import pytest

from airflow_ppf.summary import MAX_BYTES, summarize
from ppf_core.runner import (
    ComponentResult,
    HookError,
    PipelineResult,
    PipelineResultStatus,
    SkippedComponent,
    SkipReason,
)


def result(
    executed: list[ComponentResult], skipped: list[SkippedComponent] | None = None, **more: object
) -> PipelineResult:
    return PipelineResult(
        PipelineResultStatus.PARTIAL_SUCCESS, "sales", executed, 1234, skipped or [], **more
    )  # type: ignore[arg-type]


def test_each_component_is_told_with_its_outcome() -> None:
    told = summarize(
        result(
            [
                ComponentResult("read", True, 10, replayed=True),
                ComponentResult("clean", True, 20, retries=2),
                ComponentResult("join", False, 30, ConnectionError("reset")),
            ],
            [SkippedComponent("write", SkipReason.UPSTREAM_FAILED, "join")],
        ),
        try_number=2,
    )

    assert told == {
        "pipeline": "sales",
        "status": "partial_success",
        "try": 2,
        "duration_ms": 1234,
        "components": [
            {"name": "read", "outcome": "replayed", "duration_ms": 10},
            {"name": "clean", "outcome": "ran", "duration_ms": 20, "retries": 2},
            {"name": "join", "outcome": "failed", "duration_ms": 30, "reason": "ConnectionError: reset"},
            {"name": "write", "outcome": "skipped", "reason": "behind a failed component (join)"},
        ],
        "hook_errors": [],
    }


def test_a_hooks_error_and_what_stopped_the_run_are_told() -> None:
    told = summarize(
        result(
            [], hook_errors=[HookError("Mine", "before_pipeline", OSError("full"))], error=ValueError("why")
        ),
        try_number=1,
    )
    assert told["hook_errors"] == ["Mine.before_pipeline: OSError: full"]
    assert told["error"] == "ValueError: why"


def test_200_components_fit_whole() -> None:
    told = summarize(result([ComponentResult(f"component_{n:03}", True, 60_000) for n in range(200)]), 1)
    assert len(told["components"]) == 200
    assert "cut" not in told


@pytest.mark.parametrize("count", [300, 5_000])
def test_too_many_components_are_cut_and_counted(count: int) -> None:
    long_name = "component_with_a_rather_long_name"
    told = summarize(result([ComponentResult(f"{long_name}_{n}", True, 60_000) for n in range(count)]), 1)

    assert len(json.dumps(told)) <= MAX_BYTES
    assert told["cut"] + len(told["components"]) == count
    assert told["components"]


def test_a_long_error_is_shortened() -> None:
    told = summarize(result([ComponentResult("join", False, 1, ValueError("x" * 10_000))]), 1)
    assert len(told["components"][0]["reason"]) == 300


def test_a_restored_component_is_not_told_as_one_that_ran() -> None:
    told = summarize(result([ComponentResult("clean", True, 3, restored=True)]), try_number=2)
    assert told["components"] == [{"name": "clean", "outcome": "restored", "duration_ms": 3}]
