"""Files of hand-overs, on the local disk or in a file system of Hadoop."""

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
"""Limit in bytes; a manifest of thousands of columns is far smaller."""


class Files(Protocol):
    """A directory tree. Paths are relative to its root, with `/`; the empty path is the root."""

    needs_spark: bool
    """Whether anything but `spark_path` starts a session."""

    def spark_path(self, path: str) -> str:
        """Return the path as Spark takes it."""
        ...

    def read(self, path: str) -> bytes:
        """Return the content of a file.

        Raises:
            OSError: the file is missing, too large or unreadable.
        """
        ...

    def write(self, path: str, content: bytes) -> None:
        """Write a file atomically, and create its directory."""

    def sizes(self, path: str) -> dict[str, int]:
        """Return the names and sizes in bytes of a directory's entries, without those that Spark ignores.

        The size of a directory is -1.

        Raises:
            OSError: the directory is missing or unreadable.
        """
        ...

    def remove(self, path: str) -> None:
        """Remove a directory with its content; do nothing if it does not exist."""


class LocalFiles:
    """Files in a local folder, or in a folder that all machines mount."""

    needs_spark = False

    def __init__(self, root: Path) -> None:
        self._root = root.expanduser().absolute()

    def spark_path(self, path: str) -> str:
        """Implement `Files`, with a scheme, because Spark's default file system may not be local."""
        return f"file://{self._inside(path)}"

    def read(self, path: str) -> bytes:
        """Implement `Files`."""
        file = self._inside(path)
        if file.stat().st_size > LARGEST_READ:
            raise OSError(f"{file} is larger than {LARGEST_READ} bytes")
        return file.read_bytes()

    def write(self, path: str, content: bytes) -> None:
        """Implement `Files`."""
        file = self._inside(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = file.with_name(f".{file.name}.tmp")
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(file)

    def sizes(self, path: str) -> dict[str, int]:
        """Implement `Files`."""
        return {
            entry.name: entry.stat().st_size if entry.is_file() else -1
            for entry in self._inside(path).iterdir()
            if not entry.name.startswith((".", "_"))
        }

    def remove(self, path: str) -> None:
        """Implement `Files`."""
        try:
            shutil.rmtree(self._inside(path))
        except FileNotFoundError:
            return

    def _inside(self, path: str) -> Path:
        inside = self._root / path
        # Resolved, because a symbolic link may lead anywhere.
        if not inside.resolve().is_relative_to(self._root.resolve()):
            raise OSError(f"{inside} leads out of {self._root}")
        return inside


class HadoopFiles:
    """Files at an address for Spark's Hadoop file systems, such as `s3a://bucket/folder`; not on Spark Connect."""

    needs_spark = True

    def __init__(self, root: str, session: SparkSessionWrapper) -> None:
        self._root = root.rstrip("/")
        self._session = session

    def spark_path(self, path: str) -> str:
        """Implement `Files`."""
        return f"{self._root}/{path}" if path else self._root

    def read(self, path: str) -> bytes:
        """Implement `Files`."""
        with self._file_system(path) as (file_system, hadoop_path, jvm):
            length = file_system.getFileStatus(hadoop_path).getLen()
            if length > LARGEST_READ:
                raise OSError(f"{hadoop_path} is larger than {LARGEST_READ} bytes")
            stream = file_system.open(hadoop_path)
            try:
                return bytes(jvm.org.apache.commons.io.IOUtils.toByteArray(stream))
            finally:
                stream.close()

    def write(self, path: str, content: bytes) -> None:
        """Implement `Files`."""
        with self._file_system(path) as (file_system, hadoop_path, jvm):
            temporary = jvm.org.apache.hadoop.fs.Path(
                hadoop_path.getParent(), f".{hadoop_path.getName()}.tmp"
            )
            stream = file_system.create(temporary, True)
            try:
                stream.write(bytearray(content))
            finally:
                stream.close()
            if not file_system.rename(temporary, hadoop_path):
                raise OSError(f"could not rename {temporary} to {hadoop_path}")

    def sizes(self, path: str) -> dict[str, int]:
        """Implement `Files`."""
        with self._file_system(path) as (file_system, hadoop_path, _):
            return {
                entry.getPath().getName(): entry.getLen() if entry.isFile() else -1
                for entry in file_system.listStatus(hadoop_path)
                if not entry.getPath().getName().startswith((".", "_"))
            }

    def remove(self, path: str) -> None:
        """Implement `Files`."""
        with self._file_system(path) as (file_system, hadoop_path, _):
            file_system.delete(hadoop_path, True)

    @contextmanager
    def _file_system(self, path: str) -> Iterator[tuple[Any, Any, Any]]:
        from py4j.protocol import Py4JJavaError

        context = self._session.spark_context
        jvm = internals.jvm(context)
        try:
            hadoop_path = jvm.org.apache.hadoop.fs.Path(self.spark_path(path))
            yield hadoop_path.getFileSystem(internals.hadoop_configuration(context)), hadoop_path, jvm
        except Py4JJavaError as error:
            raise OSError(str(error.java_exception).splitlines()[0]) from error
