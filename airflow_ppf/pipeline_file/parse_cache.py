"""Pipeline files that were read before, so that parsing DAGs does not read HOCON again.

One entry a file: the settings as JSON, with a digest of the content of the file and of all that it includes. An entry
is used only if all of them are as they were, the variables of the environment that the file refers to are set or
missing as they were, and the reader is the same. The *values* of these variables are filled in anew each time and are
never written; nor is the value of a secret, which is a reference until a component runs.

A cache that cannot be read or written costs time, and nothing else.
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

__all__ = ["KeptFile", "ParseCache", "plan_sources"]

_log = logging.getLogger(__name__)

_KEPT_SECONDS = 30 * 24 * 3600
_NUMBER = "\ue001\ue001"
"""Stands before a number that remembers how it was written; no text of a document begins so."""


@dataclass(frozen=True)
class KeptFile:
    """What was kept of a file: the plan of its DAG, where that may be kept, and its settings."""

    plan: dict[str, Any] | None
    variables: dict[str, bool]
    packed_tree: bytes

    def tree(self) -> dict[str, Any]:
        """The settings, with the values that the environment's variables have now."""
        from ppf_core.config import fill_in

        tree: dict[str, Any] = fill_in(_unpacked(json.loads(self.packed_tree)))
        return tree


class ParseCache:
    """A folder of entries that any number of processes read and write at once.

    Args:
        folder: Where they are, made if missing, for this user alone; None: nothing is kept.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder if folder is not None and _is_ours(folder) else None

    def load(self, file: Path) -> KeptFile | None:
        """What was kept of a file, if everything is as it was then."""
        found = self._load(str(file))
        if found is None or not _is_as_it_was(found[0]):
            return None
        return KeptFile(found[0]["plan"], found[0]["variables"], found[1])

    def store(self, file: Path, document: HoconDocument, plan: dict[str, Any] | None) -> None:
        """Keep what was read, and the plan that was made of it.

        Args:
            file: The file.
            document: What it says.
            plan: The DAG's plan, as JSON has it; None if it depends on the environment's variables.
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
        """What `store_index` kept for a folder: which DAG is in which file. It may be out of date."""
        found = self._load(f"{folder}{os.sep}")
        dags = found[0].get("dags") if found is not None else None
        return dags if isinstance(dags, dict) else {}

    def store_index(self, folder: Path, dags: Mapping[str, str]) -> None:
        """Keep which DAG is in which file of a folder; entries that nobody wrote for a month go."""
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
            header, _, rest = body.partition(b"\n")
            return json.loads(header), rest
        except (OSError, ValueError):
            return None

    def _store(self, name: str, header: dict[str, Any], rest: str) -> None:
        if self._folder is None:
            return
        # JSON of the standard library has no line breaks. The tree is apart, since it is seldom needed.
        body = f"{json.dumps(header)}\n{rest}".encode()
        temporary = None
        try:
            # A name of its own, and 0600; what readers see is the old entry or the new one, never a part.
            handle, temporary = tempfile.mkstemp(dir=self._folder, prefix=".")
            with os.fdopen(handle, "wb") as stream:
                stream.write(content_digest(body).encode() + b"\n" + body)
            Path(temporary).replace(_entry(self._folder, name))
        except OSError as error:
            _log.debug("Nothing is kept of %s: %s", name, error)
            if temporary is not None:
                with suppress(OSError):
                    Path(temporary).unlink()

    def _drop_old(self, folder: Path) -> None:
        before = time.time() - _KEPT_SECONDS
        with suppress(OSError):
            for file in folder.iterdir():
                with suppress(OSError):
                    if file.stat().st_mtime < before:
                        file.unlink()


def _entry(folder: Path, name: str) -> Path:
    return folder / content_digest(name.encode("utf-8", "surrogateescape"))


def _is_ours(folder: Path) -> bool:
    """Whether the folder is there (it is made if it is not) and nobody else can put entries into it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
    except OSError as error:
        _log.debug("No pipeline files are kept in %s: %s", folder, error)
        return False
    if found.st_uid == os.geteuid() and not found.st_mode & 0o022:
        return True
    _log.warning(
        "No pipeline files are kept in %s: others may write there. Expected a directory of this user's own",
        folder,
    )
    return False


def _is_as_it_was(header: dict[str, Any]) -> bool:
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
    """Return a digest that changes whenever the same file might be read, or planned, as something else."""
    return content_digest(
        version("pyhocon").encode() + b"".join(file.read_bytes() for file in plan_sources())
    )


def plan_sources() -> list[Path]:
    """Return every source file of ours that has a part in reading a pipeline file and planning its DAG.

    These are whole packages, so that a new module counts without being listed; the import contracts keep plans from
    depending on anything else.
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
        return f"{_NUMBER}{value.text}" if isinstance(value, WrittenFloat) else value

    return packed(tree)


def _unpacked(tree: Any) -> Any:
    from ppf_core.config import WrittenFloat

    def unpacked(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: unpacked(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [unpacked(inner) for inner in value]
        if isinstance(value, str) and value.startswith(_NUMBER):
            return WrittenFloat(value.removeprefix(_NUMBER))
        return value

    return unpacked(tree)
