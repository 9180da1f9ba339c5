"""Checkpoints in an object store; tests/contracts has what all stores share."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem
from upath import UPath

from ppf_core.config import ConfigError
from ppf_core.runner import (
    CheckpointState,
    CheckpointSupersededError,
    CheckpointUnreadableError,
    LocalCheckpointStore,
    ObjectStorageCheckpointStore,
    TryRecord,
    checkpoint_store_at,
)

NUMBERS = itertools.count()


class Bucket(MemoryFileSystem):
    """Remembers listings, as fsspec's file systems for object stores do, and can be made to fail or to cut short."""

    protocol = "bucket"
    cachable = False

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.listings: dict[str, list[str]] = {}
        self.cut_at: int | None = None
        self.lost = False

    def ls(self, path: str, detail: bool = True, **options: Any) -> Any:
        if self.lost:
            raise ConnectionError("no route to host")
        if detail:
            return super().ls(path, detail=True, **options)
        if path not in self.listings:
            self.listings[path] = super().ls(path, detail=False, **options)
        return self.listings[path]

    def invalidate_cache(self, path: str | None = None) -> None:
        self.listings.clear()

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **options: Any) -> None:
        assert not self.exists(path), "a file is written over"
        super().pipe_file(path, value[: self.cut_at], mode, **options)
        if self.cut_at is not None:
            raise ConnectionError("lost while writing")


class BucketFolder:
    """One folder of one bucket, seen by several processes."""

    def __init__(self) -> None:
        self.root = f"/bucket-{next(NUMBERS)}"
        self.filesystems: list[Bucket] = []

    def store(self, scope: tuple[str, ...] = ()) -> ObjectStorageCheckpointStore:
        self.filesystems.append(Bucket())
        path = UPath(f"memory://{self.root}")
        path._fs_cached = self.filesystems[-1]  # type: ignore[misc]  # so do those of Airflow's own class
        return ObjectStorageCheckpointStore(path, scope=scope)

    def files(self) -> list[str]:
        return sorted(name.rpartition("/")[2] for name in MemoryFileSystem().find(self.root))


@pytest.fixture
def bucket() -> BucketFolder:
    return BucketFolder()


def state(*owners: str, completed: tuple[str, ...] = ()) -> CheckpointState:
    tries = [TryRecord(owner, "2013-01-01T00:00:00+00:00") for owner in owners]
    return CheckpointState("r", "p", "f", completed_components=list(completed), tries=tries)


def completed_in(store: ObjectStorageCheckpointStore) -> list[str]:
    loaded = store.load("r", "p")
    assert loaded is not None
    return loaded.completed_components


def test_no_file_is_written_over_and_one_is_left(bucket: BucketFolder) -> None:
    store = bucket.store()
    for completed in [(), ("a",), ("a", "b")]:
        store.save(state("one", completed=completed))
    assert bucket.files() == ["000001-one-000003.json"]
    bucket.store().save(state("one", "two"))
    assert bucket.files() == ["000002-two-000001.json"]


def test_a_save_that_was_cut_short_costs_itself_only(
    bucket: BucketFolder, caplog: pytest.LogCaptureFixture
) -> None:
    store = bucket.store()
    store.save(state("one", completed=("a",)))
    bucket.filesystems[0].cut_at = 20
    with pytest.raises(ConnectionError):
        store.save(state("one", completed=("a", "b")))
    assert completed_in(bucket.store()) == ["a"]
    assert "000001-one-000002.json cannot be read: it is torn" in caplog.text


def test_a_try_whose_first_save_was_cut_short_does_not_stand_in_the_way_of_the_next(
    bucket: BucketFolder,
) -> None:
    bucket.store().save(state("one", completed=("a",)))
    torn = bucket.store()
    bucket.filesystems[1].cut_at = 0
    with pytest.raises(ConnectionError):
        torn.save(state("one", "a dead try", completed=("a",)))
    store = bucket.store()
    assert completed_in(store) == ["a"]
    store.save(state("one", "two", completed=("a",)))
    store.save(state("one", "two", completed=("a", "b")))
    assert bucket.files() == ["000002-two-000002.json"]


