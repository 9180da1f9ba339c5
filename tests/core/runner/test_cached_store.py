"""The checkpoint store of one try."""

from __future__ import annotations

from pathlib import Path

import pytest

from ppf_core.runner import (
    CachedCheckpointStore,
    CheckpointState,
    CheckpointSupersededError,
    LocalCheckpointStore,
    PipelineConfigChangedError,
    SimplePipelineRunner,
    TryRecord,
    assemble,
)
from ppf_core.runner.report import ReportFile
from ppf_core.runner.run_options import RunOptions
from tests.support.pipelines import pipeline, step

FAILS_ONCE = pipeline(step("a"), step("b", "a", config={"failures": 1}))


class CountingStore:
    """Counts how often its user loads a checkpoint; what the store itself reads to fence does not count."""

    def __init__(self, folder: Path) -> None:
        self._store = LocalCheckpointStore(folder)
        self.loads = 0

    def load(self, run_id: str, pipeline_name: str) -> CheckpointState | None:
        self.loads += 1
        return self._store.load(run_id, pipeline_name)

    def save(self, state: CheckpointState) -> None:
        self._store.save(state)

    def delete(self, run_id: str, pipeline_name: str) -> None:
        self._store.delete(run_id, pipeline_name)

    def exists(self, run_id: str, pipeline_name: str) -> bool:
        return self._store.exists(run_id, pipeline_name)


def test_a_resuming_try_loads_its_checkpoint_once(tmp_path: Path) -> None:
    for expected in ("failed", "completed"):
        store = CountingStore(tmp_path / "store")
        assembly = assemble(
            FAILS_ONCE,
            options=RunOptions(run_id="r", checkpoint_store=store),
            report=ReportFile(tmp_path / "report.html"),
        )
        SimplePipelineRunner.assembled(assembly).run(resume=True)
        assert store.loads == 1
        state = LocalCheckpointStore(tmp_path / "store").load("r", "p")
        assert state is not None
        assert state.status == expected


def test_a_second_run_in_one_process_reads_what_another_process_has_saved_since(tmp_path: Path) -> None:
    store = LocalCheckpointStore(tmp_path)
    here = SimplePipelineRunner(FAILS_ONCE, run_id="r", checkpoint_store=store)
    here.run(resume=True)
    there = SimplePipelineRunner(FAILS_ONCE, run_id="r", checkpoint_store=LocalCheckpointStore(tmp_path))
    there.run(resume=True)
    result = here.run(resume=True)
    assert (result.status.value, sorted(result.skipped_components)) == ("success", ["a", "b"])


def test_a_remembered_state_does_not_hide_that_another_try_has_taken_over(tmp_path: Path) -> None:
    mine = CachedCheckpointStore(LocalCheckpointStore(tmp_path))
    mine.save(CheckpointState("r", "p", "f", tries=[TryRecord("mine", "11:00")]))
    LocalCheckpointStore(tmp_path).save(
        CheckpointState("r", "p", "f", tries=[TryRecord("mine", "11:00"), TryRecord("theirs", "12:00")])
    )
    with pytest.raises(CheckpointSupersededError):
        mine.save(CheckpointState("r", "p", "f", tries=[TryRecord("mine", "11:00")]))


def test_a_plan_leaves_nothing_that_a_later_run_would_trust(tmp_path: Path) -> None:
    here = SimplePipelineRunner(FAILS_ONCE, run_id="r", checkpoint_store=LocalCheckpointStore(tmp_path))
    here.run()
    here.plan(resume=True)
    there = SimplePipelineRunner(FAILS_ONCE, run_id="r", checkpoint_store=LocalCheckpointStore(tmp_path))
    there.run(resume=True)
    assert here.run(resume=True).skipped_components.keys() == {"a", "b"}


def test_a_checkpoint_that_was_deleted_after_an_error_is_not_trusted(tmp_path: Path) -> None:
    store = LocalCheckpointStore(tmp_path)
    store.save(CheckpointState("r", "p", "of another structure", ["a"]))
    runner = SimplePipelineRunner(FAILS_ONCE, run_id="r", checkpoint_store=store)
    with pytest.raises(PipelineConfigChangedError):
        runner.run(resume=True)
    LocalCheckpointStore(tmp_path).delete("r", "p")
    assert runner.run(resume=True).completed_components == ["a"]


def test_a_save_that_was_refused_is_not_remembered(tmp_path: Path) -> None:
    cached = CachedCheckpointStore(LocalCheckpointStore(tmp_path))
    theirs = CheckpointState("r", "p", "f", tries=[TryRecord("theirs", "12:00")])
    LocalCheckpointStore(tmp_path).save(theirs)
    with pytest.raises(CheckpointSupersededError):
        cached.save(CheckpointState("r", "p", "f", tries=[TryRecord("mine", "11:00")]))
    assert cached.load("r", "p") == theirs


def test_a_plan_that_fails_leaves_nothing_that_a_later_run_would_trust(tmp_path: Path) -> None:
    store = LocalCheckpointStore(tmp_path)
    store.save(CheckpointState("r", "p", "of another structure", ["a"]))
    runner = SimplePipelineRunner(FAILS_ONCE, run_id="r", checkpoint_store=store)
    with pytest.raises(PipelineConfigChangedError):
        runner.plan(resume=True)
    LocalCheckpointStore(tmp_path).delete("r", "p")
    assert runner.run(resume=True).completed_components == ["a"]
