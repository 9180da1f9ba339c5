"""Audit events as lines of JSON in a file."""

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

    The file and its parent directories are made by the first event. A line is one `write` to a file opened
    for appending, without a buffer of ours: on a local file system lines of several processes never mix, and
    an event survives the end of this process, however sudden, as soon as `emit` returns. There is no fsync,
    so a power cut may take the last events. A file that is moved away or deleted (log rotation) is made anew.

    `close()` lets go of the file; a later event opens it again. A sink that is dropped without `close()`
    closes its file itself. Raises `OSError` when the event cannot be written.
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
                line = b"\n" + line  # what was written of the last event keeps a line of its own
            written = self._opened().write(line)
            self._cut_short = written != len(line)
            if self._cut_short:
                raise OSError(
                    errno.EIO,
                    f"only {written} of {len(line)} bytes of an audit event were written; is the disk full?",
                    self._path_text,
                )

    def close(self) -> None:
        """Let go of the file; does nothing when it is not open."""
        with self._lock:
            self._let_go()

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
        """The open file that is at `path` now."""
        if self._file is not None and self._is_still_there():
            return self._file
        self._let_go()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = io.FileIO(self._path, "ab")
        self._file = file
        status = os.fstat(file.fileno())
        self._identity = status.st_dev, status.st_ino
        self._release = weakref.finalize(self, file.close)
        return file

    def _is_still_there(self) -> bool:
        try:
            status = os.stat(self._path_text)  # noqa: PTH116 - for every event, and a Path takes longer
        except FileNotFoundError:
            return False
        return (status.st_dev, status.st_ino) == self._identity

    def _let_go(self) -> None:
        self._release()
        self._file = None


def _json(values: dict[str, Any]) -> bytes:
    """ASCII without a line break."""
    try:
        return to_json(values, ensure_ascii=True)  # in a fifth of the time that `json` needs
    except PydanticSerializationError:
        # A file name that is no text, for one, has characters that only `json` knows.
        return json.dumps(values, separators=(",", ":")).encode("ascii")
