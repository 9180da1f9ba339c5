"""Key of a run: scope, pipeline and run id."""

from __future__ import annotations

from dataclasses import dataclass

from ppf_core.runner.completed import STRICT_RECORD

__all__ = ["RunKey"]


@dataclass(frozen=True)
class RunKey:
    """Identity of a run in checkpoints, hand-overs and repeatable writes, the same in each of its tries.

    Args:
        scope: Where the run id is unique, if not everywhere: under Airflow the DAG, the task and the map index.
        pipeline: The pipeline's name.
        run_id: The run within its scope.
    """

    __pydantic_config__ = STRICT_RECORD

    scope: tuple[str, ...]
    pipeline: str
    run_id: str

    @property
    def parts(self) -> tuple[str, ...]:
        """All of it, from the widest to the narrowest."""
        return (*self.scope, self.pipeline, self.run_id)
