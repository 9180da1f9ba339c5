"""Private and version-dependent names of Airflow, in one place, each with a test that fails when Airflow renames it.

Every import is inside the function that needs it: parsing a DAG loads this module, and pays for none of them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from airflow.sdk import DAG

__all__ = [
    "has_file_system",
    "is_argument_given",
    "is_client_process",
    "is_supervised",
    "is_task_instance_gone",
    "never_expire",
    "serialize_dag",
    "spark_submit_output",
    "task_log_permission",
    "unset_argument",
]

_PROCESS_CONTEXT = "_AIRFLOW_PROCESS_CONTEXT"


def is_task_instance_gone(error: Exception) -> bool:
    """Return whether Airflow's API server refused a request because the calling try has been superseded.

    Once a task is cleared while it runs, the id of its old try is gone from the server, which answers 404, "Task
    instance ... not found". The SDK has no class for that, so its text decides.
    """
    text = f"{error} {getattr(error, 'error', '')}".lower()
    return "task instance" in text and "not found" in text


def is_client_process() -> bool:
    """Return whether Airflow parses DAG files or runs a task in this process."""
    return os.environ.get(_PROCESS_CONTEXT) == "client"


def is_supervised() -> bool:
    """Return whether this process is connected to an Airflow supervisor.

    `dag.test` runs tasks without a supervisor, and has another object in place of the connection.
    """
    from airflow.sdk.execution_time import task_runner
    from airflow.sdk.execution_time.comms import CommsDecoder

    return isinstance(getattr(task_runner, "SUPERVISOR_COMMS", None), CommsDecoder)


def never_expire() -> timedelta | None:
    """Return the retention with which Airflow's task state store never removes an entry."""
    from airflow.sdk import NEVER_EXPIRE  # type: ignore[attr-defined]  # missing in the SDK's stubs

    retention: timedelta | None = NEVER_EXPIRE
    return retention


def has_file_system(scheme: str) -> bool:
    """Return whether Airflow or one of its providers has a file system for addresses with this scheme."""
    from airflow.sdk.io import has_fs

    return has_fs(scheme)


def serialize_dag(dag: DAG) -> dict[str, Any]:
    """Return the DAG as Airflow's DAG processor stores it; Airflow raises where it cannot."""
    from airflow.serialization.serialized_objects import DagSerialization

    return DagSerialization.to_dict(dag)


def spark_submit_output(hook: Any) -> Any:
    """Return the pipe from which Airflow's `SparkSubmitHook` reads the output of spark-submit; None without one."""
    return getattr(getattr(hook, "_submit_sp", None), "stdout", None)


def task_log_permission() -> Callable[..., Any]:
    """Return the FastAPI dependency of the api-server that lets only those pass who may read a DAG's task logs."""
    from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
    from airflow.api_fastapi.core_api.security import requires_access_dag

    return requires_access_dag("GET", DagAccessEntity.TASK_LOGS)


def unset_argument() -> Any:
    """Return Airflow's mark for an operator's argument that is set only when the task runs."""
    from airflow.sdk.definitions._internal.types import SET_DURING_EXECUTION

    return SET_DURING_EXECUTION


def is_argument_given(value: object) -> bool:
    """Return whether an operator's argument has a value, rather than a mark that it is missing."""
    from airflow.sdk.definitions._internal.types import is_arg_set

    return is_arg_set(value)
