"""Switch from old to new data: moves staged data into the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppf_core.component import ComponentError

from .partitions import data_files, partitions

if TYPE_CHECKING:
    from .staging import Staging

__all__ = ["append_files", "changed_partitions", "create", "replace_all", "replace_partitions"]

SUCCESS = "_SUCCESS"


def create(staging: Staging) -> None:
    """Move the new data to the target, which must not exist, by a single rename."""
    staging.files.rename(staging.new, staging.target)


def replace_all(staging: Staging) -> None:
    """Replace the target with the new data, by two renames."""
    if staging.files.exists(staging.target):
        staging.set_aside()
    create(staging)


def replace_partitions(staging: Staging, changed: list[str]) -> None:
    """Replace each of the `changed` partitions in the target, by two renames each.

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
        path = f"{staging.target}/{partition}"
        if files.exists(path):
            staging.set_aside_partition(partition)
        else:
            files.make_folder(path.rpartition("/")[0])
        files.rename(f"{staging.new}/{partition}", path)
    _mark_success(staging)


def append_files(staging: Staging) -> None:
    """Add the new files to the target, under names with the staging's key, then delete the files of earlier tries.

    In this order the target never has less data than before, not even of an earlier try.
    """
    files, prefix = staging.files, f"part-{staging.key}-"
    files.make_folder(staging.target)
    earlier = data_files(files, staging.target, f"{prefix}*")
    for folder, name in data_files(files, staging.new, "*"):
        files.make_folder(f"{staging.target}/{folder}")
        path = f"{staging.target}/{folder}{prefix}{name.removeprefix('part-')}"
        files.rename(f"{staging.new}/{folder}{name}", path)
    for folder, name in earlier:
        files.delete(f"{staging.target}/{folder}{name}")
    _mark_success(staging)


def changed_partitions(staging: Staging) -> list[str]:
    """Return the partitions of the new data."""
    return partitions(staging.files, staging.new)


def _refuse_other_layout(staging: Staging, column: str) -> None:
    for entry in staging.files.list(staging.target):
        if not entry.name.startswith(("_", ".", f"{column}=")):
            raise ComponentError(
                f"the new data is partitioned by {column}, but {staging.target} contains {entry.name}: a folder with "
                "both cannot be read. Write to another path, or replace the whole folder once, with "
                "options { partitionOverwriteMode = static }"
            )


def _mark_success(staging: Staging) -> None:
    files = staging.files
    staged, mark = f"{staging.new}/{SUCCESS}", f"{staging.target}/{SUCCESS}"
    if files.exists(staged) and not files.exists(mark):
        files.rename(staged, mark)
