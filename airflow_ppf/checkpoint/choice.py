"""Choice of a task's checkpoint store from its connection and arguments."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from airflow_ppf.airflow_api import has_file_system, never_expire
from ppf_core.config import ConfigError, Problem
from ppf_core.runner import ObjectStorageCheckpointStore

from .task_state import TaskStateCheckpointStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppf_core.runner import CheckpointStore

    from .task_state import TaskStateAccessor

__all__ = ["TASK_STATE", "choose_checkpoint_store", "dag_run_mark", "external_checkpoint_store"]

TASK_STATE = "task_state"
"""Name of the store in Airflow's database."""

_MARK = "ppf-dag-run"


def choose_checkpoint_store(
    setting: str, accessor: TaskStateAccessor, scope: Sequence[str]
) -> CheckpointStore:
    """Return Airflow's own store for `task_state`, else the store at a folder or address.

    Raises:
        ConfigError: as `external_checkpoint_store`.
    """
    if setting == TASK_STATE:
        return TaskStateCheckpointStore(accessor)
    return external_checkpoint_store(setting, scope)


def external_checkpoint_store(location: str, scope: Sequence[str]) -> CheckpointStore:
    """Return the store at a folder or address.

    `ObjectStoragePath` opens addresses with a connection id (`s3://aws_default@bucket/ppf`) and addresses for which an
    Airflow provider has a file system; fsspec opens all others.

    Raises:
        ConfigError: no file system is known for the address, or its library is not installed.
    """
    # Imported here because parsing a DAG does not need it, and fsspec is slow to load.
    from airflow.sdk import ObjectStoragePath

    try:
        parts = urlsplit(location)
        if not parts.scheme:
            location = _absolute(location)
        if "@" in parts.netloc or (parts.scheme and has_file_system(parts.scheme)):
            return ObjectStorageCheckpointStore(ObjectStoragePath(location), scope=scope)
        return ObjectStorageCheckpointStore(location, scope=scope)
    except (ImportError, ValueError) as error:
        got = _without_credentials(location)
        message = f'expected {TASK_STATE}, a folder, or an address that fsspec knows, got "{got}": {error}'
        raise ConfigError([Problem("checkpoint_store", message)]) from error


def dag_run_mark(accessor: TaskStateAccessor) -> str:
    """Return a text that is the same in each try of a task instance and differs between DAG runs.

    A deleted DAG run may be created again under the same id, and a task's context does not distinguish the two. The
    mark is in Airflow's task state, which is deleted with the run.
    """
    mark = accessor.get(_MARK)
    if not isinstance(mark, str) or not mark:
        mark = uuid.uuid4().hex
        accessor.set(_MARK, mark, retention=never_expire())
    return mark


def _absolute(folder: str) -> str:
    path = Path(folder).expanduser()
    if not path.is_absolute():
        raise ValueError("a relative path differs between workers")
    return str(path)


def _without_credentials(location: str) -> str:
    return re.sub(r"//[^/]*@", "//***@", location).partition("?")[0]
