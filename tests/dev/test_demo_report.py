from __future__ import annotations

from typing import Any

from dev.demo_report import deviations, explain


def summary(status: str, **components: str) -> dict[str, Any]:
    more = {
        "failed": {"reason": "ConnectionError: reset by peer"},
        "skipped": {"skip_reason": "completed", "reason": "completed in an earlier run"},
    }
    return {
        "status": status,
        "components": [
            {"name": name, "outcome": outcome, **more.get(outcome, {})}
            for name, outcome in components.items()
        ],
        "hook_errors": [],
    }


FIRST = summary("partial_success", read="ran", write="ran", publish="failed")
SECOND = summary("success", read="replayed", write="skipped", publish="ran")


def test_the_story_is_reported_try_by_try() -> None:
    text = "\n".join(explain([FIRST, SECOND], [20.04, 7.5]))
    assert "Try 1 ran from the start and stopped at publish, after 20.0 s." in text
    assert "ConnectionError: reset by peer" in text
    assert "Try 2 resumed and finished, after 7.5 s." in text
    assert "Skipped (done):  1  write" in text
    assert "Replayed:        1  read" in text


def test_the_expected_story_has_nothing_wrong_with_it() -> None:
    assert deviations([FIRST, SECOND], "publish") == []


def test_a_run_that_never_failed_is_not_the_story() -> None:
    assert deviations([SECOND], "publish") == ["expected two tries, there were 1"]


def test_a_second_try_that_did_all_again_is_not_the_story() -> None:
    again = summary("success", read="ran", write="ran", publish="ran")
    wrong = " ".join(deviations([FIRST, again], "publish"))
    assert "ran what try 1 had completed: read, write" in wrong
    assert "skipped nothing" in wrong


def test_a_failure_elsewhere_is_not_the_story() -> None:
    early = summary("failure", read="failed")
    assert "was to fail at publish, but failed at ['read']" in " ".join(
        deviations([early, SECOND], "publish")
    )


def test_a_hook_that_failed_is_reported() -> None:
    lines = explain([{**SECOND, "hook_errors": ["CheckpointHooks.after_component: no space left"]}], [1.0])
    assert any("no space left" in line for line in lines)
