"""Options of a run beside the documented arguments of the runner."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ppf_core.secrets import SecretsResolver

    from .checkpoint import CheckpointStore
    from .planning.partial_run import PartialRun
    from .planning.selection import Selection

__all__ = ["RunOptions"]


@dataclass(frozen=True)
class RunOptions:
    """Options of one run; None means: as the pipeline says.

    Args:
        run_id: The run's name in its checkpoint, the same in each of its tries.
        scope: Where `run_id` is unique, if not everywhere: under Airflow the DAG, the task and the map index.
        checkpoint_store: Where the checkpoint is kept; needs a `run_id`.
        try_details: Entries for this try in the checkpoint's history; host and process id (default).
        secrets: Resolves `secret://` references; as `config.secrets` says (default).
        max_parallel: How many components may run at once, in threads. They must not need each other's views without
            depending on each other.
        selection: The components that the run is for; all (default). Ignored if there is a `part`.
        part: The part of the pipeline that this run is for, if other runs are for the rest.
        handover_root: Where materialised views are written, a local folder or an address that Spark can write to;
            `checkpoint.root` (default).

    Raises:
        ValueError: `max_parallel` is less than 1, or there is a `checkpoint_store` and no `run_id`.
    """

    run_id: str | None = None
    scope: tuple[str, ...] = ()
    checkpoint_store: CheckpointStore | None = None
    try_details: Mapping[str, str] | None = None
    secrets: SecretsResolver | None = None
    max_parallel: int | None = None
    selection: Selection | None = None
    part: PartialRun | None = None
    handover_root: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no run can have."""
        if self.max_parallel is not None and self.max_parallel < 1:
            raise ValueError(f"max_parallel must be at least 1, not {self.max_parallel!r}")
        if self.checkpoint_store is not None and not self.run_id:
            raise ValueError(
                "checkpoint_store needs a run_id: the name under which later tries find the checkpoint"
            )

    def with_checkpoint(self, run_id: str | None, checkpoint_store: CheckpointStore | None) -> RunOptions:
        """Return the options with the run id and the store that are given, each unless it is None."""
        return replace(
            self,
            run_id=run_id if run_id is not None else self.run_id,
            checkpoint_store=checkpoint_store if checkpoint_store is not None else self.checkpoint_store,
        )
