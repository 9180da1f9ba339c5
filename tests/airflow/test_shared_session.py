"""Shared sessions of the tasks of a pipeline: their names, and the XComs about them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from airflow_ppf.handover.shared_session import settings_digest, shared_session
from airflow_ppf.handover.xcom import UpstreamHandOverError, UpstreamHandOvers, handover_xcom
from airflow_ppf.hooks.pipeline import PipelineHook
from airflow_ppf.task.identity import TaskIdentity
from ppf_core.component import DataCount, DataKind
from ppf_core.config import ConfigError
from ppf_core.runner import CompletedComponent, HandOverRecord, RunOptions
from tests.support.completed import completed_components
from tests.support.pipelines import pipeline, step

pytestmark = pytest.mark.airflow

TASK = TaskIdentity("d", "r", "t", -1, 1, 0, "x")


def test_all_tasks_and_tries_of_a_run_find_the_same_session() -> None:
    other = replace(TASK, task_id="u", try_number=2, max_tries=5, ti_id="y")
    assert shared_session(TASK, "g", "p").session_id() == shared_session(other, "g", "p").session_id()


@pytest.mark.parametrize("change", [{"dag_id": "e"}, {"run_id": "s"}, {"map_index": 0}])
def test_another_run_has_another_session(change: dict[str, Any]) -> None:
    other = shared_session(replace(TASK, **change), "g", "p")
    assert other.session_id() != shared_session(TASK, "g", "p").session_id()


def test_other_groups_other_pipelines_and_what_comes_after_the_end_have_another_session() -> None:
    session = shared_session(TASK, "g", "p")
    others = [shared_session(TASK, "h", "p"), shared_session(TASK, "g", "q")]
    ids = [session.session_id(), session.session_id(1), *(other.session_id() for other in others)]
    assert len(set(ids)) == 4


def test_sharing_a_session_of_something_else_is_an_error_before_anything_starts() -> None:
    with pytest.raises(ConfigError, match="shared_session: expected a Spark Connect server"):
        PipelineHook().run_config(
            pipeline(step("a")), RunOptions(), shared_session=shared_session(TASK, "", "p")
        )
    with pytest.raises(ConfigError, match="shared_session: expected a Spark Connect server"):
        PipelineHook().end_shared_session(pipeline(step("a")), shared_session(TASK, "", "p"))


@pytest.mark.parametrize(
    "record",
    [HandOverRecord("try-1/a-1", "ab"), HandOverRecord(session="cd"), HandOverRecord("d", "ab", "cd")],
)
def test_a_hand_over_is_read_as_it_was_reported(record: HandOverRecord) -> None:
    done = completed_components({"a"}, {"a": ["v"]}, {"a": record})
    pushed = {"t": handover_xcom(done, ["a", "not_selected"], {"a": "digest"})}
    pulled = UpstreamHandOvers({"a": "t", "not_selected": "t"}, pushed, shared=True)
    assert pulled.completed.records == done.records
    assert pulled.completed == {"a"}
    assert pulled.settings_digest("a") == "digest"


def test_row_and_byte_counts_travel_between_tasks() -> None:
    count = DataCount("v", 3, 40, DataKind.VIEW)
    done = completed_components(
        {"a"}, {"a": ["v"]}, {"a": HandOverRecord("try-1/a-1", "ab")}, counts={"a": [count]}
    )
    pulled = UpstreamHandOvers({"a": "t"}, {"t": handover_xcom(done, ["a"])})
    assert pulled.completed.record("a").counts == (count,)


def test_views_that_are_nowhere_are_heard_of_where_a_session_is_shared_only() -> None:
    pushed = {"t": {"components": {"a": {"record": {"views": ["v"]}, "settings": "digest"}}}}
    pulled = UpstreamHandOvers({"a": "t"}, pushed, shared=True)
    assert pulled.completed.records == {"a": CompletedComponent(views=("v",))}
    with pytest.raises(UpstreamHandOverError, match="does not say where they are"):
        UpstreamHandOvers({"a": "t"}, pushed)


@pytest.mark.parametrize(
    "missing", [{"session": 1}, {"directory": "d"}, {"directory": 1, "manifest_sha256": "ab"}]
)
def test_half_a_place_makes_no_sense(missing: dict[str, Any]) -> None:
    with pytest.raises(UpstreamHandOverError, match="does not say where they are"):
        UpstreamHandOvers(
            {"a": "t"},
            {"t": {"components": {"a": {"record": {"views": ["v"], "handover": missing}}}}},
            shared=True,
        )


def test_settings_are_compared_by_what_they_say_not_by_their_order() -> None:
    assert settings_digest({"a": 1, "b": [2]}) == settings_digest({"b": [2], "a": 1})
    assert settings_digest({"a": "1"}) != settings_digest({"a": 1})
