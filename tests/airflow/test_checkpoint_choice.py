"""Choice of a task's checkpoint store, and detection of a DAG run that was deleted and created again."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from airflow_ppf.checkpoint import TaskStateCheckpointStore, choose_checkpoint_store, dag_run_mark
from airflow_ppf.task.task_try import TaskTry
from ppf_core.config import ConfigError
from ppf_core.runner import CheckpointState, ObjectStorageCheckpointStore, TryRecord
from tests.support.task_state_store import StateStore

if TYPE_CHECKING:
    from pathlib import Path

SCOPE = ("dag", "task", "-1")


def test_by_default_it_is_airflows_own_store() -> None:
    assert isinstance(choose_checkpoint_store("task_state", StateStore(), SCOPE), TaskStateCheckpointStore)


@pytest.mark.parametrize("scheme", ["", "file://", "memory://"])
def test_a_folder_or_an_address_is_an_object_store_in_which_tasks_share_nothing(
    tmp_path: Path, scheme: str
) -> None:
    root = f"{scheme}{tmp_path}"
    store = choose_checkpoint_store(root, StateStore(), SCOPE)
    other = choose_checkpoint_store(root, StateStore(), ("dag", "task", "0"))
    assert isinstance(store, ObjectStorageCheckpointStore)
    assert store.location_for("r", "p") == f"{tmp_path}/checkpoints/dag/task/-1/p/r"
    store.save(CheckpointState("r", "p", "f"))
    assert (store.exists("r", "p"), other.exists("r", "p")) == (True, False)


@pytest.mark.parametrize("root", ["nosuch://bucket", "nosuch://me:hunter22@bucket", "a/relative/folder"])
def test_what_no_checkpoint_can_be_kept_at_is_a_config_error(root: str) -> None:
    with pytest.raises(
        ConfigError, match="checkpoint_store: expected task_state, a folder, or an address"
    ) as caught:
        choose_checkpoint_store(root, StateStore(), SCOPE)
    assert "hunter22" not in str(caught.value)


def test_the_mark_is_the_same_in_each_try_and_goes_with_the_dag_run() -> None:
    state = StateStore()
    mark = dag_run_mark(state)
    assert dag_run_mark(state) == mark
    assert dag_run_mark(StateStore()) != mark


@pytest.mark.parametrize("edited", ["", 7, None, ["x"]])
def test_a_mark_that_somebody_edited_to_nonsense_is_a_new_mark(edited: object) -> None:
    state = StateStore({"ppf-dag-run": json.dumps(edited)})
    assert dag_run_mark(state) == state.get("ppf-dag-run") != edited


def context(state: StateStore) -> Any:
    ti = SimpleNamespace(
        dag_id="dag", run_id="r", task_id="task", map_index=None, try_number=1, max_tries=1, id="i"
    )
    return {"ti": ti, "task_state_store": state, "dag_run": SimpleNamespace(conf=None)}


@pytest.mark.parametrize("kept", ["task_state", "files"])
def test_a_run_that_is_created_again_under_its_id_starts_afresh_with_either_store(
    kept: str, tmp_path: Path
) -> None:
    from ppf_core.config import PipelineConfig, SparkConfig

    root = str(tmp_path) if kept == "files" else kept
    config = PipelineConfig("p", "1", SparkConfig("p"), [])
    log = SimpleNamespace(info=lambda *_: None)
    state = StateStore()
    first = TaskTry.of(context(state), log, root)
    assert not first.decide_to_resume(config, allowed=True)
    first.store.save(
        CheckpointState("r", "p", "f", status="failed", tries=[TryRecord("o", "", first.try_details())])
    )
    assert TaskTry.of(context(state), log, root).decide_to_resume(config, allowed=True)
    assert not TaskTry.of(context(StateStore()), log, root).decide_to_resume(config, allowed=True)
