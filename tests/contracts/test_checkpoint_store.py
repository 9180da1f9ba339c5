"""Contract of all checkpoint stores."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk import ObjectStoragePath
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from upath import UPath

from airflow_ppf.checkpoint import TaskStateCheckpointStore
from ppf_core.component import DataCount, DataKind
from ppf_core.runner import (
    CachedCheckpointStore,
    CheckpointError,
    CheckpointHooks,
    CheckpointState,
    CheckpointStore,
    CheckpointSupersededError,
    CheckpointUnreadableError,
    CompletedComponent,
    HandOverRecord,
    LocalCheckpointStore,
    ObjectStorageCheckpointStore,
    SimplePipelineRunner,
    SkipReason,
    TryRecord,
    compute_pipeline_fingerprint,
)
from ppf_core.runner.checkpoint.state import FORMAT_VERSION
from tests.support.components import EVENTS, ON_RUN
from tests.support.pipelines import pipeline, step
from tests.support.task_state_store import StateStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ODD_IDS = [
    "manual__2024-02-29T12:00:00+00:00",
    "a/b",
    "../../etc/passwd",
    "..",
    ".",
    "/etc/passwd",
    ".hidden",
    "~root",
    "x" * 300,
    "é" * 300,
    "наука 🚀",
    "tab\tnewline\nreturn\r",
    "nul\0byte",
    "back\\slash",
    "per%2Fcent",
    "%%",
    " ",
    "CON",
    "a.json",
    "*?[]{}",
]


STORES = [
    "local",
    "cached in a try",
    "task state",
    "objects in memory",
    "objects in files",
    "objects by Airflow",
]


def object_storage(kind: str, folder: Path) -> ObjectStorageCheckpointStore:
    """Return a store as another process makes it, with its own file system object."""
    if kind == "objects by Airflow":
        return ObjectStorageCheckpointStore(
            ObjectStoragePath(f"file://{folder}"), scope=("dag", "task", "-1")
        )
    root = f"memory://{folder}" if kind == "objects in memory" else f"file://{folder}"
    return ObjectStorageCheckpointStore(UPath(root, skip_instance_cache=True))


@pytest.fixture(params=STORES)
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], CheckpointStore]:
    """Makes the store again, as another process does."""
    if request.param == "local":
        return lambda: LocalCheckpointStore(tmp_path / "checkpoints")
    if request.param == "cached in a try":
        return lambda: CachedCheckpointStore(LocalCheckpointStore(tmp_path / "checkpoints"))
    if request.param.startswith("objects"):
        return lambda: object_storage(request.param, tmp_path)
    assert request.param == "task state"
    tries = [StateStore()]

    def next_try() -> CheckpointStore:
        tries.append(tries[-1].next_try())
        return TaskStateCheckpointStore(tries[-1])

    return next_try


@pytest.fixture
def store(reopen: Callable[[], CheckpointStore]) -> CheckpointStore:
    return reopen()


def state(run_id: str = "r", pipeline_name: str = "p", **more: Any) -> CheckpointState:
    return CheckpointState(run_id, pipeline_name, "f" * 64, **more)


FULL = state(
    completed_components=["b", "a", "ü/..\n"],
    failed_component="c",
    status="failed",
    created_at="2024-02-29T12:00:00+00:00",
    updated_at="2024-02-29T12:00:01+00:00",
    tries=[TryRecord("one", "2024-02-29T12:00:00+00:00", {"host": "h", "try_number": "1"})],
    records={
        "a": CompletedComponent(
            views=("raw", "rejected"),
            counts=(DataCount("v", 2, None, DataKind.VIEW), DataCount("наука", 0, 10**15)),
        )
    },
)


def test_what_is_saved_is_loaded(reopen: Callable[[], CheckpointStore]) -> None:
    reopen().save(FULL)
    assert reopen().load("r", "p") == FULL


def test_what_is_loaded_is_not_what_was_saved_but_equal_to_it(store: CheckpointStore) -> None:
    saved = replace(FULL, completed_components=["a"])
    store.save(saved)
    saved.completed_components.append("later")
    loaded = store.load("r", "p")
    assert loaded is not None
    assert loaded.completed_components == ["a"]


def test_nothing_is_stored_at_first(store: CheckpointStore) -> None:
    assert store.load("r", "p") is None
    assert not store.exists("r", "p")


def test_save_replaces(store: CheckpointStore) -> None:
    store.save(FULL)
    store.save(state(completed_components=["z"]))
    assert store.load("r", "p") == state(completed_components=["z"])


def test_delete_forgets_and_may_be_repeated(store: CheckpointStore) -> None:
    store.delete("r", "p")
    store.save(FULL)
    assert store.exists("r", "p")
    store.delete("r", "p")
    store.delete("r", "p")
    assert store.load("r", "p") is None
    assert not store.exists("r", "p")


def test_runs_and_pipelines_with_odd_ids_never_share_a_place(store: CheckpointStore) -> None:
    pairs = [(run, name) for run in ODD_IDS for name in ODD_IDS]
    pairs += [("x" * 299 + "y", "p"), ("a", "b/c"), ("a/b", "c"), ("b", "a"), ("a", "b")]
    for run, name in pairs:
        store.save(state(run, name))
    for run, name in pairs:
        assert store.load(run, name) == state(run, name)


def test_an_empty_id_is_refused(store: CheckpointStore) -> None:
    for run, name in [("", "p"), ("r", "")]:
        for call in (store.load, store.delete, store.exists):
            with pytest.raises(ValueError, match="non-empty"):
                call(run, name)


@given(run=st.text(min_size=1), name=st.text(min_size=1))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_an_id(reopen: Callable[[], CheckpointStore], run: str, name: str) -> None:
    store = reopen()
    assert store.load(run, name) is None
    store.save(state(run, name))
    assert store.load(run, name) == state(run, name)
    store.delete(run, name)


def with_tries(*owners: str, **more: Any) -> CheckpointState:
    return state(tries=[TryRecord(owner, "2024-02-29T12:00:00+00:00") for owner in owners], **more)


def test_a_later_try_takes_over_and_the_earlier_ones_save_is_refused(
    reopen: Callable[[], CheckpointStore],
) -> None:
    reopen().save(with_tries("one", completed_components=["a"]))
    reopen().save(with_tries("one", "two", completed_components=["a"]))
    with pytest.raises(CheckpointSupersededError):
        reopen().save(with_tries("one", completed_components=["a", "b"]))
    assert reopen().load("r", "p") == with_tries("one", "two", completed_components=["a"])


def test_of_two_that_begin_at_once_the_later_is_refused(store: CheckpointStore) -> None:
    store.save(with_tries("one"))
    with pytest.raises(CheckpointSupersededError):
        store.save(with_tries("two"))
    store.save(with_tries("one", completed_components=["a"]))


def test_one_writer_may_save_again_and_again(store: CheckpointStore) -> None:
    for count in range(4):
        store.save(with_tries("one", completed_components=[f"c{number}" for number in range(count)]))
    loaded = store.load("r", "p")
    assert loaded is not None
    assert len(loaded.completed_components) == 3


CHAIN = pipeline(step("a"), step("b", "a"), step("c", "b"), step("d", "c"))


def run(store: CheckpointStore, *, resume: bool = True, run_id: str = "r") -> Any:
    return SimplePipelineRunner(CHAIN, run_id=run_id, checkpoint_store=store).run(resume=resume)


def boom() -> None:
    raise ConnectionError("lost")


def test_each_try_adds_to_what_is_completed(reopen: Callable[[], CheckpointStore]) -> None:
    for failing, completed in [("b", ["a"]), ("d", ["a", "b", "c"]), (None, ["a", "b", "c", "d"])]:
        ON_RUN.clear()
        if failing:
            ON_RUN[failing] = boom
        run(reopen())
        loaded = reopen().load("r", "p")
        assert loaded is not None
        assert loaded.completed_components == completed
        assert (loaded.failed_component, loaded.status) == (failing, "failed" if failing else "completed")
    assert EVENTS == ["run a", "run b", "run b", "run c", "run d", "run d"]
    last = reopen().load("r", "p")
    assert last is not None
    assert len(last.tries) == 3


@pytest.mark.parametrize("crash", ["b", "c", "d"])
def test_a_crash_in_a_resumed_run_loses_nothing(reopen: Callable[[], CheckpointStore], crash: str) -> None:
    ON_RUN["b"] = boom
    run(reopen())
    # A killed process calls no hook and saves nothing any more: as a store that stops taking anything.
    before = {"b": ["a"], "c": ["a", "b"], "d": ["a", "b", "c"]}[crash]
    seen: list[CheckpointState | None] = []
    ON_RUN.clear()
    ON_RUN[crash] = lambda: seen.append(reopen().load("r", "p"))
    run(reopen())
    assert seen[0] is not None
    assert seen[0].completed_components == before
    assert seen[0].status == "in_progress"


def test_resuming_a_completed_run_keeps_its_record(reopen: Callable[[], CheckpointStore]) -> None:
    run(reopen())
    first = reopen().load("r", "p")
    result = run(reopen())
    second = reopen().load("r", "p")
    assert {skipped.reason for skipped in result.skipped} == {SkipReason.COMPLETED}
    assert first is not None
    assert second is not None
    assert (second.completed_components, second.status) == (["a", "b", "c", "d"], "completed")
    assert second.created_at == first.created_at
    assert len(EVENTS) == 4


def test_starting_afresh_replaces_the_record_and_says_so(
    reopen: Callable[[], CheckpointStore], caplog: pytest.LogCaptureFixture
) -> None:
    ON_RUN["c"] = boom
    run(reopen())
    ON_RUN.clear()
    run(reopen(), resume=False)
    assert "the completion of 2 component(s)" in caplog.text
    assert "is forgotten: a, b" in caplog.text
    assert EVENTS == ["run a", "run b", "run c", "run a", "run b", "run c", "run d"]


def test_a_run_that_is_taken_over_stops_before_its_next_component_and_says_so(
    reopen: Callable[[], CheckpointStore],
) -> None:
    taken_over = iter([True])
    later: list[Any] = []

    def take_over() -> None:
        if next(taken_over, False):
            later.append(run(reopen()))

    ON_RUN["b"] = take_over
    earlier = run(reopen())
    assert "taken over" in str(earlier.error)
    assert earlier.completed_components == ["a"]
    assert EVENTS == ["run a", "run b", "run b", "run c", "run d"]
    assert later[0].completed_components == ["b", "c", "d"]
    loaded = reopen().load("r", "p")
    assert loaded is not None
    assert (loaded.completed_components, loaded.status) == (["a", "b", "c", "d"], "completed")


def test_who_takes_over_an_unfinished_try_is_reported(
    reopen: Callable[[], CheckpointStore], caplog: pytest.LogCaptureFixture
) -> None:
    hooks = CheckpointHooks(
        reopen(), "r", compute_pipeline_fingerprint(CHAIN), try_details={"host": "elsewhere"}
    )
    hooks.before_pipeline(CHAIN)
    run(reopen())
    assert "unfinished try" in caplog.text
    assert "host elsewhere" in caplog.text


# Earlier releases wrote format 1; the file is one that release 0.1.0 wrote.

FIRST_FORMAT = json.loads((Path(__file__).parent / "checkpoint_format_1.json").read_text())


def test_a_checkpoint_of_the_first_format_is_read_whole() -> None:
    loaded = CheckpointState.from_dict(FIRST_FORMAT, "here")
    same = ("run_id", "pipeline_name", "pipeline_fingerprint", "completed_components", "failed_component")
    assert {name: getattr(loaded, name) for name in same} == {name: FIRST_FORMAT[name] for name in same}
    assert [vars(record) for record in loaded.tries] == FIRST_FORMAT["tries"]
    assert loaded.records == {
        "read": CompletedComponent(views=("raw",)),
        "clean": CompletedComponent(
            views=("clean", "rejected"),
            handover=HandOverRecord("try-1/clean-1", "ab" * 32),
            dropped=("raw",),
            counts=(DataCount("clean", 1000, 2048, DataKind.VIEW),),
        ),
        "per_day": CompletedComponent(counts=(DataCount("/data/per_day", 31, None),)),
    }


def test_a_checkpoint_of_the_first_format_is_written_in_the_present_format(store: CheckpointStore) -> None:
    loaded = CheckpointState.from_dict(FIRST_FORMAT, "here")
    store.save(loaded)
    assert store.load(loaded.run_id, loaded.pipeline_name) == loaded
    assert loaded.to_dict()["format"] == FORMAT_VERSION


@pytest.mark.parametrize("key", ["views", "handovers", "dropped", "counts", "tries"])
def test_a_damaged_checkpoint_of_the_first_format_names_what_is_damaged(key: str) -> None:
    with pytest.raises(CheckpointUnreadableError, match=f"{key}: expected"):
        CheckpointState.from_dict({**FIRST_FORMAT, key: "damaged"}, "here")


# What is in the store may have been edited or torn.

GOOD = json.loads(FULL.to_json())


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in GOOD.items() if key != name}


DAMAGED: dict[str, tuple[Any, str]] = {
    "a list": ([], "expected an object"),
    "foreign": ({"hello": "world"}, "no checkpoint of ours"),
    "newer": ({**GOOD, "format": 99}, "newer"),
    "format as text": ({**GOOD, "format": "1"}, "format"),
    "format true": ({**GOOD, "format": True}, "format"),
    "a further key": ({**GOOD, "extra": 1}, "extra: unknown key"),
    "a missing key": (without("status"), "status: expected a value, got none"),
    "completed as text": ({**GOOD, "completed_components": "abc"}, "completed_components: expected a list"),
    "completed with a number": ({**GOOD, "completed_components": ["a", 7]}, r"completed_components\[1\]"),
    "unknown status": ({**GOOD, "status": "done"}, "status: expected one of"),
    "status null": ({**GOOD, "status": None}, "status: expected a text"),
    "empty run id": ({**GOOD, "run_id": ""}, "run_id"),
    "run id a number": ({**GOOD, "run_id": 7}, "run_id: expected a text"),
    "failed a list": ({**GOOD, "failed_component": []}, "failed_component"),
    "records a list": ({**GOOD, "records": []}, "records: expected an object"),
    "views of text": ({**GOOD, "records": {"a": {"views": "raw"}}}, r"records\.a\.views: expected a list"),
    "a try as text": ({**GOOD, "tries": ["one"]}, r"tries\[0\]"),
    "a try without owner": ({**GOOD, "tries": [{"started_at": "", "details": {}}]}, "owner"),
    "try details a number": (
        {**GOOD, "tries": [{"owner": "o", "started_at": "", "details": {"n": 1}}]},
        r"details\.n",
    ),
    "another run's": ({**GOOD, "run_id": "other"}, "belongs to run 'other'"),
}


@pytest.fixture(params=STORES)
def planted(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Any], tuple[CheckpointStore, str]]:
    """Return a function that puts a document into a store without its methods; it returns store and location."""

    def plant(document: Any) -> tuple[CheckpointStore, str]:
        if request.param in ("local", "cached in a try"):
            local = LocalCheckpointStore(tmp_path)
            path = local.path_for("r", "p")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(document))
            return local if request.param == "local" else CachedCheckpointStore(local), str(path)
        if request.param.startswith("objects"):
            remote = object_storage(request.param, tmp_path)
            where = remote.location_for("r", "p")
            remote._write(f"{where}/000001-planted-000001.json", json.dumps(document).encode())
            return remote, where
        assert request.param == "task state"
        accessor = StateStore()
        store = TaskStateCheckpointStore(accessor)
        store.save(state())
        (key,) = accessor.values
        accessor.values[key] = json.dumps(document)
        return store, key

    return plant


@pytest.mark.parametrize(("document", "reason"), DAMAGED.values(), ids=DAMAGED)
def test_what_is_damaged_is_one_error_that_names_place_and_reason(
    planted: Callable[[Any], tuple[CheckpointStore, str]], document: Any, reason: str
) -> None:
    store, where = planted(document)
    with pytest.raises(CheckpointUnreadableError, match=reason) as raised:
        store.load("r", "p")
    assert where in str(raised.value)
    assert where in raised.value.where
    assert store.exists("r", "p")


def test_what_is_damaged_is_not_overwritten_by_a_try_nor_resumed(
    planted: Callable[[Any], tuple[CheckpointStore, str]],
) -> None:
    store, _ = planted({"hello": "world"})
    with pytest.raises(CheckpointError):
        store.save(with_tries("one"))
    with pytest.raises(CheckpointUnreadableError):
        run(store)
    assert EVENTS == []


def test_a_run_that_starts_afresh_gets_past_what_is_damaged_and_says_so(
    planted: Callable[[Any], tuple[CheckpointStore, str]], caplog: pytest.LogCaptureFixture
) -> None:
    store, where = planted({"hello": "world"})
    result = run(store, resume=False)
    assert result.hook_errors == []
    assert where in caplog.text
    loaded = store.load("r", "p")
    assert loaded is not None
    assert loaded.status == "completed"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(sorted(GOOD)), inner),
    )
)
@settings(max_examples=200, deadline=None)
def test_no_document_is_read_by_guessing(document: Any) -> None:
    try:
        read = CheckpointState.from_dict(document, "here")
    except CheckpointUnreadableError:
        return
    assert json.loads(read.to_json()) == document


class TestLocal:
    """Tests of checkpoints in local files."""

    @pytest.fixture
    def base(self, tmp_path: Path) -> Iterator[Path]:
        outside = sorted(path.name for path in tmp_path.iterdir())
        yield tmp_path / "base"
        assert sorted(path.name for path in tmp_path.iterdir()) in (outside, [*outside, "base"])

    @pytest.mark.parametrize("odd", ODD_IDS)
    def test_odd_ids_stay_inside_the_base_directory(self, base: Path, odd: str) -> None:
        store = LocalCheckpointStore(base)
        path = store.path_for(odd, odd)
        store.save(state(odd, odd))
        assert path.is_file()
        assert path.resolve().parent.parent == base.resolve()
        assert not path.name.startswith(".")
        assert len(path.name.encode()) <= 255

    @pytest.mark.parametrize("odd", ["\ud800", "a\udcffb"])
    def test_lone_surrogates_are_kept(self, base: Path, odd: str) -> None:
        store = LocalCheckpointStore(base)
        store.save(state(odd, odd, completed_components=[odd]))
        assert store.load(odd, odd) == state(odd, odd, completed_components=[odd])

    def test_plain_ids_make_plain_paths(self, base: Path) -> None:
        assert (
            LocalCheckpointStore(base).path_for("run-1", "nyc_flights") == base / "nyc_flights" / "run-1.json"
        )

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "empty"),
            (b"  \n", "empty"),
            (FULL.to_json()[:50].encode(), "not JSON"),
            (b"\x80\x81\x82\x00\xff", "not JSON"),
            (b"[" * 100_000, "not JSON"),
            (b"PK\x03\x04", "not JSON"),
        ],
        ids=["empty", "blank", "torn", "binary", "deep", "zip"],
    )
    def test_torn_and_binary_files_name_file_and_reason(
        self, base: Path, content: bytes, reason: str
    ) -> None:
        store = LocalCheckpointStore(base)
        path = store.path_for("r", "p")
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        with pytest.raises(CheckpointUnreadableError, match=reason) as raised:
            store.load("r", "p")
        assert str(path) in str(raised.value)

    def test_a_directory_in_place_of_the_file_is_unreadable(self, base: Path) -> None:
        store = LocalCheckpointStore(base)
        store.path_for("r", "p").mkdir(parents=True)
        with pytest.raises(CheckpointUnreadableError, match="directory"):
            store.load("r", "p")

    def test_a_file_of_another_run_is_refused(self, base: Path) -> None:
        store = LocalCheckpointStore(base)
        store.save(state("other"))
        store.path_for("other", "p").rename(store.path_for("r", "p"))
        with pytest.raises(CheckpointUnreadableError, match="belongs to run 'other'"):
            store.load("r", "p")

    def test_a_save_that_fails_leaves_the_old_state_and_no_litter(
        self, base: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = LocalCheckpointStore(base)
        store.save(state(completed_components=["a"]))

        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            store.save(state(completed_components=["a", "b"]))
        assert store.load("r", "p") == state(completed_components=["a"])
        assert [path.name for path in base.glob("p/*") if path.name != ".lock"] == ["r.json"]

    def test_a_base_directory_that_cannot_be_made_is_an_error_of_the_system(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(OSError, match="file"):
            LocalCheckpointStore(tmp_path / "file" / "base").save(state())

    def test_a_checkpoint_that_could_not_be_saved_is_in_hook_errors(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        result = run(LocalCheckpointStore(tmp_path / "file" / "base"), resume=False)
        assert result.status.value == "success"
        assert EVENTS == ["run a", "run b", "run c", "run d"]
        assert {error.hook for error in result.hook_errors} == {"CheckpointHooks"}

    def test_states_lists_everything_unreadable_files_too(self, base: Path) -> None:
        store = LocalCheckpointStore(base)
        store.save(state("r1"))
        store.save(state("r2", "q"))
        store.path_for("r3", "p").write_text("torn")
        states = list(store.states())
        assert [each.run_id for each in states if isinstance(each, CheckpointState)] == ["r1", "r2"]
        assert len([each for each in states if isinstance(each, CheckpointUnreadableError)]) == 1

    def test_states_of_a_directory_that_is_not_there_is_empty(self, base: Path) -> None:
        assert list(LocalCheckpointStore(base).states()) == []

    def test_of_many_writers_at_once_one_wins_and_the_others_get_an_error(self, base: Path) -> None:
        outcomes: list[str] = []
        barrier = threading.Barrier(8)

        def begin(number: int) -> None:
            barrier.wait()
            try:
                LocalCheckpointStore(base).save(with_tries(f"owner {number}"))
                outcomes.append("won")
            except CheckpointSupersededError:
                outcomes.append("told")

        threads = [threading.Thread(target=begin, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["told"] * 7 + ["won"]


class TestTaskState:
    """Tests of checkpoints in Airflow's task state store."""

    def test_a_try_that_was_cleared_while_it_ran_ends_as_superseded(self) -> None:
        accessor = StateStore()
        accessor.error = RuntimeError("404: Task instance 0195-abc not found")
        with pytest.raises(CheckpointSupersededError):
            TaskStateCheckpointStore(accessor).save(with_tries("one"))

    def test_a_try_looks_at_what_is_stored_only_before_its_first_save(self) -> None:
        reads: list[str] = []

        class Counted(StateStore):
            def get(self, key: str, default: Any = None) -> Any:
                reads.append(key)
                return super().get(key, default)

        store = TaskStateCheckpointStore(Counted())
        for completed in ([], ["a"], ["a", "b"]):
            store.save(with_tries("one", completed_components=completed))
        assert len(reads) == 1

    def test_other_errors_of_the_store_go_through(self) -> None:
        accessor = StateStore()
        accessor.error = ConnectionError("no route to host")
        with pytest.raises(ConnectionError):
            TaskStateCheckpointStore(accessor).save(with_tries("one"))


def test_many_saves_by_one_writer_read_the_file_back_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalCheckpointStore(tmp_path)
    loads: list[str] = []
    load = store.load

    def noting(run_id: str, pipeline_name: str) -> CheckpointState | None:
        loads.append(run_id)
        return load(run_id, pipeline_name)

    monkeypatch.setattr(store, "load", noting)
    for _ in range(5):
        store.save(with_tries("one"))
    assert len(loads) == 1
    LocalCheckpointStore(tmp_path).save(with_tries("one", "two"))
    with pytest.raises(CheckpointSupersededError):
        store.save(with_tries("one"))


def test_two_writers_that_share_one_store_object_are_distinguished(
    reopen: Callable[[], CheckpointStore],
) -> None:
    store = reopen()
    store.save(with_tries("one"))
    store.save(with_tries("one", "two"))
    with pytest.raises(CheckpointSupersededError):
        store.save(with_tries("one"))
