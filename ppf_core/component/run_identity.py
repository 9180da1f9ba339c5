"""Run identity of a component."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

__all__ = ["RunIdentity"]


@dataclass(frozen=True)
class RunIdentity:
    """Identity of a component in a run, the same in each try of the run.

    `run_id` is unique within `scope`: under Airflow, the task instance without its run. `scope` is empty for run ids
    that are globally unique.
    """

    scope: tuple[str, ...]
    pipeline_name: str
    run_id: str
    component_name: str

    @property
    def key(self) -> str:
        """A hash of the identity, in 16 hexadecimal digits, for file names."""
        parts = json.dumps([self.scope, self.pipeline_name, self.run_id, self.component_name])
        return hashlib.sha256(parts.encode("ascii")).hexdigest()[:16]
