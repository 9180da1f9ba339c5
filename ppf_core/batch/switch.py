"""Puts staged data into its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppf_core.component import ComponentError

from .partitions import data_files, partitions

if TYPE_CHECKING:
    from .staging import Staging

__all__ = ["append_files", "changed_partitions", "create", "replace_all", "replace_partitions"]

SUCCESS = "_SUCCESS"


def create(staging: Staging) -> None:
    """The new data becomes the target, which must not exist: one rename."""
    staging.files.rename(staging.new, staging.target)


def replace_all(staging: Staging) -> None:
    """The new data takes the target's place: two renames."""
    if staging.files.exists(staging.target):
        staging.set_aside()
    create(staging)


def replace_partitions(staging: Staging, changed: list[str]) -> None:
    """Each of the `changed` partitions takes its place in the target: two renames for each one.

    Raises:
        ComponentError: the target is not partitioned by the same column; nothing was changed.
    """
    files = staging.files
    if not files.exists(staging.target):
        create(staging)
        return
    for column in {partition.partition("=")[0] for partition in changed}:
        _refuse_other_layout(staging, column)
    for partition in changed:
        place = f"{staging.target}/{partition}"
        if files.exists(place):
            staging.set_aside_partition(partition)
        else:
            files.make_folder(place.rpartition("/")[0])
        files.rename(f"{staging.new}/{partition}", place)
    _mark_success(staging)


def append_files(staging: Staging) -> None:
    """The new files join those of the target, under names that carry the staging's key; an earlier try's are deleted.

    In this order, so that there is never less than before, not even of what an earlier try had added.
    """
    files, prefix = staging.files, f"part-{staging.key}-"
    files.make_folder(staging.target)
    earlier = data_files(files, staging.target, f"{prefix}*")
    for folder, name in data_files(files, staging.new, "*"):
        files.make_folder(f"{staging.target}/{folder}")
        place = f"{staging.target}/{folder}{prefix}{name.removeprefix('part-')}"
        files.rename(f"{staging.new}/{folder}{name}", place)
    for folder, name in earlier:
        files.delete(f"{staging.target}/{folder}{name}")
    _mark_success(staging)


def changed_partitions(staging: Staging) -> list[str]:
    """The partitions that the new data has."""
    return partitions(staging.files, staging.new)


def _refuse_other_layout(staging: Staging, column: str) -> None:
    for entry in staging.files.list(staging.target):
        if not entry.name.startswith(("_", ".", f"{column}=")):
            raise ComponentError(
                f"the new data is partitioned by {column}, but {staging.target} has {entry.name} in it: with both, "
                "nobody could read it. Write to another place, or replace all of it once, with "
                "options { partitionOverwriteMode = static }"
            )


def _mark_success(staging: Staging) -> None:
    files = staging.files
    staged, mark = f"{staging.new}/{SUCCESS}", f"{staging.target}/{SUCCESS}"
    if files.exists(staged) and not files.exists(mark):
        files.rename(staged, mark)
