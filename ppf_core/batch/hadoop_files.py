"""Hadoop file systems: folders and files wherever Spark can write them."""

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
    """An entry of a folder; `modified_ms` is Unix time, by the file system's clock."""

    name: str
    is_folder: bool
    modified_ms: int


class HadoopFiles:
    """Hadoop's `FileSystem`, called through the driver's JVM; paths are texts, qualified by `locate`.

    It uses the same file systems and settings as Spark. A Spark Connect session has no JVM: see `available`.
    """

    def __init__(self, spark: SparkSession) -> None:
        jvm: Any = spark._jvm
        self._hadoop = jvm.org.apache.hadoop.fs
        self._conf = spark._jsparkSession.sessionState().newHadoopConf()

    @staticmethod
    def available(spark: SparkSession) -> bool:
        """Return whether the session gives access to a JVM."""
        return not type(spark).__module__.startswith("pyspark.sql.connect")

    def locate(self, path: str) -> str:
        """Return the canonical form of `path`: with its scheme, and with local links resolved.

        Raises:
            ComponentError: it is the root of a file system, which has no parent to stage data in.
        """
        given = self._hadoop.Path(path)
        full = self._of(given).makeQualified(given)
        if full.getParent() is None:
            raise ComponentError(f"expected a folder in a file system or bucket, got its root: {path}")
        if full.toUri().getScheme() == "file":
            return f"file:{os.path.realpath(full.toUri().getPath())}"
        return str(full.toString())

    def exists(self, path: str) -> bool:
        """Return whether there is a file or folder at `path`."""
        where = self._hadoop.Path(path)
        return bool(self._of(where).exists(where))

    def list(self, folder: str, pattern: str = "*") -> list[Entry]:
        """Return the entries of `folder` that match `pattern`, such as `{a,b}*`, sorted; none if it does not exist."""
        if not self.exists(folder):
            return []
        where = self._hadoop.Path(folder)
        statuses = self._of(where).listStatus(where, self._hadoop.GlobFilter(pattern))
        entries = [
            Entry(status.getPath().getName(), status.isDirectory(), status.getModificationTime())
            for status in statuses
        ]
        return sorted(entries, key=lambda entry: entry.name)

    def size(self, path: str) -> int:
        """Return the bytes of all files below `path`."""
        where = self._hadoop.Path(path)
        return int(self._of(where).getContentSummary(where).getLength())

    def make_folder(self, path: str) -> None:
        """Create `path` and its parents, unless they exist."""
        where = self._hadoop.Path(path)
        if not self._of(where).mkdirs(where):
            raise ComponentError(f"could not create the folder {path}")

    def rename(self, old: str, new: str) -> None:
        """Rename the file or folder `old` to `new`, which must not exist.

        Raises:
            ComponentError: `new` exists, or `old` does not.
        """
        # Hadoop would move `old` into an existing folder.
        if self.exists(new):
            raise ComponentError(
                f"cannot rename {old} to {new}, which exists: does another process write there too?"
            )
        before, after = self._hadoop.Path(old), self._hadoop.Path(new)
        if not self._of(before).rename(before, after):
            raise ComponentError(
                f"cannot rename {old} to {new}: does it exist, and is it writable? Has a later try taken over?"
            )

    def delete(self, path: str) -> None:
        """Delete `path` and its contents, if it exists."""
        where = self._hadoop.Path(path)
        self._of(where).delete(where, True)

    def delete_if_empty(self, folder: str) -> None:
        """Delete `folder` if it is empty, without a race: entries that have just been created are kept."""
        from py4j.protocol import Py4JJavaError

        where = self._hadoop.Path(folder)
        try:
            self._of(where).delete(where, False)
        except Py4JJavaError:  # it is not empty
            return

    def _of(self, path: Any) -> Any:
        return path.getFileSystem(self._conf)
