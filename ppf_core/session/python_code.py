"""Python code for Spark's executors: packs and sends the entries of `spark.py_files`."""

from __future__ import annotations

import atexit
import hashlib
import importlib.util
import io
import re
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from ppf_core.config import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyspark.sql import SparkSession

__all__ = ["PythonCode"]

_EXPECTED = (
    "expected the name of a module or package that can be imported here, a .py, .zip, .egg or .whl file, "
    "or a folder that is a package"
)
_ARCHIVES = (".zip", ".egg", ".whl")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)


class PythonCode:
    """The entries of `spark.py_files`, packed for import by executors.

    Modules and packages become zip files, and wheels, which are zip files, get the suffix `.zip`, since executors
    import from no other archives. File names contain a hash of the content: different code never has the same name,
    also in a session that several processes share.

    Args:
        entries: Names of modules or packages, paths of files or folders, or addresses that Spark can read.
    """

    def __init__(self, entries: Sequence[str]) -> None:
        self._entries = tuple(entries)
        self._folder: Path | None = None

    def send(self, spark: SparkSession) -> None:
        """Send the code to all executors of the session, also to those that start later.

        Raises:
            ConfigError: entries cannot be sent; lists all of them.
        """
        if not self._entries:
            return
        on_connect = type(spark).__module__.startswith("pyspark.sql.connect")
        for path in self.packed(addresses=not on_connect):
            if on_connect:
                spark.addArtifacts(path, pyfile=True)
            else:
                spark.sparkContext.addPyFile(path)

    def packed(self, *, addresses: bool = True) -> list[str]:
        """Return the files to send. Files that were created exist until `remove`, or until the process ends.

        Args:
            addresses: Whether entries may be addresses.

        Raises:
            ConfigError: see `send`.
        """
        files: list[str] = []
        problems: list[Problem] = []
        for index, entry in enumerate(self._entries):
            try:
                files.append(self._packed(entry, addresses))
            except (OSError, ValueError, zipfile.BadZipFile) as error:
                problems.append(Problem(f"spark.py_files[{index}]", f"{_EXPECTED}; got {entry}: {error}"))
        if problems:
            raise ConfigError(problems)
        return files

    def remove(self) -> None:
        """Remove the created files; call it when no executor needs them any longer."""
        if self._folder is not None:
            atexit.unregister(self._remove_folder)
            self._remove_folder()
            self._folder = None

    def _packed(self, entry: str, addresses: bool) -> str:
        if _ADDRESS.match(entry):
            if not addresses:
                raise ValueError("over Spark Connect only files on this machine can be sent")
            if not entry.endswith((".py", ".zip", ".egg")):
                raise ValueError("an address must end in .py, .zip or .egg")
            return entry
        if entry.isidentifier():
            return self._zip(entry, _module_files(entry))
        path = Path(entry).expanduser().absolute()
        if path.suffix in _ARCHIVES:
            if path.suffix == ".whl" and not path.stem.endswith("-none-any"):
                raise ValueError("it has compiled code, which cannot be imported from an archive")
            with zipfile.ZipFile(path) as archive:
                archive.namelist()
            return self._kept(path.stem, path.read_bytes())
        if path.suffix == ".py":
            return self._zip(path.stem, [(path.name, path)])
        if path.is_dir():
            return self._zip(path.name, _folder_files(path))
        raise ValueError("there is no such file" if not path.exists() else "it is none of these")

    def _zip(self, name: str, files: Iterable[tuple[str, Path]]) -> str:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for inside, file in sorted(files):
                archive.writestr(zipfile.ZipInfo(inside, _FIXED_TIME), file.read_bytes())
        return self._kept(name, content.getvalue())

    def _kept(self, name: str, content: bytes) -> str:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="ppf-code-"))
            atexit.register(self._remove_folder)
        digest = hashlib.sha256(content).hexdigest()[:16]
        file = self._folder / f"{re.sub(r'[^A-Za-z0-9_]+', '_', name)}-{digest}.zip"
        file.write_bytes(content)
        return str(file)

    def _remove_folder(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _module_files(name: str) -> list[tuple[str, Path]]:
    """Return a top-level module's file or all files of a package, with paths relative to Python's path."""
    spec = importlib.util.find_spec(name)
    if spec is None:
        raise ValueError("there is no such module on Python's path")
    if spec.submodule_search_locations is not None:
        # A package without __init__.py may span several folders; as in Python, the first folder takes precedence.
        folders = [Path(folder) for folder in spec.submodule_search_locations]
        return list(
            {inside: file for folder in folders[::-1] for inside, file in _folder_files(folder)}.items()
        )
    if spec.origin is None or not Path(spec.origin).is_file() or not spec.origin.endswith(".py"):
        raise ValueError(f"it is not a Python file ({spec.origin})")
    return [(Path(spec.origin).name, Path(spec.origin))]


def _folder_files(folder: Path) -> list[tuple[str, Path]]:
    files = [file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts]
    if not any(file.suffix == ".py" for file in files):
        raise ValueError("it contains no Python file")
    return [(str(file.relative_to(folder.parent)), file) for file in files]
