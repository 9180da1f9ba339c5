"""How a run goes on and what it leaves behind: the blocks `execution {}` and `checkpoint {}`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from .enums import ConfigChangeAction
from .scalars import STRICT_KEYS, Seconds, Text, WholeNumber

__all__ = ["CheckpointConfig", "ExecutionConfig"]


@dataclass(frozen=True, config=STRICT_KEYS)
class ExecutionConfig:
    """With `fail_fast` the first failure ends the run; without, whatever does not depend on it still runs.

    `max_parallel` is how many components may run at once, as threads that share one Spark application. How far one is
    goes to the log first `progress_after_seconds` after its begin, then every `progress_every_seconds`.
    """

    fail_fast: bool = True
    max_parallel: Annotated[WholeNumber, Field(ge=1)] = 1
    progress_after_seconds: Annotated[Seconds, Field(ge=0.1)] = 10.0
    progress_every_seconds: Annotated[Seconds, Field(ge=0.1)] = 30.0


@dataclass(frozen=True, config=STRICT_KEYS)
class CheckpointConfig:
    """Where checkpoints and hand-overs are kept (None: nowhere), and what to do when the structure has changed.

    With `materialize` the views of transformations are written as Parquet, so that a later try restores them;
    components may say otherwise of themselves. With `keep` they stay when the run has completed.
    """

    root: Text | None = None
    on_config_change: ConfigChangeAction = ConfigChangeAction.FAIL
    materialize: bool = False
    keep: bool = False
