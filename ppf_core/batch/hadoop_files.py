"""Folders and files wherever Spark can write them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ppf_core.component import ComponentError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["Entry", "HadoopFiles"]


@dataclass(frozen=True)
class Entry:
    """What a folder holds under a name. `modified_ms` is Unix time, by the file system's clock."""

    name: str
    is_folder: bool
    modified_ms: int


class HadoopFiles:
    """A face of Hadoop's `FileSystem`, through the driver's JVM; paths are texts, qualified by `locate`.

    Spark uses the same file systems with the same settings, so what one of them reaches the other reaches too.
    A session of Spark Connect has no JVM at hand: see `available`.
    """

    def __init__(self, spark: SparkSession) -> None:
        jvm: Any = spark._jvm
        self._hadoop = jvm.org.apache.hadoop.fs
        self._conf = spark._jsparkSession.sessionState().newHadoopConf()

    @staticmethod
    def available(spark: SparkSession) -> bool:
        """Whether the session has a JVM within reach."""
        return not type(spark).__module__.startswith("pyspark.sql.connect")

    def locate(self, path: str) -> str:
        """`path` in full, as it is written nowhere else: with its scheme, local links followed.

        Raises:
            ComponentError: it is the root of a file system, beside which nothing can be staged.
        """
        asked = self._hadoop.Path(path)
        full = self._of(asked).makeQualified(asked)
        if full.getParent() is None:
            raise ComponentError(f"expected a folder in a file system or bucket, got the whole of it: {path}")
        if full.toUri().getScheme() == "file":
            return f"file:{os.path.realpath(full.toUri().getPath())}"
        return str(full.toString())

    def exists(self, path: str) -> bool:
        """Whether there is anything at `path`."""
        where = self._hadoop.Path(path)
        return bool(self._of(where).exists(where))

    def list(self, folder: str, pattern: str = "*") -> list[Entry]:
        """What is in `folder` under names that match `pattern`, such as `{a,b}*`, sorted; nothing if it is missing."""
        if not self.exists(folder):
            return []
        where = self._hadoop.Path(folder)
        found = self._of(where).listStatus(where, self._hadoop.GlobFilter(pattern))
        entries = [
            Entry(one.getPath().getName(), one.isDirectory(), one.getModificationTime()) for one in found
        ]
        return sorted(entries, key=lambda entry: entry.name)

    def size(self, path: str) -> int:
        """Bytes of all files below `path`."""
        where = self._hadoop.Path(path)
        return int(self._of(where).getContentSummary(where).getLength())

    def make_folder(self, path: str) -> None:
        """Make `path` and what lies above it, unless it is there."""
        where = self._hadoop.Path(path)
        if not self._of(where).mkdirs(where):
            raise ComponentError(f"could not make the folder {path}")

    def rename(self, old: str, new: str) -> None:
        """Give the file or folder `old` its new name, under which there must be nothing.

        Raises:
            ComponentError: there is something, or `old` is gone.
        """
        # Hadoop would move `old` into an existing folder, beneath the wrong name.
        if self.exists(new):
            raise ComponentError(
                f"cannot rename {old} to {new}, which exists: does somebody else write there too?"
            )
        before, after = self._hadoop.Path(old), self._hadoop.Path(new)
        if not self._of(before).rename(before, after):
            raise ComponentError(
                f"cannot rename {old} to {new}: is it there, and may it be written? Has a later try taken over?"
            )

    def delete(self, path: str) -> None:
        """Delete `path` and all in it; nothing to do is fine."""
        where = self._hadoop.Path(path)
        self._of(where).delete(where, True)

    def delete_if_empty(self, folder: str) -> None:
        """Delete `folder` unless there is something in it, also something that came just now."""
        from py4j.protocol import Py4JJavaError

        where = self._hadoop.Path(folder)
        try:
            self._of(where).delete(where, False)
        except Py4JJavaError:  # it is not empty
            return

    def _of(self, path: Any) -> Any:
        return path.getFileSystem(self._conf)
