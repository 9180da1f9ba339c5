"""Paths of pipeline files and of the parse cache."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_ppf.pipeline_file.parse_cache import ParseCache

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["absolute_path", "parse_cache", "pipeline_files", "relative_path"]


def absolute_path(path: str | os.PathLike[str], dag_file: Path) -> Path:
    """Return a path of a DAG file as an absolute path; a relative path starts at the folder of the DAG file."""
    return Path(os.path.normpath(dag_file.parent / Path(path).expanduser()))


def relative_path(file: Path, dag_file: Path) -> str:
    """Return the path of a file from its DAG file, which is the same wherever the bundle is unpacked."""
    return Path(os.path.relpath(file, dag_file.parent)).as_posix()


def pipeline_files(folder: Path) -> Iterator[Path]:
    """Yield each pipeline file of a folder and its subfolders in order, except names that begin with `_` or `.`."""
    for parent, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if name[0] not in "_.")
        for name in sorted(files):
            if name.endswith(".conf") and name[0] not in "_.":
                yield Path(parent, name)


def parse_cache() -> ParseCache:
    """Return the parse cache in the folder that Airflow's option `[ppf] parse_cache` names."""
    from airflow.sdk.configuration import conf

    folder = conf.get("ppf", "parse_cache", fallback=None)
    if folder is None:
        return ParseCache(Path(os.environ.get("AIRFLOW_HOME", "~/airflow")).expanduser() / "ppf_parse_cache")
    return ParseCache(Path(folder).expanduser() if folder else None)
