"""Partition folders of a dataset: `day=2013-01-01/origin=JFK`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .hadoop_files import HadoopFiles

__all__ = ["data_files", "partitions"]


def partitions(files: HadoopFiles, root: str) -> list[str]:
    """Return the innermost partition folders below `root`, relative to it; none if it is not partitioned."""
    folders: list[str] = []
    for entry in files.list(root, "*=*"):
        if _is_partition(entry.name) and entry.is_folder:
            inner = partitions(files, f"{root}/{entry.name}")
            folders += [f"{entry.name}/{name}" for name in inner] or [entry.name]
    return folders


def data_files(files: HadoopFiles, root: str, pattern: str) -> list[tuple[str, str]]:
    """Return the folder (empty, or with a slash at its end) and name of files that match `pattern`, except hidden."""
    matches: list[tuple[str, str]] = []
    for entry in files.list(root, f"{{*=*,{pattern}}}"):
        if entry.is_folder and _is_partition(entry.name):
            inner = data_files(files, f"{root}/{entry.name}", pattern)
            matches += [(f"{entry.name}/{folder}", name) for folder, name in inner]
        elif not entry.is_folder and not entry.name.startswith(("_", ".")):
            matches.append(("", entry.name))
    return matches


def _is_partition(name: str) -> bool:
    # As in Spark: names that start with a dot are hidden, and those with an underscore unless they are partitions.
    return "=" in name and not name.startswith(".")
