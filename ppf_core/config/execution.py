"""How a run goes on and what it leaves behind: the blocks `execution {}` and `checkpoint {}`."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

from .enums import ConfigChangeAction
from .scalars import STRICT_KEYS, Text

__all__ = ["CheckpointConfig", "ExecutionConfig"]


@dataclass(frozen=True, config=STRICT_KEYS)
class ExecutionConfig:
    """With `fail_fast` the first failure ends the run; without, whatever does not depend on it still runs."""

    fail_fast: bool = True


@dataclass(frozen=True, config=STRICT_KEYS)
class CheckpointConfig:
    """Where checkpoints are kept (None: nowhere), and what to do when the structure has changed."""

    root: Text | None = None
    on_config_change: ConfigChangeAction = ConfigChangeAction.FAIL
