"""Which work of which run a component does."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

__all__ = ["RunIdentity"]


@dataclass(frozen=True)
class RunIdentity:
    """A component of a pipeline in one run, the same in each of the run's tries.

    `scope` is where `run_id` is unique: under Airflow, the task instance without its run. It is empty where a run id
    is like no other.
    """

    scope: tuple[str, ...]
    pipeline_name: str
    run_id: str
    component_name: str

    @property
    def key(self) -> str:
        """16 hexadecimal digits of a hash of all of it: short enough for file names."""
        parts = json.dumps([self.scope, self.pipeline_name, self.run_id, self.component_name])
        return hashlib.sha256(parts.encode("ascii")).hexdigest()[:16]
