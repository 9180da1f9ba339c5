"""Staging folder beside a target, for new data until it is complete and for old data until it is replaced.

    /data/.ppf-sales/<key>-<random>/new          data that this try writes
                                   /old-<time>   the whole target, set aside
                                   /parts-<time> partitions of it, set aside
                                   /trash-<...>  set aside earlier, no longer needed

The key identifies the component in its run: another folder with the same key is from an earlier try. Data that is set
aside and missing from the target is put back, since a try died between two renames.
"""

from __future__ import annotations

import logging
import time
import uuid
from typing import TYPE_CHECKING

from .partitions import partitions

if TYPE_CHECKING:
    from .hadoop_files import HadoopFiles

__all__ = ["FORGOTTEN_AFTER_DAYS", "Staging"]

logger = logging.getLogger(__name__)

FORGOTTEN_AFTER_DAYS = 7
"""Age at which the folder of another run, which may still be active, is removed."""

MS_PER_DAY = 24 * 60 * 60 * 1000


class Staging:
    """The staging folder of a try that writes a target.

    Args:
        files: The file system of the target.
        target: The path, as `HadoopFiles.locate` returns it.
        key: A unique key, the same in each try of the run's component.
    """

    def __init__(self, files: HadoopFiles, target: str, key: str) -> None:
        parent, _, name = target.rpartition("/")
        self.files = files
        self.target = target
        self.key = key
        self._home = f"{parent}/.ppf-{name}"
        self._own = f"{self._home}/{key}-{uuid.uuid4().hex[:8]}"
        self.new = f"{self._own}/new"
        self._time = f"{time.time_ns() // 1_000_000:015d}"

    def prepare(self) -> None:
        """Put back data that a dead try set aside between two renames, and remove the folders of dead tries."""
        self._restore(self._folders())
        for folder in self._dead():
            if self._set_aside_in(folder):
                self.files.delete(f"{folder}/new")  # the rest is removed once this try has succeeded
            else:
                self.files.delete(folder)

    def set_aside(self) -> None:
        """Move the whole target to the staging folder."""
        self.files.rename(self.target, f"{self._own}/old-{self._time}")

    def set_aside_partition(self, partition: str) -> None:
        """Move a partition of the target to the staging folder."""
        away = f"{self._own}/parts-{self._time}/{partition}"
        self.files.make_folder(away.rpartition("/")[0])
        self.files.rename(f"{self.target}/{partition}", away)

    def finish(self) -> None:
        """Remove all data that was set aside, by any try, since the new data is in the target."""
        for folder in self._folders():
            for name in self._set_aside_in(folder):
                # In a single rename, so that no try finds a part of it and puts that back.
                trash = f"{self._own}/trash-{uuid.uuid4().hex[:8]}"
                self.files.make_folder(self._own)
                self.files.rename(f"{folder}/{name}", trash)
        for folder in [*self._dead(), self._own]:
            self.files.delete(folder)
        self.files.delete_if_empty(self._home)

    def abandon(self) -> None:
        """Put back data that this failed try set aside, and remove its staged data."""
        self._restore([self._own])
        aside = [f"{self._own}/{name}" for name in self._set_aside_in(self._own)]
        if not any("/old-" in folder or partitions(self.files, folder) for folder in aside):
            self.files.delete(self._own)
            self.files.delete_if_empty(self._home)

    def _restore(self, folders: list[str]) -> None:
        aside = [(name, folder) for folder in folders for name in self._set_aside_in(folder)]
        whole = sorted((entry for entry in aside if entry[0].startswith("old-")), reverse=True)
        if whole and not self.files.exists(self.target):
            name, folder = whole[0]
            self._put_back(f"{folder}/{name}", self.target)
        for name, folder in sorted((entry for entry in aside if entry[0].startswith("parts-")), reverse=True):
            for partition in partitions(self.files, f"{folder}/{name}"):
                if not self.files.exists(f"{self.target}/{partition}"):
                    self._put_back(f"{folder}/{name}/{partition}", f"{self.target}/{partition}")

    def _put_back(self, away: str, path: str) -> None:
        logger.warning("Putting back %s, which a try that did not complete set aside in %s", path, away)
        self.files.make_folder(path.rpartition("/")[0])
        self.files.rename(away, path)

    def _folders(self) -> list[str]:
        return [f"{self._home}/{entry.name}" for entry in self.files.list(self._home) if entry.is_folder]

    def _set_aside_in(self, folder: str) -> list[str]:
        return [entry.name for entry in self.files.list(folder, "{old,parts}-*")]

    def _dead(self) -> list[str]:
        long_ago = time.time() * 1000 - FORGOTTEN_AFTER_DAYS * MS_PER_DAY
        return [
            folder
            for entry in self.files.list(self._home)
            if (folder := f"{self._home}/{entry.name}") != self._own
            and (entry.name.startswith(f"{self.key}-") or entry.modified_ms < long_ago)
        ]
