"""Ids that Airflow takes, for components of any name."""

from __future__ import annotations

import hashlib
import re
import unicodedata

__all__ = ["FIRST_TASK", "LAST_TASK", "SESSION_TASK", "group_id", "task_id"]

FIRST_TASK = "pipeline_start"
LAST_TASK = "pipeline_end"
SESSION_TASK = "pipeline_session_end"

_LONGEST = 100
"""Airflow takes 250 for a task and the groups that it is in."""


def task_id(name: str) -> str:
    """The id of the task of a component or a group, which depends on nothing but its name.

    It is the name where that will do: letters of ASCII, digits, dots, dashes and underscores, at most 100. Any other
    name is made so and gets a hash of itself: two names never have one id, whatever others there are.
    """
    if name.strip(".") and name not in (FIRST_TASK, LAST_TASK, SESSION_TASK):
        return _made_legal(name, r"[A-Za-z0-9_.-]")
    return _hashed(name, r"[A-Za-z0-9_.-]")


def group_id(name: str) -> str:
    """The id of the task group of a pipeline, in the same way; it has no dots."""
    return _made_legal(name, r"[A-Za-z0-9_-]")


def _made_legal(name: str, legal: str) -> str:
    return name if re.fullmatch(f"{legal}{{1,{_LONGEST}}}", name) else _hashed(name, legal)


def _hashed(name: str, legal: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    readable = "".join(one if re.fullmatch(legal, one) else "_" for one in plain)[: _LONGEST - 11].strip(
        "_.-"
    )
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{readable}-{digest}" if readable else digest
