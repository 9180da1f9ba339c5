"""From what a connection or an operator says to the store of checkpoints."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from airflow.sdk import NEVER_EXPIRE  # type: ignore[attr-defined]  # it is there, though not in the stubs

from ppf_core.config import ConfigError, Problem
from ppf_core.runner import ObjectStorageCheckpointStore

from .task_state import TaskStateCheckpointStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppf_core.runner import CheckpointStore

    from .task_state import TaskStateAccessor

__all__ = ["TASK_STATE", "checkpoint_store_elsewhere", "choose_checkpoint_store", "dag_run_mark"]

TASK_STATE = "task_state"
"""The name of Airflow's own store."""

_MARK = "ppf-dag-run"


def choose_checkpoint_store(place: str, accessor: TaskStateAccessor, scope: Sequence[str]) -> CheckpointStore:
    """Airflow's own store for `task_state`, else that at a folder or address.

    Raises:
        ConfigError: as `checkpoint_store_elsewhere`.
    """
    if place == TASK_STATE:
        return TaskStateCheckpointStore(accessor)
    return checkpoint_store_elsewhere(place, scope)


def checkpoint_store_elsewhere(place: str, scope: Sequence[str]) -> CheckpointStore:
    """The store at a folder or address.

    A connection id in an address (`s3://aws_default@bucket/ppf`), and file systems that Airflow's providers bring, are
    used as `ObjectStoragePath` does; all other addresses are fsspec's.

    Raises:
        ConfigError: no file system is known for the address, or the library that it takes is not installed.
    """
    # Not where DAG files are parsed: fsspec takes its time.
    from airflow.sdk import ObjectStoragePath
    from airflow.sdk.io import has_fs

    try:
        parts = urlsplit(place)
        if not parts.scheme:
            place = _absolute(place)
        if "@" in parts.netloc or (parts.scheme and has_fs(parts.scheme)):
            return ObjectStorageCheckpointStore(ObjectStoragePath(place), scope=scope)
        return ObjectStorageCheckpointStore(place, scope=scope)
    except (ImportError, ValueError) as error:
        message = f'expected {TASK_STATE}, a folder, or an address that fsspec knows, got "{_plain(place)}": {error}'
        raise ConfigError([Problem("checkpoint_store", message)]) from error


def dag_run_mark(accessor: TaskStateAccessor) -> str:
    """A text that stays the same in each try of a task instance, and is another one when its DAG run is a new one.

    A DAG run that was deleted may be created again under its id, and nothing that a task is told of a run tells the
    two apart. Airflow's task state goes with the run, though: so the mark is kept there.
    """
    mark = accessor.get(_MARK)
    if not isinstance(mark, str) or not mark:
        mark = uuid.uuid4().hex
        accessor.set(_MARK, mark, retention=NEVER_EXPIRE)
    return mark


def _absolute(folder: str) -> str:
    path = Path(folder).expanduser()
    if not path.is_absolute():
        raise ValueError("a relative path is another one on each worker")
    return str(path)


def _plain(place: str) -> str:
    """Without what may be a password."""
    return re.sub(r"//[^/]*@", "//***@", place).partition("?")[0]
