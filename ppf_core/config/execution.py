"""How a run goes on and what it leaves behind: the blocks `execution {}` and `checkpoint {}`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from .enums import ConfigChangeAction
from .scalars import STRICT_KEYS, Text, WholeNumber

__all__ = ["CheckpointConfig", "ExecutionConfig"]


@dataclass(frozen=True, config=STRICT_KEYS)
class ExecutionConfig:
    """With `fail_fast` the first failure ends the run; without, whatever does not depend on it still runs.

    `max_parallel` is how many components may run at once, as threads that share one Spark application.
    """

    fail_fast: bool = True
    max_parallel: Annotated[WholeNumber, Field(ge=1)] = 1


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
