"""Decision of a try to resume or to start afresh."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest

from airflow_ppf.hooks.pipeline import PipelineHook
from airflow_ppf.task.identity import TaskIdentity
from airflow_ppf.task.task_try import TaskTry
from ppf_core.config import ComponentConfig, ComponentType, ConfigError, PipelineConfig, SparkConfig
from ppf_core.runner import CheckpointState, LocalCheckpointStore, TryRecord

CONFIG = PipelineConfig("sales", "1", SparkConfig("sales"), [])


def identity(*, try_number: int, max_tries: int) -> TaskIdentity:
    return TaskIdentity("dag", "run", "task", -1, try_number, max_tries, f"ti-{try_number}")


@pytest.fixture
def store(tmp_path: Any) -> LocalCheckpointStore:
    return LocalCheckpointStore(tmp_path)


def left_by(store: LocalCheckpointStore, status: str, before: TaskIdentity, mark: str | None = None) -> None:
    details = TaskTry(before, store, {}, logging.getLogger("test"), mark).try_details()
    record = TryRecord("owner", "2013-01-01T00:00:00+00:00", details)
    store.save(CheckpointState("run", "sales", "fingerprint", status=status, tries=[record]))


def decides(
    store: LocalCheckpointStore,
    now: TaskIdentity,
    *,
    conf: dict[str, Any] | None = None,
    allowed: bool = True,
    mark: str | None = None,
) -> bool:
    context = TaskTry(now, store, conf or {}, logging.getLogger("test"), mark)
    return context.decide_to_resume(CONFIG, allowed=allowed)


def test_a_first_try_has_nothing_to_resume(store: LocalCheckpointStore) -> None:
    assert not decides(store, identity(try_number=1, max_tries=2))


@pytest.mark.parametrize("status", ["failed", "in_progress"])
@pytest.mark.parametrize("max_tries", [2, 4], ids=["retried", "cleared"])
def test_after_a_try_that_did_not_complete_it_resumes(
    store: LocalCheckpointStore, status: str, max_tries: int
) -> None:
    left_by(store, status, identity(try_number=1, max_tries=2))
    assert decides(store, identity(try_number=2, max_tries=max_tries))


def test_a_completed_task_that_was_cleared_starts_afresh(store: LocalCheckpointStore) -> None:
    left_by(store, "completed", identity(try_number=1, max_tries=2))
    assert not decides(store, identity(try_number=2, max_tries=3))


def test_a_completed_pipeline_whose_task_was_killed_is_not_run_again(store: LocalCheckpointStore) -> None:
    left_by(store, "completed", identity(try_number=1, max_tries=2))
    assert decides(store, identity(try_number=2, max_tries=2))


def test_the_operator_can_forbid_it(store: LocalCheckpointStore) -> None:
    left_by(store, "failed", identity(try_number=1, max_tries=2))
    assert not decides(store, identity(try_number=2, max_tries=2), allowed=False)


@pytest.mark.parametrize(
    ("conf", "resumes"),
    [({"ppf": {"resume": False}}, False), ({"ppf": {"resume": True}}, True), ({"ppf": 1}, True), ({}, True)],
)
def test_the_runs_conf_can_forbid_it(
    store: LocalCheckpointStore, conf: dict[str, Any], resumes: bool
) -> None:
    left_by(store, "failed", identity(try_number=1, max_tries=2))
    assert decides(store, identity(try_number=2, max_tries=2), conf=conf) is resumes


def test_a_run_that_was_deleted_and_created_again_does_not_resume(
    store: LocalCheckpointStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    left_by(store, "failed", identity(try_number=1, max_tries=2), mark="first")
    assert decides(store, identity(try_number=2, max_tries=2), mark="first")
    assert not decides(store, identity(try_number=1, max_tries=2), mark="another")
    assert "a deleted DAG run with this id" in caplog.text


def test_the_scope_differs_for_every_task_and_is_the_same_in_each_run_and_try() -> None:
    first = identity(try_number=1, max_tries=2)
    again = replace(identity(try_number=2, max_tries=4), run_id="another")
    assert first.scope == again.scope == ("dag", "task", "-1")
    others = [replace(first, **{field: "x"}) for field in ("dag_id", "task_id")]
    assert len({each.scope for each in (first, *others, replace(first, map_index=0))}) == 4


def test_materialising_in_a_task_without_a_place_for_it_is_a_config_error() -> None:
    clean = ComponentConfig(
        "clean", ComponentType.TRANSFORMATION, "ppf_core.batch.Sql", {"query": "SELECT 1", "output_view": "v"}
    )
    config = replace(CONFIG, components=[replace(clean, materialize=True)])
    with pytest.raises(ConfigError, match=r"checkpoint\.root: .*clean materializes"):
        PipelineHook().run(config)
