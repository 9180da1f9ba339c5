"""Checkpoints in an object store, or wherever else fsspec reaches."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from .errors import CheckpointError, CheckpointSupersededError, CheckpointUnreadableError
from .names import file_name, require_ids
from .state import CheckpointState, refuse_if_superseded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["FsspecPath", "ObjectStorageCheckpointStore"]

logger = logging.getLogger(__name__)

_FOLDER = "checkpoints"
_LOOKS = 10
"""How often to list a folder again whose files were all replaced before they were read."""

_ENTRY = re.compile(r"(\d{6,})-(.*)-(\d{6,})\.json")


class FsspecPath(Protocol):
    """What is used of a path of universal-pathlib, or of Airflow's `ObjectStoragePath`."""

    @property
    def fs(self) -> Any:
        """Its file system, an fsspec one."""

    @property
    def path(self) -> str:
        """The path as the file system names it."""
        ...


@dataclass(frozen=True)
class _Entry:
    """One saved state: of which try (how many there were, and whose it is), and its how manieth."""

    number: int
    owner: str
    version: int

    @property
    def name(self) -> str:
        return f"{self.number:06d}-{self.owner}-{self.version:06d}.json"

    @property
    def rank(self) -> tuple[int, list[int], int]:
        # The latest try is what counts; of two that began at the same moment, the one whose name comes first.
        return self.number, [-ord(character) for character in self.owner], self.version


