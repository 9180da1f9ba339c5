"""The folders of a partitioned dataset: `day=2013-01-01/origin=JFK`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .hadoop_files import HadoopFiles

__all__ = ["data_files", "partitions"]


def partitions(files: HadoopFiles, root: str) -> list[str]:
    """The innermost partition folders below `root`, relative to it; none if it is not partitioned."""
    found: list[str] = []
    for entry in files.list(root, "*=*"):
        if _is_partition(entry.name) and entry.is_folder:
            inner = partitions(files, f"{root}/{entry.name}")
            found += [f"{entry.name}/{name}" for name in inner] or [entry.name]
    return found


def data_files(files: HadoopFiles, root: str, pattern: str) -> list[tuple[str, str]]:
    """Files below `root` whose names match `pattern` and are not hidden: (folder with its slash or nothing, name)."""
    found: list[tuple[str, str]] = []
    for entry in files.list(root, f"{{*=*,{pattern}}}"):
        if entry.is_folder and _is_partition(entry.name):
            inner = data_files(files, f"{root}/{entry.name}", pattern)
            found += [(f"{entry.name}/{folder}", name) for folder, name in inner]
        elif not entry.is_folder and not entry.name.startswith(("_", ".")):
            found.append(("", entry.name))
    return found


def _is_partition(name: str) -> bool:
    # As in Spark: a name that begins with an underscore is hidden unless it is a partition's; with a dot, always.
    return "=" in name and not name.startswith(".")
