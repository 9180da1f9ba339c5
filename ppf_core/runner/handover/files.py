"""The files of a hand-over, on the local disk or wherever Spark can write."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from ppf_core.session import internals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ppf_core.session import SparkSessionWrapper

__all__ = ["LARGEST_READ", "Files", "HadoopFiles", "LocalFiles"]

LARGEST_READ = 16 * 1024 * 1024
"""Bytes; a manifest of thousands of columns stays far below."""


class Files(Protocol):
    """A directory tree. Paths are relative to its root, with `/`; the empty path is the root."""

    needs_spark: bool
    """Whether anything but `spark_path` starts a session."""

    def spark_path(self, path: str) -> str:
        """What Spark calls the path."""
        ...

    def read(self, path: str) -> bytes:
        """A file's content.

        Raises:
            OSError: it is not there, it is too large, or it cannot be read.
        """
        ...

    def write(self, path: str, content: bytes) -> None:
        """Write a file, which appears as a whole or not at all; its directory is made."""

    def sizes(self, path: str) -> dict[str, int]:
        """Names and sizes in bytes of a directory's entries that Spark would read: hidden ones are left out.

        A directory inside counts with size -1.

        Raises:
            OSError: it is not there or cannot be read.
        """
        ...

    def remove(self, path: str) -> None:
        """Remove a directory with all that is in it; nothing happens when there is none."""


class LocalFiles:
    """A folder on the local disk, or on one that all machines mount."""

    needs_spark = False

    def __init__(self, root: Path) -> None:
        self._root = root.expanduser().absolute()

    def spark_path(self, path: str) -> str:
        """As `Files`; with the scheme, since Spark's default file system may be another one."""
        return f"file://{self._inside(path)}"

    def read(self, path: str) -> bytes:
        """As `Files`."""
        file = self._inside(path)
        if file.stat().st_size > LARGEST_READ:
            raise OSError(f"{file} is larger than {LARGEST_READ} bytes")
        return file.read_bytes()

    def write(self, path: str, content: bytes) -> None:
        """As `Files`."""
        file = self._inside(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = file.with_name(f".{file.name}.tmp")
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(file)

    def sizes(self, path: str) -> dict[str, int]:
        """As `Files`."""
        return {
            entry.name: entry.stat().st_size if entry.is_file() else -1
            for entry in self._inside(path).iterdir()
            if not entry.name.startswith((".", "_"))
        }

    def remove(self, path: str) -> None:
        """As `Files`."""
        try:
            shutil.rmtree(self._inside(path))
        except FileNotFoundError:
            return

    def _inside(self, path: str) -> Path:
        place = self._root / path
        # A link may lead anywhere, whatever the names look like.
        if not place.resolve().is_relative_to(self._root.resolve()):
            raise OSError(f"{place} leads out of {self._root}")
        return place


class HadoopFiles:
    """A place that Spark's Hadoop file systems reach, such as `s3a://bucket/folder`; not over Spark Connect."""

    needs_spark = True

    def __init__(self, root: str, session: SparkSessionWrapper) -> None:
        self._root = root.rstrip("/")
        self._session = session

    def spark_path(self, path: str) -> str:
        """As `Files`."""
        return f"{self._root}/{path}" if path else self._root

    def read(self, path: str) -> bytes:
        """As `Files`."""
        with self._file_system(path) as (file_system, place, jvm):
            length = file_system.getFileStatus(place).getLen()
            if length > LARGEST_READ:
                raise OSError(f"{place} is larger than {LARGEST_READ} bytes")
            stream = file_system.open(place)
            try:
                return bytes(jvm.org.apache.commons.io.IOUtils.toByteArray(stream))
            finally:
                stream.close()

    def write(self, path: str, content: bytes) -> None:
        """As `Files`."""
        with self._file_system(path) as (file_system, place, jvm):
            temporary = jvm.org.apache.hadoop.fs.Path(place.getParent(), f".{place.getName()}.tmp")
            stream = file_system.create(temporary, True)
            try:
                stream.write(bytearray(content))
            finally:
                stream.close()
            if not file_system.rename(temporary, place):
                raise OSError(f"could not rename {temporary} to {place}")

    def sizes(self, path: str) -> dict[str, int]:
        """As `Files`."""
        with self._file_system(path) as (file_system, place, _):
            return {
                entry.getPath().getName(): entry.getLen() if entry.isFile() else -1
                for entry in file_system.listStatus(place)
                if not entry.getPath().getName().startswith((".", "_"))
            }

    def remove(self, path: str) -> None:
        """As `Files`."""
        with self._file_system(path) as (file_system, place, _):
            file_system.delete(place, True)

    @contextmanager
    def _file_system(self, path: str) -> Iterator[tuple[Any, Any, Any]]:
        from py4j.protocol import Py4JJavaError

        context = self._session.spark_context
        jvm = internals.jvm(context)
        try:
            place = jvm.org.apache.hadoop.fs.Path(self.spark_path(path))
            yield place.getFileSystem(internals.hadoop_configuration(context)), place, jvm
        except Py4JJavaError as error:
            raise OSError(str(error.java_exception).splitlines()[0]) from error
