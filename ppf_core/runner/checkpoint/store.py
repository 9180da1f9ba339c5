"""Where checkpoints are kept."""

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
    """Keeps one state for each pair of run and pipeline.

    Ids are any non-empty texts; two different pairs never share a place. What is stored may have been edited or
    torn: `load` refuses what it cannot read with `CheckpointUnreadableError`.
    """

    def save(self, state: CheckpointState) -> None:
        """Insert or replace, wholly or not at all.

        Raises:
            CheckpointSupersededError: see `refuse_if_superseded`; what is stored stays as it is.
        """

    def load(self, run_id: str, pipeline_name: str) -> CheckpointState | None:
        """The stored state, or `None`."""

    def delete(self, run_id: str, pipeline_name: str) -> None:
        """Forget it; nothing happens when there is none."""

    def exists(self, run_id: str, pipeline_name: str) -> bool:
        """Whether something is stored, readable or not."""
        ...


class LocalCheckpointStore:
    """One JSON file for each run: `{base_dir}/{pipeline_name}/{run_id}.json`.

    Ids are percent-quoted where a path would need it and cut with a hash where they are too long, so that every
    file stays inside `base_dir` and no two runs share one. A state is written to a temporary file, forced to the
    disk and renamed: a reader sees the old one or the new one. Processes on one machine that save the same run
    at once take turns through a lock file, which stays.
    """

    def __init__(self, base_dir: Path | str) -> None:
        self.base_dir = Path(base_dir)
        # Each file's stamp and owner, as this object left it.
        self._written: dict[Path, tuple[object, str | None]] = {}

    def __repr__(self) -> str:
        return f"LocalCheckpointStore({str(self.base_dir)!r})"

    @property
    def address(self) -> str:
        """The folder, as text."""
        return str(self.base_dir)

    def place_for(self, run_id: str, pipeline_name: str) -> str:
        """As `path_for`, as text."""
        return str(self.path_for(run_id, pipeline_name))

    def forget(self, place: str) -> None:
        """Delete the file of a run, readable or not."""
        Path(place).unlink(missing_ok=True)

    def path_for(self, run_id: str, pipeline_name: str) -> Path:
        """The file in which this run's state is, or would be."""
        require_ids(run_id, pipeline_name)
        return self.base_dir / file_name(pipeline_name) / f"{file_name(run_id)}.json"

    def save(self, state: CheckpointState) -> None:
        """As `CheckpointStore`."""
        path = self.path_for(state.run_id, state.pipeline_name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with _turn(path.parent / ".lock"):
            # Reading back what nobody else has touched would make n components cost n * n.
            if self._written.get(path) != (_stamp(path), state.owner):
                refuse_if_superseded(self._stored_or_none(path, state), state)
            _write_atomically(path, state.to_json() + "\n")
            self._written[path] = (_stamp(path), state.owner)

    def load(self, run_id: str, pipeline_name: str) -> CheckpointState | None:
        """As `CheckpointStore`."""
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
        """As `CheckpointStore`."""
        self.path_for(run_id, pipeline_name).unlink(missing_ok=True)

    def exists(self, run_id: str, pipeline_name: str) -> bool:
        """As `CheckpointStore`."""
        return self.path_for(run_id, pipeline_name).exists()

    def states(self) -> Iterator[CheckpointState | CheckpointUnreadableError]:
        """All that is stored, ordered by file; an unreadable file comes as its error."""
        for path in sorted(self.base_dir.glob("*/*.json")):
            try:
                state = CheckpointState.from_json(path.read_bytes(), str(path))
                if self.path_for(state.run_id, state.pipeline_name) != path:
                    raise state.misplaced(str(path))
                yield state
            except FileNotFoundError:
                continue  # deleted meanwhile
            except OSError as error:
                yield CheckpointUnreadableError(str(path), error.strerror or str(error))
            except CheckpointUnreadableError as error:
                yield error

    def _stored_or_none(self, path: Path, state: CheckpointState) -> CheckpointState | None:
        if state.owner is None:
            return None  # made by hand: an upsert, whatever is there
        try:
            return self.load(state.run_id, state.pipeline_name)
        except CheckpointUnreadableError as error:
            raise CheckpointError(f"will not overwrite {path}: {error.reason}") from error


@contextlib.contextmanager
def _turn(lock: Path) -> Iterator[None]:
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
    # Each run has one such name, taken under the lock: what a process leaves that is killed here, the next save of the
    # run makes use of.
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
    # Without this a power cut can forget the rename, though never tear the file.
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
