"""Checkpoint store: the protocol, and the store in a local folder."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from .errors import CheckpointError, CheckpointUnreadableError
from .names import file_name, require_ids
from .state import CheckpointState, refuse_if_superseded

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CheckpointStore", "LocalCheckpointStore"]


class CheckpointStore(Protocol):
    """Keeps a checkpoint for each pair of run id and pipeline name.

    Ids are any non-empty texts, and different pairs never share a checkpoint. A stored checkpoint may have been edited
    or cut short: `load` raises `CheckpointUnreadableError` if it cannot read it.
    """

    def save(self, state: CheckpointState) -> None:
        """Insert or replace the checkpoint atomically.

        Raises:
            CheckpointSupersededError: a newer try owns the checkpoint, which stays unchanged; see
                `refuse_if_superseded`.
        """

    def load(self, run_id: str, pipeline_name: str) -> CheckpointState | None:
        """Return the checkpoint, or `None` if there is none."""

    def delete(self, run_id: str, pipeline_name: str) -> None:
        """Delete the checkpoint; do nothing if there is none."""

    def exists(self, run_id: str, pipeline_name: str) -> bool:
        """Return whether there is a checkpoint, readable or not."""
        ...


class LocalCheckpointStore:
    """Keeps a JSON file for each run: `{base_dir}/{pipeline_name}/{run_id}.json`.

    Ids are percent-quoted if necessary, and cut and hashed if too long, so that every file is inside `base_dir` and no
    two runs share a file. A checkpoint is written to a temporary file, synced to disk and renamed, so that readers
    always see a whole file. Processes of a machine that save the same run take turns through a lock file, which is
    never removed.
    """

    def __init__(self, base_dir: Path | str) -> None:
        self.base_dir = Path(base_dir)
        # Stamp and owner of each file after the last save of this store.
        self._written: dict[Path, tuple[object, str | None]] = {}

    def __repr__(self) -> str:
        return f"LocalCheckpointStore({str(self.base_dir)!r})"

    @property
    def address(self) -> str:
        """The base folder, as text."""
        return str(self.base_dir)

    def location_for(self, run_id: str, pipeline_name: str) -> str:
        """Return `path_for` as text."""
        return str(self.path_for(run_id, pipeline_name))

    def forget(self, location: str) -> None:
        """Delete the file of a run, readable or not."""
        Path(location).unlink(missing_ok=True)

    def path_for(self, run_id: str, pipeline_name: str) -> Path:
        """Return the path of the checkpoint of a run, which need not exist."""
        require_ids(run_id, pipeline_name)
        return self.base_dir / file_name(pipeline_name) / f"{file_name(run_id)}.json"

    def save(self, state: CheckpointState) -> None:
        """Implement `CheckpointStore`."""
        path = self.path_for(state.run_id, state.pipeline_name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path.parent / ".lock"):
            # Read the file back only if another process changed it: reading it in every save is quadratic.
            if self._written.get(path) != (_stamp(path), state.owner):
                refuse_if_superseded(self._stored_or_none(path, state), state)
            _write_atomically(path, state.to_json() + "\n")
            self._written[path] = (_stamp(path), state.owner)

    def load(self, run_id: str, pipeline_name: str) -> CheckpointState | None:
        """Implement `CheckpointStore`."""
        path = self.path_for(run_id, pipeline_name)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CheckpointUnreadableError(str(path), error.strerror or str(error)) from error
        state = CheckpointState.from_json(content, str(path))
        state.require_run(run_id, pipeline_name, str(path))
        return state

    def delete(self, run_id: str, pipeline_name: str) -> None:
        """Implement `CheckpointStore`."""
        self.path_for(run_id, pipeline_name).unlink(missing_ok=True)

    def exists(self, run_id: str, pipeline_name: str) -> bool:
        """Implement `CheckpointStore`."""
        return self.path_for(run_id, pipeline_name).exists()

    def states(self) -> Iterator[CheckpointState | CheckpointUnreadableError]:
        """Yield all checkpoints, sorted by path; for an unreadable file, yield the error."""
        for path in sorted(self.base_dir.glob("*/*.json")):
            try:
                state = CheckpointState.from_json(path.read_bytes(), str(path))
                if self.path_for(state.run_id, state.pipeline_name) != path:
                    raise state.misplaced(str(path))
                yield state
            except FileNotFoundError:
                continue  # deleted since it was listed
            except OSError as error:
                yield CheckpointUnreadableError(str(path), error.strerror or str(error))
            except CheckpointUnreadableError as error:
                yield error

    def _stored_or_none(self, path: Path, state: CheckpointState) -> CheckpointState | None:
        if state.owner is None:
            return None  # made by hand: replaces any checkpoint
        try:
            return self.load(state.run_id, state.pipeline_name)
        except CheckpointUnreadableError as error:
            raise CheckpointError(f"refusing to overwrite {path}: {error.reason}") from error


@contextlib.contextmanager
def _locked(lock: Path) -> Iterator[None]:
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _write_atomically(path: Path, text: str) -> None:
    # A fixed name for each run, used under the lock: the next save reuses the file that a killed process leaves.
    digest = hashlib.sha256(path.name.encode("utf-8")).hexdigest()[:16]
    temporary = path.with_name(f".{path.stem[:40]}.{digest}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    # Otherwise a power cut can undo the rename, though it never leaves half a file.
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