class ObjectStorageCheckpointStore:
    """Keeps checkpoints under an address that fsspec knows, such as `s3://bucket/ppf`.

    A run's folder is `ROOT/checkpoints/SCOPE.../PIPELINE/RUN/`. Each save is a new file in it, named after the try
    that writes it, and then removes the one before. No file is ever written over: a save that was cut short costs
    nothing but itself on a store without atomic writes too, and no try can undo what a later one has written. By
    the names alone, before each save, a try sees whether another has taken over; that takes no lock, no clock and
    no compare-and-swap. Of two tries that begin at the same moment both may begin, and one is stopped at its next
    save.

    Errors of the store itself, such as one that cannot be reached, go through as they are.

    Args:
        root: An address, or a path of universal-pathlib such as Airflow's `ObjectStoragePath`.
        scope: Where run ids are unique, if not everywhere: under Airflow the DAG, task and map index.
    """

    def __init__(self, root: str | FsspecPath, *, scope: Sequence[str] = ()) -> None:
        path = _path(root) if isinstance(root, str) else root
        self._shown = str(root)
        self._fs = path.fs
        self._base = "/".join([path.path.rstrip("/"), _FOLDER, *map(file_name, scope)])
        # The entry that this object has written last, by folder.
        self._written: dict[str, _Entry] = {}

    def __repr__(self) -> str:
        return f"ObjectStorageCheckpointStore({self._shown!r})"

    @property
    def address(self) -> str:
        """The root, as it was given."""
        return self._shown

    def place_for(self, run_id: str, pipeline_name: str) -> str:
        """The folder in which this run's files are, or would be, as the file system names it."""
        require_ids(run_id, pipeline_name)
        return f"{self._base}/{file_name(pipeline_name)}/{file_name(run_id)}"

    def save(self, state: CheckpointState) -> None:
        """As `CheckpointStore`."""
        folder = self.place_for(state.run_id, state.pipeline_name)
        owner = file_name(state.owner) if state.owner is not None else ""
        entries = self._entries(folder)
        before = self._written.get(folder)
        if state.owner is None:
            obsolete = entries  # made by hand: an upsert, whatever is there
        elif before is None or (before.number, before.owner) != (len(state.tries), owner):
            obsolete = self._begin(folder, entries, state)
        else:
            _refuse_if_overtaken(entries, before, state)
            obsolete = [entry for entry in entries if entry.rank <= before.rank]
        versions = [entry.version for entry in entries if entry.owner == owner]
        entry = _Entry(len(state.tries), owner, max(versions, default=0) + 1)
        self._write(f"{folder}/{entry.name}", (state.to_json() + "\n").encode())
        self._written[folder] = entry
        self._remove(folder, obsolete)

    def load(self, run_id: str, pipeline_name: str) -> CheckpointState | None:
        """As `CheckpointStore`."""
        folder = self.place_for(run_id, pipeline_name)
        state = self._state_in(folder)
        if state is not None:
            state.require_run(run_id, pipeline_name, folder)
        return state

    def delete(self, run_id: str, pipeline_name: str) -> None:
        """As `CheckpointStore`."""
        self.forget(self.place_for(run_id, pipeline_name))

    def exists(self, run_id: str, pipeline_name: str) -> bool:
        """As `CheckpointStore`."""
        return bool(self._entries(self.place_for(run_id, pipeline_name)))

    def states(self) -> Iterator[CheckpointState | CheckpointUnreadableError]:
        """All that is stored in this scope, ordered by place; what cannot be read comes as its error."""
        self._fs.invalidate_cache(self._base)
        paths = [path for path in self._fs.find(self._base) if _ENTRY.fullmatch(path.rpartition("/")[2])]
        for folder in sorted({path.rpartition("/")[0] for path in paths}):
            if folder.removeprefix(f"{self._base}/").count("/") != 1:
                continue  # that of a run in a scope below this one
            try:
                state = self._state_in(folder)
                if state is not None and self.place_for(state.run_id, state.pipeline_name) != folder:
                    raise state.misplaced(folder)
            except CheckpointUnreadableError as error:
                yield CheckpointUnreadableError(folder, error.reason)
            else:
                if state is not None:
                    yield state

    def forget(self, place: str) -> None:
        """Delete what is in a run's folder, readable or not."""
        self._remove(place, self._entries(place))

    def _state_in(self, folder: str) -> CheckpointState | None:
        for _ in range(_LOOKS):
            entries = self._entries(folder)
            state = self._latest(folder, entries)[0]
            if state is not None or not entries:
                return state
        raise CheckpointUnreadableError(folder, "what is listed there is never there when it is read")

    def _begin(self, folder: str, entries: list[_Entry], state: CheckpointState) -> list[_Entry]:
        """Take over from what is stored, if that may be; gives what is obsolete then."""
        try:
            stored, torn = self._latest(folder, entries)
            if stored is not None:
                stored.require_run(state.run_id, state.pipeline_name, folder)
        except CheckpointUnreadableError as error:
            raise CheckpointError(f"will not overwrite {error.where}: {error.reason}") from error
        refuse_if_superseded(stored, state)
        return [
            entry
            for entry in entries
            if entry.number < len(state.tries) or entry.owner == file_name(state.owner or "") or entry in torn
        ]

    def _latest(self, folder: str, entries: list[_Entry]) -> tuple[CheckpointState | None, list[_Entry]]:
        """What counts of what is stored, and the later entries that were cut short while they were written."""
        torn: dict[_Entry, CheckpointUnreadableError] = {}
        for entry in entries:
            where = f"{folder}/{entry.name}"
            try:
                document = json.loads(self._read(where))
            except FileNotFoundError:
                continue  # replaced by a later one meanwhile
            except (ValueError, RecursionError) as error:
                torn[entry] = CheckpointUnreadableError(where, f"it is torn, or not JSON ({error})")
                continue
            state = CheckpointState.from_dict(document, where)
            for damage in torn.values():
                logger.warning("%s; the one before it is used", damage)
            return state, list(torn)
        if torn:
            raise next(iter(torn.values()))
        return None, []

    def _entries(self, folder: str) -> list[_Entry]:
        """What is in the folder, the entry that counts first."""
        self._fs.invalidate_cache(folder)
        try:
            names = [path.rstrip("/").rpartition("/")[2] for path in self._fs.ls(folder, detail=False)]
        except FileNotFoundError:
            return []
        found = [match for match in map(_ENTRY.fullmatch, names) if match]
        entries = [_Entry(int(match[1]), match[2], int(match[3])) for match in found]
        return sorted(entries, key=lambda entry: entry.rank, reverse=True)

    def _read(self, path: str) -> bytes:
        try:
            return self._fs.cat_file(path)  # type: ignore[no-any-return]  # fsspec has no types
        except IsADirectoryError as error:
            raise CheckpointUnreadableError(path, "it is a directory") from error

    def _write(self, path: str, content: bytes) -> None:
        try:
            self._fs.pipe_file(path, content)
        except FileNotFoundError:  # a file system with real folders
            self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._fs.pipe_file(path, content)

    def _remove(self, folder: str, entries: list[_Entry]) -> None:
        for entry in entries:
            try:
                self._fs.rm_file(f"{folder}/{entry.name}")
            except FileNotFoundError:
                continue  # another try was quicker


def _path(address: str) -> FsspecPath:
    # About 50 ms, which only those pay who keep checkpoints there.
    from upath import UPath

    return UPath(address)


def _refuse_if_overtaken(entries: list[_Entry], mine: _Entry, state: CheckpointState) -> None:
    history = {file_name(record.owner) for record in state.tries}
    for entry in entries:
        if entry.owner not in history and entry.rank > mine.rank:
            raise CheckpointSupersededError(state.run_id, state.pipeline_name)
