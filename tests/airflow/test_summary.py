"""The summary that goes to an XCom."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_ppf.task.summary import MAX_BYTES, summarize
from ppf_core.component import DataCount, DataKind
from ppf_core.quality import CheckResult
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


def test_each_component_is_reported_with_its_outcome() -> None:
    summary = summarize(
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

    assert summary == {
        "pipeline": "sales",
        "status": "partial_success",
        "try": 2,
        "duration_ms": 1234,
        "totals": {"ran": 1, "replayed": 1, "failed": 1, "skipped": 1, "retries": 2},
        "components": [
            {"name": "read", "outcome": "replayed", "duration_ms": 10},
            {"name": "clean", "outcome": "ran", "duration_ms": 20, "retries": 2},
            {"name": "join", "outcome": "failed", "duration_ms": 30, "reason": "ConnectionError: reset"},
            {
                "name": "write",
                "outcome": "skipped",
                "skip_reason": "upstream_failed",
                "reason": "downstream of a failed component (join)",
            },
        ],
        "quality": [],
        "hook_errors": [],
    }


def test_a_hooks_error_and_what_stopped_the_run_are_reported() -> None:
    summary = summarize(
        result(
            [], hook_errors=[HookError("Mine", "before_pipeline", OSError("full"))], error=ValueError("why")
        ),
        try_number=1,
    )
    assert summary["hook_errors"] == ["Mine.before_pipeline: OSError: full"]
    assert summary["error"] == "ValueError: why"


def test_rows_and_bytes_are_reported_where_they_are_known() -> None:
    counts = (DataCount("a", 3, 40, DataKind.VIEW), DataCount("/out", 2, 10))
    components = [
        ComponentResult("both", True, 10, counts=counts),
        ComponentResult("table", True, 20, counts=(DataCount("t", 7),)),
        ComponentResult("lazy", True, 30),
    ]
    assert summarize(result(components), 1)["components"] == [
        {
            "name": "both",
            "outcome": "ran",
            "duration_ms": 10,
            "rows": 5,
            "bytes": 50,
            "written": [
                {"name": "a", "kind": "view", "rows": 3, "bytes": 40},
                {"name": "/out", "kind": "target", "rows": 2, "bytes": 10},
            ],
        },
        {"name": "table", "outcome": "ran", "duration_ms": 20, "rows": 7},
        {"name": "lazy", "outcome": "ran", "duration_ms": 30},
    ]


def test_skipped_components_are_reported_with_what_an_earlier_try_has_written() -> None:
    counts = (DataCount("/out", 2, 10), DataCount("/other", 3))
    skipped = [SkippedComponent("write", SkipReason.COMPLETED, counts=counts)]
    assert summarize(result([], skipped), 2)["components"] == [
        {
            "name": "write",
            "outcome": "skipped",
            "skip_reason": "completed",
            "reason": "completed in an earlier run",
            "rows": 5,
            "written": [
                {"name": "/out", "kind": "target", "rows": 2, "bytes": 10},
                {"name": "/other", "kind": "target", "rows": 3},
            ],
        }
    ]


def test_what_an_earlier_try_has_written_is_left_out_before_any_component_is() -> None:
    counts = (DataCount("/out", 10**9, 10**12),)
    skipped = [SkippedComponent(f"c{n}", SkipReason.COMPLETED, counts=counts) for n in range(150)]
    summary = summarize(result([ComponentResult("last", True, 1, counts=counts)], skipped), 2)
    assert len(json.dumps(summary)) <= MAX_BYTES
    assert "cut" not in summary
    assert [each["rows"] for each in summary["components"] if "rows" in each] == [10**9]


def test_what_each_view_holds_is_left_out_before_any_component_is() -> None:
    counts = tuple(DataCount(f"view_{n}", 10**9, 10**9, DataKind.VIEW) for n in range(100))
    summary = summarize(result([ComponentResult(f"c{n}", True, 1, counts=counts) for n in range(100)]), 1)
    assert len(json.dumps(summary)) <= MAX_BYTES
    assert "cut" not in summary
    assert {each["rows"] for each in summary["components"]} == {10**11}


def test_not_all_views_of_a_component_with_very_many_are_reported() -> None:
    counts = tuple(DataCount(f"view_{n}", 1, 1, DataKind.VIEW) for n in range(100))
    (component,) = summarize(result([ComponentResult("c", True, 1, counts=counts)]), 1)["components"]
    assert (component["rows"], len(component["written"])) == (100, 20)


@pytest.mark.parametrize("counts", [(), (DataCount("/out", 123_456),)], ids=["uncounted", "counted"])
def test_200_components_fit_whole(counts: tuple[DataCount, ...]) -> None:
    components = [ComponentResult(f"component_{n:03}", True, 60_000, counts=counts) for n in range(150)]
    components += [ComponentResult(f"component_{n:03}", True, 60_000) for n in range(150, 200)]
    summary = summarize(result(components), 1)
    assert len(summary["components"]) == 200
    assert "cut" not in summary


@pytest.mark.parametrize("count", [300, 5_000])
def test_too_many_components_are_cut_and_counted(count: int) -> None:
    long_name = "component_with_a_rather_long_name"
    summary = summarize(result([ComponentResult(f"{long_name}_{n}", True, 60_000) for n in range(count)]), 1)

    assert len(json.dumps(summary)) <= MAX_BYTES
    assert summary["cut"] == {"components": count - len(summary["components"])}
    assert summary["totals"] == {"ran": count, "retries": 0}
    assert len(summary["components"]) > 100


def test_what_failed_is_cut_last_and_what_was_skipped_first() -> None:
    ran = [ComponentResult(f"ran_{n}", True, 1) for n in range(200)]
    failed = [ComponentResult(f"failed_{n}", False, 1, ValueError("x" * 500)) for n in range(80)]
    skipped = [SkippedComponent(f"skipped_{n}", SkipReason.STOPPED) for n in range(200)]
    summary = summarize(result(ran + failed, skipped), 1)

    outcomes = Counter(each["outcome"] for each in summary["components"])
    assert outcomes["failed"] == 80
    assert outcomes["skipped"] == 0
    assert 0 < outcomes["ran"] < 200


def test_texts_are_shortened_before_anything_is_cut() -> None:
    failed = [ComponentResult(f"failed_{n}", False, 1, ValueError("x" * 500)) for n in range(80)]
    summary = summarize(result(failed), 1)
    assert "cut" not in summary
    assert {len(each["reason"]) for each in summary["components"]} == {80}


texts = st.text(max_size=400)
durations = st.integers(0, 10**12)
executed = st.builds(
    ComponentResult,
    texts,
    st.booleans(),
    durations,
    st.none() | st.builds(ValueError, texts),
    st.integers(0, 9),
)


@given(
    ran=st.lists(executed, max_size=3),
    times=st.integers(0, 200),
    skipped=st.lists(st.builds(SkippedComponent, texts, st.sampled_from(SkipReason), texts), max_size=3),
    checks=st.lists(st.builds(CheckResult, texts, st.booleans(), texts), max_size=3),
    hook_errors=st.lists(st.builds(HookError, texts, texts, st.builds(OSError, texts)), max_size=3),
    problems=st.lists(texts, max_size=3),
    error=st.none() | st.builds(KeyError, texts),
)
@settings(max_examples=80, deadline=None)
def test_the_summary_is_always_bounded_and_what_is_cut_is_counted(
    ran: list[ComponentResult],
    times: int,
    skipped: list[SkippedComponent],
    checks: list[CheckResult],
    hook_errors: list[HookError],
    problems: list[str],
    error: Exception | None,
) -> None:
    whole = result(
        ran * times,
        skipped * times,
        hook_errors=hook_errors * times,
        validation_errors=problems * times,
        error=error,
    )
    summary = summarize(whole, 2, checks * times)

    assert len(json.dumps(summary)) <= MAX_BYTES
    cut = summary.get("cut", {})
    for name, count in {
        "components": (len(ran) + len(skipped)) * times,
        "quality": len(checks) * times,
        "hook_errors": len(hook_errors) * times,
        "validation_errors": len(problems) * times,
    }.items():
        assert len(summary.get(name, [])) + cut.get(name, 0) == count


def test_what_is_no_text_is_written_as_escapes() -> None:
    summary = summarize(result([ComponentResult("join", False, 1, ValueError("\udc80.csv"))]), 1)
    assert summary["components"][0]["reason"] == "ValueError: \\udc80.csv"


def test_each_quality_check_is_reported_and_what_a_failed_one_found() -> None:
    checks = [CheckResult("rows", True, "12 rows"), CheckResult("nulls", False, "3 nulls in id")]
    assert summarize(result([]), 1, checks)["quality"] == [
        {"check": "rows", "passed": True},
        {"check": "nulls", "passed": False, "message": "3 nulls in id"},
    ]


def test_a_long_error_is_shortened() -> None:
    summary = summarize(result([ComponentResult("join", False, 1, ValueError("x" * 10_000))]), 1)
    assert len(summary["components"][0]["reason"]) == 300


def test_a_restored_component_is_not_reported_as_run() -> None:
    summary = summarize(result([ComponentResult("clean", True, 3, restored=True)]), try_number=2)
    assert summary["components"] == [{"name": "clean", "outcome": "restored", "duration_ms": 3}]