def test_where_nothing_but_torn_files_is_left_that_is_an_error_until_they_are_deleted(
    bucket: BucketFolder,
) -> None:
    store = bucket.store()
    bucket.filesystems[0].cut_at = 20
    with pytest.raises(ConnectionError):
        store.save(state("one"))
    later = bucket.store()
    with pytest.raises(
        CheckpointUnreadableError, match=r"000001-one-000001\.json cannot be read: it is torn"
    ):
        later.load("r", "p")
    assert later.exists("r", "p")
    later.delete("r", "p")
    assert later.load("r", "p") is None


@pytest.mark.parametrize("first", ["one", "two"])
def test_of_two_that_begin_in_the_same_moment_one_goes_on(
    bucket: BucketFolder, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_store, second_store = bucket.store(), bucket.store()
    with monkeypatch.context() as same_moment:
        same_moment.setattr(Bucket, "ls", lambda *_, **__: [])  # neither sees what the other has written
        first_store.save(state("one"))
        second_store.save(state("two"))
    stores = {"one": first_store, "two": second_store}
    outcomes = {}
    for owner in [first, *(stores.keys() - {first})]:
        try:
            stores[owner].save(state(owner, completed=("a",)))
            outcomes[owner] = "goes on"
        except CheckpointSupersededError:
            outcomes[owner] = "is stopped"
    assert sorted(outcomes.values()) == ["goes on", "is stopped"]
    assert completed_in(bucket.store()) == ["a"]


def test_what_an_earlier_try_writes_at_the_last_moment_undoes_nothing(
    bucket: BucketFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    early, late = bucket.store(), bucket.store()
    early.save(state("one", completed=("a",)))
    late.save(state("one", "two", completed=("a", "b")))
    with monkeypatch.context() as in_between:  # it has looked before the later try began, and writes after it
        in_between.setattr(Bucket, "ls", lambda *_, **__: [])
        early.save(state("one", completed=("a", "z")))
    assert completed_in(bucket.store()) == ["a", "b"]
    with pytest.raises(CheckpointSupersededError):
        early.save(state("one", completed=("a", "z")))
    late.save(state("one", "two", completed=("a", "b", "c")))
    assert bucket.files() == ["000002-two-000002.json"]


def test_scopes_share_nothing(bucket: BucketFolder) -> None:
    scopes = [(), ("dag", "task", "-1"), ("dag", "task", "0"), ("dag/task", "", "0")]
    for number, scope in enumerate(scopes):
        bucket.store(scope).save(state("one", completed=(str(number),)))
    for number, scope in enumerate(scopes):
        assert completed_in(bucket.store(scope)) == [str(number)]


def test_files_of_others_in_the_folder_do_no_harm_and_are_left_alone(bucket: BucketFolder) -> None:
    store = bucket.store()
    store.save(state("one"))
    Bucket().pipe_file(f"{store.location_for('r', 'p')}/notes.txt", b"hello")
    assert completed_in(store) == []
    store.delete("r", "p")
    assert bucket.files() == ["notes.txt"]


def test_that_the_store_cannot_be_reached_is_no_damage_of_the_checkpoint(bucket: BucketFolder) -> None:
    store = bucket.store()
    bucket.filesystems[0].lost = True
    with pytest.raises(ConnectionError):
        store.load("r", "p")


def test_an_address_leads_to_its_store(tmp_path: Any) -> None:
    for root in (str(tmp_path), f"file://{tmp_path}"):
        store = checkpoint_store_at(root)
        assert isinstance(store, LocalCheckpointStore)
        assert store.base_dir == tmp_path
    assert isinstance(checkpoint_store_at("memory://somewhere"), ObjectStorageCheckpointStore)


def test_an_address_that_nothing_here_can_reach_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match=r"checkpoint\.root: expected a folder, or an address.*nosuch://"):
        checkpoint_store_at("nosuch://bucket/x")
