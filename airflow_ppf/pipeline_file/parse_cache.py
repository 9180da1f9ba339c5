"""Cache of parsed pipeline files, so that Airflow can parse DAGs without reading HOCON again.

Each file has an entry: its settings as JSON, with digests of the file and of all files that it includes. An entry is
used only while these files are unchanged, the environment variables that they refer to are still set or still unset,
and the code that reads and plans them is the same. The *values* of the variables are filled in on each load and never
stored; nor are secrets, which stay references until a component runs.

A cache that cannot be read or written costs time and nothing else.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ppf_core import config as reader
from ppf_core.config import content_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ppf_core.config import HoconDocument

__all__ = ["CachedFile", "ParseCache", "plan_sources"]

_log = logging.getLogger(__name__)

_MAX_AGE_SECONDS = 30 * 24 * 3600
_NUMBER_MARK = "\ue001\ue001"
"""Prefix of a number that is stored as it was written; no text in a document begins with it."""


@dataclass(frozen=True)
class CachedFile:
    """Cached settings of a pipeline file, with the plan of its DAG if that does not depend on variables."""

    plan: dict[str, Any] | None
    variables: dict[str, bool]
    packed_tree: bytes

    def tree(self) -> dict[str, Any]:
        """Return the settings with the current values of the environment variables."""
        from ppf_core.config import fill_in

        tree: dict[str, Any] = fill_in(_unpacked(json.loads(self.packed_tree)))
        return tree


class ParseCache:
    """Folder of cache entries, which any number of processes may read and write at once.

    Args:
        folder: The folder, created for this user alone if it is missing; None disables the cache.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder if folder is not None and _is_private(folder) else None

    def load(self, file: Path) -> CachedFile | None:
        """Return the entry of a file, if it is still current."""
        entry = self._load(str(file))
        try:
            if entry is None or not _is_current(entry[0]):
                return None
            return CachedFile(entry[0]["plan"], entry[0]["variables"], entry[1])
        except (AttributeError, KeyError, TypeError, ValueError):
            return None  # an entry of another shape

    def store(self, file: Path, document: HoconDocument, plan: dict[str, Any] | None) -> None:
        """Store the settings of a file and the plan of its DAG.

        Args:
            file: The file.
            document: Its content.
            plan: The DAG's plan in plain values; None if it depends on environment variables.
        """
        if document.open_tree is None:
            return
        header = {
            "reader": _reader_version(),
            "files": document.files,
            "variables": document.variables,
            "plan": plan,
        }
        self._store(str(file), header, json.dumps(_packed(document.open_tree)))

    def load_index(self, folder: Path) -> Mapping[str, str]:
        """Return the files of a folder by DAG id, as `store_index` last stored them; they may be out of date."""
        entry = self._load(f"{folder}{os.sep}")
        dags = entry[0].get("dags") if entry is not None else None
        return dags if isinstance(dags, dict) else {}

    def store_index(self, folder: Path, dags: Mapping[str, str]) -> None:
        """Store the files of a folder by DAG id, and remove entries that were not written for a month."""
        if self._folder is not None and self.load_index(folder) != dags:
            self._store(f"{folder}{os.sep}", {"dags": dict(dags)}, "")
            self._drop_old(self._folder)

    def _load(self, name: str) -> tuple[dict[str, Any], bytes] | None:
        if self._folder is None:
            return None
        try:
            digest, _, body = _entry(self._folder, name).read_bytes().partition(b"\n")
            if content_digest(body).encode() != digest:
                return None
            text, _, rest = body.partition(b"\n")
            header = json.loads(text)
            return (header, rest) if isinstance(header, dict) else None
        except (OSError, RecursionError, ValueError):
            return None

    def _store(self, name: str, header: dict[str, Any], rest: str) -> None:
        if self._folder is None:
            return
        # `json.dumps` writes no line breaks. The tree is apart because it is seldom needed.
        body = f"{json.dumps(header)}\n{rest}".encode()
        temporary = None
        try:
            # A temporary file with mode 0600: readers see the old entry or the new entry, never part of it.
            handle, temporary = tempfile.mkstemp(dir=self._folder, prefix=".")
            with os.fdopen(handle, "wb") as stream:
                stream.write(content_digest(body).encode() + b"\n" + body)
            Path(temporary).replace(_entry(self._folder, name))
        except OSError as error:
            _log.debug("Cannot cache %s: %s", name, error)
            if temporary is not None:
                with suppress(OSError):
                    Path(temporary).unlink()

    def _drop_old(self, folder: Path) -> None:
        oldest = time.time() - _MAX_AGE_SECONDS
        with suppress(OSError):
            for file in folder.iterdir():
                with suppress(OSError):
                    if file.stat().st_mtime < oldest:
                        file.unlink()


def _entry(folder: Path, name: str) -> Path:
    return folder / content_digest(name.encode("utf-8", "surrogateescape"))


def _is_private(folder: Path) -> bool:
    """Create the folder if it is missing, and return whether this user alone can write entries to it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
    except OSError as error:
        _log.debug("Cannot cache pipeline files in %s: %s", folder, error)
        return False
    if status.st_uid == os.geteuid() and not status.st_mode & 0o022:
        return True
    _log.warning(
        "Pipeline files are not cached in %s, since other users may write there. Expected a directory that belongs to "
        "this user and that only this user can write to",
        folder,
    )
    return False


def _is_current(header: dict[str, Any]) -> bool:
    if header.get("reader") != _reader_version():
        return False
    if any((name in os.environ) is not was_set for name, was_set in header["variables"].items()):
        return False
    try:
        return all(
            content_digest(Path(name).read_bytes()) == digest for name, digest in header["files"].items()
        )
    except OSError:
        return False


@lru_cache(maxsize=1)
def _reader_version() -> str:
    """Return a digest of the code that reads and plans a file: if it changes, the same file may give another plan."""
    return content_digest(
        version("pyhocon").encode() + b"".join(file.read_bytes() for file in plan_sources())
    )


def plan_sources() -> list[Path]:
    """Return the source files that take part in reading a pipeline file and planning its DAG.

    They are whole packages, so that a new module counts without being listed; import contracts keep plans from
    depending on other modules.
    """
    config, provider = Path(reader.__file__).parent, Path(__file__).parent.parent
    folders = (config, provider / "dags", provider / "pipeline_file")
    modules = [file for folder in folders for file in sorted(folder.rglob("*.py"))]
    return [config.parent / "errors.py", *modules]


def _packed(tree: Any) -> Any:
    from ppf_core.config import WrittenFloat

    def packed(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: packed(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [packed(inner) for inner in value]
        return f"{_NUMBER_MARK}{value.text}" if isinstance(value, WrittenFloat) else value

    return packed(tree)


def _unpacked(tree: Any) -> Any:
    from ppf_core.config import WrittenFloat

    def unpacked(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: unpacked(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [unpacked(inner) for inner in value]
        if isinstance(value, str) and value.startswith(_NUMBER_MARK):
            return WrittenFloat(value.removeprefix(_NUMBER_MARK))
        return value

    return unpacked(tree)
