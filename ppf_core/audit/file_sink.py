"""Audit sink that appends events to a file as JSON lines."""

from __future__ import annotations

import errno
import io
import json
import os
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticSerializationError, to_json

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from .event import AuditEvent

__all__ = ["FileAuditSink"]


class FileAuditSink:
    """Appends each event to the file `path` as one line of JSON (the keys of `AuditEvent.to_dict`).

    The first event creates the file and its parent directories. Each line is a single unbuffered `write` to a file
    opened for appending: on a local file system, lines of several processes never mix, and an event survives the
    death of this process once `emit` has returned. There is no fsync, so a power failure may lose the last events.
    A file that is moved or deleted (log rotation) is created again.

    `close()` closes the file; a later event opens it again. A sink that is garbage-collected closes its file. `emit`
    raises `OSError` if the event cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path).absolute()
        self._path_text = str(self._path)
        self._lock = threading.Lock()
        self._file: io.FileIO | None = None
        self._identity: tuple[int, int] | None = None
        self._release = weakref.finalize(self, lambda: None)
        self._cut_short = False

    @property
    def path(self) -> Path:
        """The file, as an absolute path."""
        return self._path

    def emit(self, event: AuditEvent) -> None:
        """Append `event`."""
        line = _json(event.to_dict()) + b"\n"
        with self._lock:
            if self._cut_short:
                line = b"\n" + line  # ends the line of the last event, which is incomplete
            written = self._opened().write(line)
            self._cut_short = written != len(line)
            if self._cut_short:
                raise OSError(
                    errno.EIO,
                    f"only {written} of {len(line)} bytes of an audit event were written; is the disk full?",
                    self._path_text,
                )

    def close(self) -> None:
        """Close the file, if it is open."""
        with self._lock:
            self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _opened(self) -> io.FileIO:
        """Return the file at `path`, opened; open it again if it was moved or deleted."""
        if self._file is not None and self._is_still_there():
            return self._file
        self._close()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = io.FileIO(self._path, "ab")
        self._file = file
        status = os.fstat(file.fileno())
        self._identity = status.st_dev, status.st_ino
        self._release = weakref.finalize(self, file.close)
        return file

    def _is_still_there(self) -> bool:
        try:
            status = os.stat(self._path_text)  # noqa: PTH116 - runs for every event, and Path.stat is slower
        except FileNotFoundError:
            return False
        return (status.st_dev, status.st_ino) == self._identity

    def _close(self) -> None:
        self._release()
        self._file = None


def _json(values: dict[str, Any]) -> bytes:
    """Encode `values` as ASCII without a line break."""
    try:
        return to_json(values, ensure_ascii=True)  # five times as fast as `json`
    except PydanticSerializationError:
        # Only `json` encodes lone surrogates, as in a file name that is not valid UTF-8.
        return json.dumps(values, separators=(",", ":")).encode("ascii")
