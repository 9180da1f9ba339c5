"""The Spark Connect session that the tasks of one pipeline share within a DAG run."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_ppf.task.identity import TaskIdentity
    from ppf_core.session import SharedSession

__all__ = ["settings_digest", "shared_session"]


def shared_session(identity: TaskIdentity, group_id: str, pipeline: str) -> SharedSession:
    """The session of a pipeline in a DAG run: the same for each of its tasks, in each of their tries."""
    from ppf_core.session import SharedSession

    return SharedSession((identity.dag_id, identity.run_id, group_id, str(identity.map_index), pipeline))


def settings_digest(settings: Any) -> str:
    """What tells whether a component's settings mean the same in two tasks, once their templates are rendered."""
    text = json.dumps(settings, sort_keys=True, separators=(",", ":"), default=repr)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
