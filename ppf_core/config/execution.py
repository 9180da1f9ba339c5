"""Config of execution and checkpoints: the blocks `execution {}` and `checkpoint {}`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from .enums import ConfigChangeAction
from .scalars import STRICT_KEYS, Seconds, Text, WholeNumber

__all__ = ["CheckpointConfig", "ExecutionConfig"]


@dataclass(frozen=True, config=STRICT_KEYS)
class ExecutionConfig:
    """With `fail_fast` the first failure ends the run; otherwise components that do not depend on it still run.

    `max_parallel` is the number of components that run at once, as threads of one Spark application. The progress of
    a component is logged `progress_after_seconds` after it starts, and then every `progress_every_seconds`.
    """

    fail_fast: bool = True
    max_parallel: Annotated[WholeNumber, Field(ge=1)] = 1
    progress_after_seconds: Annotated[Seconds, Field(ge=0.1)] = 10.0
    progress_every_seconds: Annotated[Seconds, Field(ge=0.1)] = 30.0


@dataclass(frozen=True, config=STRICT_KEYS)
class CheckpointConfig:
    """Checkpoints and hand-overs of a pipeline, which are kept in the directory `root`; without it there are none.

    `on_config_change` applies when a try finds the checkpoint of a pipeline with another structure. `materialize`
    writes the views of transformations as Parquet, so that a later try restores them; a component's own
    `materialize` takes precedence. With `keep` they remain after the run has completed.
    """

    root: Text | None = None
    on_config_change: ConfigChangeAction = ConfigChangeAction.FAIL
    materialize: bool = False
    keep: bool = False
