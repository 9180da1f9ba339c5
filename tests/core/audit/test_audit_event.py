from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from datetime import datetime, timezone

import pytest

from ppf_core.audit import AuditAction, AuditEvent, AuditStatus

NOON = datetime(2024, 2, 29, 12, tzinfo=timezone.utc)


def event() -> AuditEvent:
    return AuditEvent(
        AuditAction.PIPELINE_STARTED,
        "SimplePipelineRunner",
        "nyc",
        AuditStatus.SUCCESS,
        NOON,
        {"n": "1"},
        "t-1",
    )


def test_an_event_as_a_dict_is_plain_json_with_the_time_in_iso_8601() -> None:
    assert json.loads(json.dumps(event().to_dict())) == {
        "action": "pipeline_started",
        "actor": "SimplePipelineRunner",
        "resource": "nyc",
        "status": "success",
        "timestamp": "2024-02-29T12:00:00+00:00",
        "metadata": {"n": "1"},
        "trace_id": "t-1",
    }


def test_changing_the_dict_does_not_change_the_event() -> None:
    original = event()
    original.to_dict()["metadata"]["n"] = "2"
    assert original.metadata == {"n": "1"}


def test_an_event_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        event().actor = "somebody else"  # type: ignore[misc] # the point of the test


def test_a_timestamp_without_a_time_zone_is_refused_with_the_way_to_make_one() -> None:
    with pytest.raises(ValueError, match=r"needs a time zone.*datetime\.now\(timezone\.utc\)"):
        AuditEvent(
            AuditAction.PIPELINE_STARTED,
            "a",
            "b",
            AuditStatus.SUCCESS,
            datetime(2024, 1, 1),
        )


def test_an_event_without_a_timestamp_is_of_now() -> None:
    before = datetime.now(timezone.utc)
    made = AuditEvent(AuditAction.PIPELINE_STARTED, "a", "b", AuditStatus.SUCCESS)
    assert before <= made.timestamp <= datetime.now(timezone.utc)


def test_actions_and_statuses_have_the_documented_values() -> None:
    assert [action.value for action in AuditAction] == [
        "pipeline_started",
        "pipeline_completed",
        "component_started",
        "component_completed",
        "component_failed",
        "component_retried",
        "circuit_breaker_changed",
    ]
    assert [status.value for status in AuditStatus] == ["success", "failure", "retry", "warning"]
