from __future__ import annotations

import inspect
import json
import os
import pickle
import subprocess
import sys
from dataclasses import fields, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ppf_core.component import DataCount, DataKind, total_bytes, total_rows
from ppf_core.config import CheckpointConfig, ConfigChangeAction
from ppf_core.errors import StopPipeline
from ppf_core.runner import (
    CheckpointError,
    CheckpointHooks,
    CheckpointState,
    CheckpointSupersededError,
    CheckpointUnreadableError,
    CompletedComponent,
    CompletedComponents,
    CompositeHooks,
    HandOverRecord,
    LocalCheckpointStore,
    PipelineConfigChangedError,
    PipelineResult,
    PipelineResultStatus,
    RunOptions,
    SimplePipelineRunner,
    TryRecord,
    compute_pipeline_fingerprint,
    load_checkpoint_for_resume,
)
from tests.support.completed import records
from tests.support.components import EVENTS, ON_RUN
from tests.support.hooks import Watcher
from tests.support.pipelines import pipeline, step

if TYPE_CHECKING:
    from pathlib import Path

CHAIN = pipeline(step("a"), step("b", "a"), step("c", "b"))
OTHER = pipeline(step("a"), step("b", "a"), step("c", "a"))


@pytest.fixture
def store(tmp_path: Path) -> LocalCheckpointStore:
    return LocalCheckpointStore(tmp_path)


def run(store: LocalCheckpointStore, config: Any = CHAIN, **more: Any) -> Any:
    resume = more.pop("resume", False)
    return SimplePipelineRunner(config, run_id="r", checkpoint_store=store, **more).run(resume=resume)


def boom() -> None:
    raise ConnectionError("lost")


