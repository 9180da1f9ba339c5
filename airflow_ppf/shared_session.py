"""The Spark Connect session that the tasks of one pipeline share within a DAG run."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_ppf.task_identity import TaskIdentity
    from ppf_core.config import SparkConfig
    from ppf_core.session import SharedSession

__all__ = ["NO_DRIVER", "NO_SERVER", "has_server", "require_server", "settings_digest", "shared_session"]

NO_SERVER = (
    "expected a Spark Connect server beside it, in spark.connect_string (sc://host:15002) or in the connection that "
    "conn_id names, since that is where the tasks share a session; got none"
)

NO_DRIVER = (
    "expected false together with submit, got true: tasks share a session at a Spark Connect server, and a driver "
    "that is submitted has a session of its own"
)


def shared_session(identity: TaskIdentity, group_id: str, pipeline: str) -> SharedSession:
    """The session of a pipeline in a DAG run: the same for each of its tasks, in each of their tries."""
    from ppf_core.session import SharedSession

    return SharedSession((identity.dag_id, identity.run_id, group_id, str(identity.map_index), pipeline))


def has_server(spark: SparkConfig) -> bool:
    """Whether it says where a Spark Connect server is, in a field of ours or under Spark's own key."""
    return "spark.remote" in spark.to_spark_conf_dict()


def require_server(spark: SparkConfig) -> None:
    """Refuse to share a session of anything but a Spark Connect server.

    Raises:
        ConfigError: there is none.
    """
    from ppf_core.config import ConfigError, Problem

    if not has_server(spark):
        raise ConfigError([Problem("shared_session", NO_SERVER)])


def settings_digest(settings: Any) -> str:
    """What tells whether a component's settings mean the same in two tasks, once their templates are rendered."""
    text = json.dumps(settings, sort_keys=True, separators=(",", ":"), default=repr)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
