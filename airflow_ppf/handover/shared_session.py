"""Spark Connect session that the tasks of a pipeline share in a DAG run."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_ppf.task.identity import TaskIdentity
    from ppf_core.session import SharedSession

__all__ = ["settings_digest", "shared_session"]


def shared_session(identity: TaskIdentity, group_id: str, pipeline: str) -> SharedSession:
    """Return the session of a pipeline in a DAG run, which is the same in all of its tasks and tries."""
    from ppf_core.session import SharedSession

    return SharedSession((identity.dag_id, identity.run_id, group_id, str(identity.map_index), pipeline))


def settings_digest(settings: Any) -> str:
    """Return a digest that is equal if a component's rendered settings are equal in two tasks."""
    text = json.dumps(settings, sort_keys=True, separators=(",", ":"), default=repr)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