def test_the_state_has_the_documented_fields_first() -> None:
    parameters = inspect.signature(CheckpointState).parameters
    assert list(parameters)[:8] == [
        "run_id",
        "pipeline_name",
        "pipeline_fingerprint",
        "completed_components",
        "failed_component",
        "status",
        "created_at",
        "updated_at",
    ]
    made = CheckpointState("r", "p", "f")
    assert [getattr(made, entry.name) for entry in fields(made)[3:8]] == [[], None, "in_progress", "", ""]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("", "p", "f"), "run_id"),
        (("r", "", "f"), "pipeline_name"),
        (("r", "p", "f", [], None, "done"), "in_progress, completed, failed"),
    ],
)
def test_a_state_that_no_run_can_have_is_a_value_error(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CheckpointState(*arguments)


def test_hooks_have_the_documented_arguments() -> None:
    parameters = list(inspect.signature(CheckpointHooks).parameters.values())
    assert [(parameter.name, parameter.default is parameter.empty) for parameter in parameters[:4]] == [
        ("store", True),
        ("run_id", True),
        ("pipeline_fingerprint", True),
        ("now_func", False),
    ]


class Keeping(LocalCheckpointStore):
    """Keeps a copy of each state that was saved."""

    def __init__(self, base_dir: Path) -> None:
        super().__init__(base_dir)
        self.saved: list[CheckpointState] = []

    def save(self, state: CheckpointState) -> None:
        self.saved.append(replace(state, completed_components=list(state.completed_components)))
        super().save(state)


def test_it_saves_before_the_pipeline_after_each_component_on_failure_and_at_the_end(tmp_path: Path) -> None:
    store = Keeping(tmp_path)
    ON_RUN["b"] = boom
    run(store)
    assert [(each.completed_components, each.failed_component, each.status) for each in store.saved] == [
        ([], None, "in_progress"),
        (["a"], None, "in_progress"),
        (["a"], "b", "in_progress"),
        (["a"], "b", "failed"),
    ]


def test_times_are_iso_8601_and_come_from_now_func(tmp_path: Path) -> None:
    noon = datetime(2024, 2, 29, 12, tzinfo=timezone.utc)
    ticks = (noon + timedelta(minutes=minute) for minute in range(99))
    store = Keeping(tmp_path)
    hooks = CheckpointHooks(store, "r", compute_pipeline_fingerprint(CHAIN), lambda: next(ticks))
    SimplePipelineRunner(CHAIN, hooks=hooks).run()
    assert {each.created_at for each in store.saved} == {"2024-02-29T12:00:00+00:00"}
    assert store.saved[0].updated_at == "2024-02-29T12:01:00+00:00"
    assert [each.updated_at for each in store.saved] == sorted({each.updated_at for each in store.saved})


def test_the_documented_two_steps_resume(store: LocalCheckpointStore) -> None:
    ON_RUN["b"] = boom
    hooks = CheckpointHooks(store, "r", compute_pipeline_fingerprint(CHAIN))
    SimplePipelineRunner(CHAIN, hooks=CompositeHooks(Watcher(), hooks)).run()
    ON_RUN.clear()
    completed = load_checkpoint_for_resume(store, "r", CHAIN)
    assert completed == {"a"}
    assert isinstance(completed, set)
    hooks = CheckpointHooks(store, "r", compute_pipeline_fingerprint(CHAIN))
    result = SimplePipelineRunner(CHAIN, hooks=hooks).run(completed_components=completed)
    assert result.completed_components == ["b", "c"]
    assert load_checkpoint_for_resume(store, "r", CHAIN) == {"a", "b", "c"}


def test_there_is_nothing_to_resume_without_a_checkpoint(store: LocalCheckpointStore) -> None:
    with pytest.raises(ValueError, match="'r' of pipeline 'p'"):
        load_checkpoint_for_resume(store, "r", CHAIN)


def test_a_changed_structure_cannot_be_resumed(store: LocalCheckpointStore) -> None:
    run(store)
    with pytest.raises(PipelineConfigChangedError) as raised:
        load_checkpoint_for_resume(store, "r", OTHER)
    assert (raised.value.run_id, raised.value.pipeline_name) == ("r", "p")
    with pytest.raises(PipelineConfigChangedError):
        run(store, OTHER, resume=True)


def test_a_changed_structure_starts_afresh_where_the_config_says_so(
    store: LocalCheckpointStore, caplog: pytest.LogCaptureFixture
) -> None:
    run(store)
    restart = replace(OTHER, checkpoint=CheckpointConfig(on_config_change=ConfigChangeAction.RESTART))
    assert run(store, restart, resume=True).completed_components == ["a", "b", "c"]
    assert "Starting afresh" in caplog.text
    assert load_checkpoint_for_resume(store, "r", restart) == {"a", "b", "c"}


def test_tuned_settings_and_switched_off_components_keep_the_checkpoint(store: LocalCheckpointStore) -> None:
    ON_RUN["b"] = boom
    run(store)
    ON_RUN.clear()
    tuned = pipeline(
        CHAIN.components[0], step("b", "a", config={"tuned": 1}), replace(CHAIN.components[2], enabled=False)
    )
    assert run(store, tuned, resume=True).completed_components == ["b"]


def test_resume_without_a_record_is_a_first_run(store: LocalCheckpointStore) -> None:
    assert run(store, resume=True).completed_components == ["a", "b", "c"]


def test_resume_without_a_store_is_refused() -> None:
    with pytest.raises(ValueError, match="checkpoint_store and a run_id"):
        SimplePipelineRunner(CHAIN).run(resume=True)


def test_what_is_given_and_what_is_recorded_are_both_completed(store: LocalCheckpointStore) -> None:
    ON_RUN["b"] = boom
    run(store)
    ON_RUN.clear()
    made = SimplePipelineRunner(CHAIN, run_id="r", checkpoint_store=store)
    assert made.run({"b"}, resume=True).completed_components == ["c"]


def test_an_interruption_leaves_the_checkpoint_as_failed(store: LocalCheckpointStore) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    ON_RUN["b"] = interrupt
    with pytest.raises(KeyboardInterrupt):
        run(store)
    state = store.load("r", "p")
    assert state is not None
    assert (state.status, state.completed_components, state.failed_component) == ("failed", ["a"], "b")


def test_a_component_that_a_hook_refuses_is_not_recorded_as_completed(store: LocalCheckpointStore) -> None:
    class Judge(Watcher):
        def after_component(self, config: Any, index: int, total: int, duration_ms: int) -> None:
            if config.name == "b":
                raise StopPipeline("bad data")

    result = run(store, hooks=Judge())
    state = store.load("r", "p")
    assert state is not None
    assert (state.completed_components, state.failed_component, state.status) == (["a"], "b", "failed")
    assert result.hook_errors == []


def test_a_run_that_a_hook_stops_before_it_began_is_recorded_as_failed(store: LocalCheckpointStore) -> None:
    result = run(store, hooks=Watcher({"before_pipeline": StopPipeline("no input")}))
    state = store.load("r", "p")
    assert state is not None
    assert state.status == "failed"
    assert (result.hook_errors, EVENTS) == ([], [])


def test_a_run_that_a_hook_fails_at_the_end_is_recorded_as_failed(store: LocalCheckpointStore) -> None:
    run(store, hooks=Watcher({"after_pipeline": StopPipeline("too few rows")}))
    state = store.load("r", "p")
    assert state is not None
    assert (state.completed_components, state.status) == (["a", "b", "c"], "failed")


def test_a_store_that_fails_once_loses_nothing_once_it_works_again(tmp_path: Path) -> None:
    class Flaky(LocalCheckpointStore):
        broken = False

        def save(self, state: CheckpointState) -> None:
            if self.broken:
                raise OSError("disk full")
            super().save(state)

    store = Flaky(tmp_path)
    ON_RUN["a"] = lambda: setattr(store, "broken", True)
    ON_RUN["c"] = lambda: setattr(store, "broken", False)
    result = run(store)
    assert [str(error) for error in result.hook_errors] == [
        "CheckpointHooks.after_component: OSError: disk full"
    ] * 2
    assert load_checkpoint_for_resume(store, "r", CHAIN) == {"a", "b", "c"}


def test_the_history_says_who_made_each_try(store: LocalCheckpointStore) -> None:
    run(store, options=RunOptions(try_details={"try_number": "1"}))
    run(store, resume=True, options=RunOptions(try_details={"try_number": "2"}))
    state = store.load("r", "p")
    assert state is not None
    assert [record.maker for record in state.tries] == [{"try_number": "1"}, {"try_number": "2"}]
    assert len({record.owner for record in state.tries}) == 2


@pytest.mark.parametrize(
    ("status", "failed", "completed", "ended"),
    [
        ("in_progress", None, ["a"], "killed or lost: it left no result; 1 component completed by 12:00"),
        ("failed", "b", ["a"], "failed at b; 1 component completed by 12:00"),
        ("failed", None, [], "failed; 0 components completed by 12:00"),
        ("completed", None, ["a", "b", "c"], "completed; 3 components completed by 12:00"),
    ],
)
def test_each_try_notes_how_the_one_before_it_ended(
    store: LocalCheckpointStore, status: str, failed: str | None, completed: list[str], ended: str
) -> None:
    fingerprint = compute_pipeline_fingerprint(CHAIN)
    before = [TryRecord("one", "11:00", {"try_number": "1", "ended": "failed"}), TryRecord("two", "11:30")]
    store.save(
        CheckpointState("r", "p", fingerprint, completed, failed, status, "11:00", "12:00", tries=before)
    )
    run(store, resume=True)
    state = store.load("r", "p")
    assert state is not None
    assert [record.ended for record in state.tries] == ["failed", ended, ""]


def test_recorded_views_come_back_with_the_names(store: LocalCheckpointStore) -> None:
    hooks = CheckpointHooks(store, "r", compute_pipeline_fingerprint(CHAIN))
    hooks.before_pipeline(CHAIN)
    hooks.on_component_views(CHAIN.components[0], ("raw",))
    hooks.after_component(CHAIN.components[0], 0, 3, 1)
    completed = load_checkpoint_for_resume(store, "r", CHAIN)
    assert isinstance(completed, CompletedComponents)
    assert completed.records == {"a": CompletedComponent(views=("raw",))}


def test_what_a_killed_process_leaves_of_a_save_is_gone_after_the_next(tmp_path: Path) -> None:
    killed = (
        "import os\n"
        "from ppf_core.runner import CheckpointState, LocalCheckpointStore\n"
        "os.fsync = lambda _: os._exit(9)\n"
        f"LocalCheckpointStore({str(tmp_path)!r}).save(CheckpointState('r', 'p', 'f'))\n"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    assert subprocess.run([sys.executable, "-c", killed], env=env, check=False).returncode == 9
    assert [path.suffix for path in (tmp_path / "p").iterdir() if path.name != ".lock"] == [".tmp"]
    LocalCheckpointStore(tmp_path).save(CheckpointState("r", "p", "f"))
    assert sorted(path.name for path in (tmp_path / "p").iterdir()) == [".lock", "r.json"]


def test_dropped_views_come_back_with_the_names_and_add_up_over_tries(store: LocalCheckpointStore) -> None:
    for dropped in (("raw", "old"), ("raw",)):
        hooks = CheckpointHooks(store, "r", compute_pipeline_fingerprint(CHAIN))
        hooks.before_pipeline(CHAIN)
        hooks.on_component_dropped_views(CHAIN.components[0], dropped)
        hooks.after_component(CHAIN.components[0], 0, 3, 1)
    assert load_checkpoint_for_resume(store, "r", CHAIN).record("a").dropped == ("old", "raw")


def test_a_component_that_did_nothing_worth_recording_has_no_record_in_the_checkpoint(
    store: LocalCheckpointStore,
) -> None:
    hooks = CheckpointHooks(store, "r", compute_pipeline_fingerprint(CHAIN))
    hooks.before_pipeline(CHAIN)
    hooks.after_component(CHAIN.components[0], 0, 3, 1)
    document = json.loads(store.path_for("r", "p").read_text())
    assert (document["completed_components"], document["records"]) == (["a"], {})


def test_damaged_dropped_views_are_an_error_that_names_them() -> None:
    document = {**CheckpointState("r", "p", "f").to_dict(), "records": {"a": {"dropped": [1]}}}
    with pytest.raises(CheckpointUnreadableError, match=r"records\.a\.dropped\[0\]: expected a text, got 1"):
        CheckpointState.from_dict(document, "here")


COUNTS = (DataCount("v", 3, 40, DataKind.VIEW), DataCount("/out", 2))


def test_counts_come_back_with_the_names(store: LocalCheckpointStore) -> None:
    hooks = CheckpointHooks(store, "r", compute_pipeline_fingerprint(CHAIN))
    hooks.before_pipeline(CHAIN)
    hooks.on_component_counts(CHAIN.components[0], COUNTS)
    hooks.after_component(CHAIN.components[0], 0, 3, 1)
    assert load_checkpoint_for_resume(store, "r", CHAIN).record("a").counts == COUNTS


def test_counts_of_a_component_that_does_not_complete_are_not_kept(store: LocalCheckpointStore) -> None:
    hooks = CheckpointHooks(store, "r", compute_pipeline_fingerprint(CHAIN))
    hooks.before_pipeline(CHAIN)
    hooks.on_component_counts(CHAIN.components[0], COUNTS)
    hooks.on_component_failure(CHAIN.components[0], 0, ValueError("refused by a check"))
    state = store.load("r", "p")
    assert state is not None
    assert state.records == {}


def test_counts_of_an_earlier_try_go_when_the_component_runs_again_without_any(
    store: LocalCheckpointStore,
) -> None:
    for counts in (COUNTS, ()):
        hooks = CheckpointHooks(store, "r", compute_pipeline_fingerprint(CHAIN))
        hooks.before_pipeline(CHAIN)
        if counts:
            hooks.on_component_counts(CHAIN.components[0], counts)
        hooks.after_component(CHAIN.components[0], 0, 3, 1)
    assert load_checkpoint_for_resume(store, "r", CHAIN).record("a").counts == ()


def test_very_many_counts_of_one_component_are_summed_up_without_a_change_of_their_sums(
    store: LocalCheckpointStore,
) -> None:
    counts = tuple(
        DataCount(f"{n}", n, n * 10, DataKind.VIEW if n % 3 else DataKind.TARGET) for n in range(1000)
    )
    hooks = CheckpointHooks(store, "r", compute_pipeline_fingerprint(CHAIN))
    hooks.before_pipeline(CHAIN)
    hooks.on_component_counts(CHAIN.components[0], counts)
    hooks.after_component(CHAIN.components[0], 0, 3, 1)
    kept = load_checkpoint_for_resume(store, "r", CHAIN).record("a").counts
    assert len(kept) == 22
    for kind in DataKind:
        numbers = [n for n in range(1000) if (n % 3 == 0) is (kind is DataKind.TARGET)]
        of_kind = [count for count in kept if count.kind is kind]
        assert (total_rows(of_kind), total_bytes(of_kind)) == (sum(numbers), sum(numbers) * 10)


def test_a_state_is_the_same_as_a_document_and_as_text() -> None:
    state = CheckpointState("r", "p", "f", records=records("a", dropped={"a": ["v"]}, counts={"a": COUNTS}))
    assert state.to_dict() == json.loads(state.to_json())
    assert CheckpointState.from_dict(state.to_dict(), "here") == state
    assert CheckpointState.from_json(state.to_json(), "here") == state


def test_a_name_that_is_no_text_comes_back_from_a_checkpoint() -> None:
    state = CheckpointState("r", "p", "f", records=records("a", counts={"a": [DataCount("/out/\udcff")]}))
    assert CheckpointState.from_json(state.to_json(), "here") == state


@pytest.mark.parametrize(
    ("damaged", "problem"),
    [
        ([], "records: expected an object, got a list"),
        ({"a": {"counts": {}}}, "records.a.counts: expected a list, got an object"),
        ({"a": {"counts": [7]}}, r"records.a.counts\[0\]: expected an object, got 7"),
        ({"a": {"counts": [{"rows": 1}]}}, r"records.a.counts\[0\].name: expected a value, got none"),
        ({"a": {"counts": [{"name": 1}]}}, r"records.a.counts\[0\].name: expected a text, got 1"),
        ({"a": {"counts": [{"name": "x", "rows": -1}]}}, r"counts\[0\].rows: expected a whole number from 0"),
        ({"a": {"counts": [{"name": "x", "bytes": True}]}}, r"counts\[0\].bytes: expected a whole number"),
        ({"a": {"counts": [{"name": "x", "kind": "guess"}]}}, r"counts\[0\].kind: .*'view' or 'target'"),
        ({"a": {"counts": [{"name": "x", "kind": ["view"]}]}}, r"counts\[0\].kind: .*'view' or 'target'"),
        ({"a": {"counts": [{"name": "x", "size": 1}]}}, r"counts\[0\].size: unknown key"),
        ({"a": {"effects": []}}, "records.a.effects: unknown key"),
    ],
)
def test_a_damaged_record_is_an_error_that_names_the_place(damaged: object, problem: str) -> None:
    with pytest.raises(CheckpointUnreadableError, match=problem):
        CheckpointState.from_dict({**CheckpointState("r", "p", "f").to_dict(), "records": damaged}, "here")


def test_a_plain_set_of_names_does_not_wipe_the_records_of_the_checkpoint(
    store: LocalCheckpointStore,
) -> None:
    hooks = CheckpointHooks(store, "r", compute_pipeline_fingerprint(CHAIN))
    hooks.before_pipeline(CHAIN)
    hooks.on_component_views(CHAIN.components[0], ("raw",))
    hooks.after_component(CHAIN.components[0], 0, 3, 1)
    SimplePipelineRunner(CHAIN, run_id="r", checkpoint_store=store).run({"a", "b"})
    state = store.load("r", "p")
    assert state is not None
    assert state.records == {"a": CompletedComponent(views=("raw",))}


def test_hooks_that_watch_two_tries_do_not_mix_up_their_counts(store: LocalCheckpointStore) -> None:
    hooks = CheckpointHooks(store, "r", compute_pipeline_fingerprint(CHAIN))
    hooks.before_pipeline(CHAIN)
    hooks.on_component_counts(CHAIN.components[0], COUNTS)
    hooks.on_component_failure(CHAIN.components[0], 0, ValueError())
    hooks.before_pipeline(CHAIN)
    hooks.after_component(CHAIN.components[0], 0, 3, 1)
    assert load_checkpoint_for_resume(store, "r", CHAIN).record("a").counts == ()


def test_under_a_foreign_runner_the_hooks_add_to_what_is_on_record(store: LocalCheckpointStore) -> None:
    for name in ("a", "b"):  # no on_plan, as a runner that knows only the documented callbacks
        hooks = CheckpointHooks(store, "r", compute_pipeline_fingerprint(CHAIN))
        hooks.before_pipeline(CHAIN)
        hooks.after_component(CHAIN.get_component(name), 0, 3, 1)
    assert load_checkpoint_for_resume(store, "r", CHAIN) == {"a", "b"}


@pytest.mark.parametrize(
    "error",
    [
        PipelineConfigChangedError("r", "p"),
        CheckpointUnreadableError("file", "torn"),
        CheckpointSupersededError("r", "p"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_survive_pickling(error: CheckpointError) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - made on the same line
    assert type(again) is type(error)
    assert (str(again), vars(again)) == (str(error), vars(error))


def test_where_views_were_written_is_on_record_once_the_component_has_completed_and_until_the_run_has(
    store: LocalCheckpointStore,
) -> None:
    a, record = CHAIN.components[0], HandOverRecord("try-1/a-1", "ab")
    hooks = CheckpointHooks(store, "r", compute_pipeline_fingerprint(CHAIN))
    hooks.before_pipeline(CHAIN)
    hooks.on_component_views(a, ("raw",))
    hooks.on_component_materialized(a, record)
    hooks.on_component_failure(CHAIN.components[1], 1, ValueError())  # saves, whatever there is
    assert load_checkpoint_for_resume(store, "r", CHAIN).record("a").handover is None
    hooks.after_component(a, 0, 3, 1)
    assert load_checkpoint_for_resume(store, "r", CHAIN).record("a").handover == record
    keeping = replace(CHAIN, checkpoint=CheckpointConfig(keep=True))
    hooks.after_pipeline(keeping, PipelineResult(PipelineResultStatus.SUCCESS, "p"))
    assert load_checkpoint_for_resume(store, "r", CHAIN).record("a").handover == record
    hooks.after_pipeline(CHAIN, PipelineResult(PipelineResultStatus.SUCCESS, "p"))
    assert load_checkpoint_for_resume(store, "r", CHAIN).record("a").handover is None


def test_what_ran_again_is_restored_from_its_new_views_or_not_at_all(store: LocalCheckpointStore) -> None:
    a = CHAIN.components[0]
    for views_are_refused in (False, True):
        hooks = CheckpointHooks(store, "r", compute_pipeline_fingerprint(CHAIN))
        hooks.before_pipeline(CHAIN)
        hooks.on_component_views(a, ("raw",))
        hooks.on_component_materialized(a, HandOverRecord(f"try-{views_are_refused}/a-1", "ab"))
        if views_are_refused:  # by a quality check, say
            hooks.on_component_failure(a, 0, ValueError())
        else:
            hooks.after_component(a, 0, 3, 1)
    completed = load_checkpoint_for_resume(store, "r", CHAIN)
    assert (completed, completed.record("a").handover) == ({"a"}, None)
