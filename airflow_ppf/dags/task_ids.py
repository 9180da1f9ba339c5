"""Legal Airflow ids for components and pipelines of any name."""

from __future__ import annotations

import hashlib
import re
import unicodedata

__all__ = ["FIRST_TASK", "LAST_TASK", "SESSION_TASK", "group_id", "task_id"]

FIRST_TASK = "pipeline_start"
LAST_TASK = "pipeline_end"
SESSION_TASK = "pipeline_session_end"

_LONGEST = 100
"""Airflow allows 250 characters for a task id together with the ids of its task groups."""


def task_id(name: str) -> str:
    """Return the id of the task of a component or group; it depends only on the name.

    The id is the name if that has at most 100 ASCII letters, digits, dots, dashes and underscores. Any other name is
    made legal and gets a hash of itself, so that two names never share an id.
    """
    if name.strip(".") and name not in (FIRST_TASK, LAST_TASK, SESSION_TASK):
        return _legal_id(name, r"[A-Za-z0-9_.-]")
    return _hashed(name, r"[A-Za-z0-9_.-]")


def group_id(name: str) -> str:
    """Return the id of the task group of a pipeline, made like a task id but without dots."""
    return _legal_id(name, r"[A-Za-z0-9_-]")


def _legal_id(name: str, legal: str) -> str:
    return name if re.fullmatch(f"{legal}{{1,{_LONGEST}}}", name) else _hashed(name, legal)


def _hashed(name: str, legal: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    replaced = "".join(character if re.fullmatch(legal, character) else "_" for character in plain)
    readable = replaced[: _LONGEST - 11].strip("_.-")
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{readable}-{digest}" if readable else digest
