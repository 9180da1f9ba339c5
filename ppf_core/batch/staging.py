"""The folder beside a target in which new data is prepared and old data waits until the new is in place.

    /data/.ppf-sales/<key>-<random>/new          what this try writes
                                   /old-<time>   the whole target, set aside
                                   /parts-<time> partitions of it, set aside
                                   /trash-<...>  set aside once, and of no more use

The key is that of the component in its run: what carries the same key in another folder was left by an earlier try.
Whatever is missing from the target and is set aside belongs back: a try died between two renames.
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
"""The folder of another run, which may be at work, counts as left behind when it is as old as this."""

MS_PER_DAY = 24 * 60 * 60 * 1000


class Staging:
    """The staging folder of one try to write one target.

    Args:
        files: Where the target is.
        target: As `HadoopFiles.locate` writes it.
        key: The same in each try of a run's component, and nobody else's.
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
        """Put back what a try left aside that died between two renames, and remove what dead tries had staged."""
        self._restore(self._folders())
        for folder in self._dead():
            if self._set_aside_in(folder):
                self.files.delete(f"{folder}/new")  # the rest goes when this try has succeeded
            else:
                self.files.delete(folder)

    def set_aside(self) -> None:
        """Move the whole target away."""
        self.files.rename(self.target, f"{self._own}/old-{self._time}")

    def set_aside_partition(self, partition: str) -> None:
        """Move one partition of the target away."""
        away = f"{self._own}/parts-{self._time}/{partition}"
        self.files.make_folder(away.rpartition("/")[0])
        self.files.rename(f"{self.target}/{partition}", away)

    def finish(self) -> None:
        """The new data is in place: nothing that was set aside is of use any more, by whomever."""
        for folder in self._folders():
            for name in self._set_aside_in(folder):
                # In one step, so that nobody ever finds half of it and puts that back.
                trash = f"{self._own}/trash-{uuid.uuid4().hex[:8]}"
                self.files.make_folder(self._own)
                self.files.rename(f"{folder}/{name}", trash)
        for folder in [*self._dead(), self._own]:
            self.files.delete(folder)
        self.files.delete_if_empty(self._home)

    def abandon(self) -> None:
        """This try has failed: put back what it set aside, and remove what it staged."""
        self._restore([self._own])
        aside = [f"{self._own}/{name}" for name in self._set_aside_in(self._own)]
        if not any("/old-" in one or partitions(self.files, one) for one in aside):
            self.files.delete(self._own)
            self.files.delete_if_empty(self._home)

    def _restore(self, folders: list[str]) -> None:
        aside = [(name, folder) for folder in folders for name in self._set_aside_in(folder)]
        whole = sorted((one for one in aside if one[0].startswith("old-")), reverse=True)
        if whole and not self.files.exists(self.target):
            name, folder = whole[0]
            self._put_back(f"{folder}/{name}", self.target)
        for name, folder in sorted((one for one in aside if one[0].startswith("parts-")), reverse=True):
            for partition in partitions(self.files, f"{folder}/{name}"):
                if not self.files.exists(f"{self.target}/{partition}"):
                    self._put_back(f"{folder}/{name}/{partition}", f"{self.target}/{partition}")

    def _put_back(self, away: str, place: str) -> None:
        logger.warning(
            "Putting back %s, which was set aside in %s by a try that did not end well", place, away
        )
        self.files.make_folder(place.rpartition("/")[0])
        self.files.rename(away, place)

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
