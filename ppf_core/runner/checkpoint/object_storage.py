"""Checkpoint store in object storage, or in any file system of fsspec."""

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
_MAX_LISTINGS = 10
"""Limit for listing a folder again if all its files are replaced before they are read."""

_ENTRY = re.compile(r"(\d{6,})-(.*)-(\d{6,})\.json")


class FsspecPath(Protocol):
    """Attributes used of a path of universal-pathlib, or of Airflow's `ObjectStoragePath`."""

    @property
    def fs(self) -> Any:
        """The fsspec file system."""

    @property
    def path(self) -> str:
        """The path in the file system, without protocol."""
        ...


@dataclass(frozen=True)
class _Entry:
    """File name of a saved checkpoint: number and owner of the try, and the version within the try."""

    number: int
    owner: str
    version: int

    @property
    def name(self) -> str:
        return f"{self.number:06d}-{self.owner}-{self.version:06d}.json"

    @property
    def rank(self) -> tuple[int, list[int], int]:
        # The latest try wins; of two tries that began at the same time, the owner whose name sorts first.
        return self.number, [-ord(character) for character in self.owner], self.version


class ObjectStorageCheckpointStore:
    """Keeps checkpoints at an address for fsspec, such as `s3://bucket/ppf`.

    The folder of a run is `ROOT/checkpoints/SCOPE.../PIPELINE/RUN/`. Each save writes a new file, named after the try
    that writes it, and removes the previous file. No file is ever overwritten: a save that is cut short never damages
    an earlier save, even without atomic writes, and no try can undo the saves of a later try. Before each save, a try
    lists the names to see whether another try has taken over, which needs no lock, clock or compare-and-swap. If two
    tries begin at the same time, both may start, and the next save stops one of them.

    Errors of the file system, such as a failed connection, are raised unchanged.

    Args:
        root: An address, or a path of universal-pathlib such as Airflow's `ObjectStoragePath`.
        scope: What makes run ids unique; under Airflow the DAG, task and map index.
    """

    def __init__(self, root: str | FsspecPath, *, scope: Sequence[str] = ()) -> None:
        path = _path(root) if isinstance(root, str) else root
        self._address = str(root)
        self._fs = path.fs
        self._base = "/".join([path.path.rstrip("/"), _FOLDER, *map(file_name, scope)])
        # The entry that this store wrote last, by folder.
        self._written: dict[str, _Entry] = {}

    def __repr__(self) -> str:
        return f"ObjectStorageCheckpointStore({self._address!r})"

    @property
    def address(self) -> str:
        """The root that was passed in, as text."""
        return self._address

    def location_for(self, run_id: str, pipeline_name: str) -> str:
        """Return the folder of a run in the file system, which need not exist."""
        require_ids(run_id, pipeline_name)
        return f"{self._base}/{file_name(pipeline_name)}/{file_name(run_id)}"

    def save(self, state: CheckpointState) -> None:
        """Implement `CheckpointStore`."""
        folder = self.location_for(state.run_id, state.pipeline_name)
        owner = file_name(state.owner) if state.owner is not None else ""
        entries = self._entries(folder)
        before = self._written.get(folder)
        if state.owner is None:
            obsolete = entries  # made by hand: replaces any checkpoint
        elif before is None or (before.number, before.owner) != (len(state.tries), owner):
            obsolete = self._take_over(folder, entries, state)
        else:
            _refuse_if_overtaken(entries, before, state)
            obsolete = [entry for entry in entries if entry.rank <= before.rank]
        versions = [entry.version for entry in entries if entry.owner == owner]
        entry = _Entry(len(state.tries), owner, max(versions, default=0) + 1)
        self._write(f"{folder}/{entry.name}", (state.to_json() + "\n").encode())
        self._written[folder] = entry
        self._remove(folder, obsolete)

    def load(self, run_id: str, pipeline_name: str) -> CheckpointState | None:
        """Implement `CheckpointStore`."""
        folder = self.location_for(run_id, pipeline_name)
        state = self._state_in(folder)
        if state is not None:
            state.require_run(run_id, pipeline_name, folder)
        return state

    def delete(self, run_id: str, pipeline_name: str) -> None:
        """Implement `CheckpointStore`."""
        self.forget(self.location_for(run_id, pipeline_name))

    def exists(self, run_id: str, pipeline_name: str) -> bool:
        """Implement `CheckpointStore`."""
        return bool(self._entries(self.location_for(run_id, pipeline_name)))

    def states(self) -> Iterator[CheckpointState | CheckpointUnreadableError]:
        """Yield the checkpoints in this scope, sorted by folder; for an unreadable checkpoint, yield the error."""
        self._fs.invalidate_cache(self._base)
        paths = [path for path in self._fs.find(self._base) if _ENTRY.fullmatch(path.rpartition("/")[2])]
        for folder in sorted({path.rpartition("/")[0] for path in paths}):
            if folder.removeprefix(f"{self._base}/").count("/") != 1:
                continue  # a run in a nested scope
            try:
                state = self._state_in(folder)
                if state is not None and self.location_for(state.run_id, state.pipeline_name) != folder:
                    raise state.misplaced(folder)
            except CheckpointUnreadableError as error:
                yield CheckpointUnreadableError(folder, error.reason)
            else:
                if state is not None:
                    yield state

    def forget(self, location: str) -> None:
        """Delete the checkpoint in the folder of a run, readable or not."""
        self._remove(location, self._entries(location))

    def _state_in(self, folder: str) -> CheckpointState | None:
        for _ in range(_MAX_LISTINGS):
            entries = self._entries(folder)
            state = self._latest(folder, entries)[0]
            if state is not None or not entries:
                return state
        raise CheckpointUnreadableError(folder, "each file in it was gone when it was read")

    def _take_over(self, folder: str, entries: list[_Entry], state: CheckpointState) -> list[_Entry]:
        """Take over from the stored checkpoint unless it is newer, and return the entries that become obsolete."""
        try:
            stored, torn = self._latest(folder, entries)
            if stored is not None:
                stored.require_run(state.run_id, state.pipeline_name, folder)
        except CheckpointUnreadableError as error:
            raise CheckpointError(f"refusing to overwrite {error.where}: {error.reason}") from error
        refuse_if_superseded(stored, state)
        return [
            entry
            for entry in entries
            if entry.number < len(state.tries) or entry.owner == file_name(state.owner or "") or entry in torn
        ]

    def _latest(self, folder: str, entries: list[_Entry]) -> tuple[CheckpointState | None, list[_Entry]]:
        """Return the latest checkpoint, and the newer entries whose write was cut short."""
        torn: dict[_Entry, CheckpointUnreadableError] = {}
        for entry in entries:
            where = f"{folder}/{entry.name}"
            try:
                document = json.loads(self._read(where))
            except FileNotFoundError:
                continue  # replaced since it was listed
            except (ValueError, RecursionError) as error:
                torn[entry] = CheckpointUnreadableError(where, f"it is torn, or not JSON ({error})")
                continue
            state = CheckpointState.from_dict(document, where)
            for damage in torn.values():
                logger.warning("%s; using the previous checkpoint", damage)
            return state, list(torn)
        if torn:
            raise next(iter(torn.values()))
        return None, []

    def _entries(self, folder: str) -> list[_Entry]:
        """Return the entries of the folder, latest first."""
        self._fs.invalidate_cache(folder)
        try:
            names = [path.rstrip("/").rpartition("/")[2] for path in self._fs.ls(folder, detail=False)]
        except FileNotFoundError:
            return []
        matches = [match for match in map(_ENTRY.fullmatch, names) if match]
        entries = [_Entry(int(match[1]), match[2], int(match[3])) for match in matches]
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
                continue  # another try removed it


def _path(address: str) -> FsspecPath:
    # Imported here because it takes about 50 ms.
    from upath import UPath

    return UPath(address)


def _refuse_if_overtaken(entries: list[_Entry], mine: _Entry, state: CheckpointState) -> None:
    history = {file_name(record.owner) for record in state.tries}
    for entry in entries:
        if entry.owner not in history and entry.rank > mine.rank:
            raise CheckpointSupersededError(state.run_id, state.pipeline_name)
