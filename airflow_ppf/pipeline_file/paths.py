"""Where pipeline files are, and where what was read of them is kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_ppf.pipeline_file.parse_cache import ParseCache

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["absolute_path", "parse_cache", "pipeline_files", "relative_path"]


def absolute_path(path: str | os.PathLike[str], dag_file: Path) -> Path:
    """Where a path leads that is written in a DAG file: a relative one is beside it."""
    return Path(os.path.normpath(dag_file.parent / Path(path).expanduser()))


def relative_path(file: Path, dag_file: Path) -> str:
    """How a task is told of a file: from its DAG file on, so that it is the same wherever the bundle is unpacked."""
    return Path(os.path.relpath(file, dag_file.parent)).as_posix()


def pipeline_files(folder: Path) -> Iterator[Path]:
    """Each pipeline file in a folder and in those below it, in order, without what begins with `_` or `.`."""
    for parent, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if name[0] not in "_.")
        for name in sorted(files):
            if name.endswith(".conf") and name[0] not in "_.":
                yield Path(parent, name)


def parse_cache() -> ParseCache:
    """What is kept of files between two parsings, where Airflow's config says."""
    from airflow.sdk.configuration import conf

    folder = conf.get("ppf", "parse_cache", fallback=None)
    if folder is None:
        return ParseCache(Path(os.environ.get("AIRFLOW_HOME", "~/airflow")).expanduser() / "ppf_parse_cache")
    return ParseCache(Path(folder).expanduser() if folder else None)
