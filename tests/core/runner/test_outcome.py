"""The vocabulary for outcomes of components."""

from __future__ import annotations

import json

import pytest

from ppf_core.cli.run_outcome import outcome_document
from ppf_core.runner import (
    ComponentOutcome,
    ComponentResult,
    PipelineResult,
    PipelineResultStatus,
    SkippedComponent,
    SkipReason,
)


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        (ComponentResult("a", True, 1), ComponentOutcome.RAN),
        (ComponentResult("a", True, 1, replayed=True), ComponentOutcome.REPLAYED),
        (ComponentResult("a", True, 1, restored=True), ComponentOutcome.RESTORED),
        (ComponentResult("a", False, 1, ValueError("no"), restored=True), ComponentOutcome.FAILED),
        (SkippedComponent("a", SkipReason.DISABLED), ComponentOutcome.SKIPPED),
    ],
    ids=lambda value: value.value if isinstance(value, ComponentOutcome) else "",
)
def test_a_component_has_one_outcome(
    result: ComponentResult | SkippedComponent, outcome: ComponentOutcome
) -> None:
    assert result.outcome is outcome


def test_the_words_for_programs_are_fixed() -> None:
    assert [outcome.value for outcome in ComponentOutcome] == [
        "ran",
        "failed",
        "replayed",
        "restored",
        "skipped",
    ]
    assert [reason.value for reason in SkipReason] == [
        "completed",
        "disabled",
        "not_selected",
        "upstream_disabled",
        "upstream_failed",
        "stopped",
    ]


@pytest.mark.parametrize("reason", SkipReason)
def test_each_reason_has_a_word_for_programs_and_a_text_for_people(reason: SkipReason) -> None:
    result = PipelineResult(
        PipelineResultStatus.SUCCESS, "p", skipped=[SkippedComponent("a", reason, cause="b")]
    )
    document = json.loads(json.dumps(outcome_document(result, exit_code=0, run_id=None, resume_command=None)))
    (row,) = document["components"]
    assert row["skip_reason"] == reason.value
    assert row["reason"] == f"{reason.description} (b)"
    assert " " not in reason.value


def test_an_error_has_its_type_for_programs() -> None:
    result = PipelineResult(
        PipelineResultStatus.FAILURE,
        "p",
        [ComponentResult("a", False, 1, ValueError("two\nlines"))],
        error=KeyboardInterrupt(),
    )
    document = outcome_document(result, exit_code=1, run_id=None, resume_command=None)
    assert (document["components"][0]["reason"], document["components"][0]["error_type"]) == (
        "ValueError: two",
        "ValueError",
    )
    assert document["error_type"] == "KeyboardInterrupt"
