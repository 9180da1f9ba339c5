"""A hook for pipelines under test: the end of a process at a moment that is always the same."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from ppf_core.runner import NoOpHooks

if TYPE_CHECKING:
    from ppf_core.config import ComponentConfig

__all__ = ["KillBefore"]


class KillBefore(NoOpHooks):
    """`kill -9` for the process `pid`, or for its own, before `component` begins."""

    def __init__(self, component: str, pid: int | None = None) -> None:
        self._component = component
        self._pid = pid

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Strike, if it is that component."""
        if config.name == self._component:
            os.kill(self._pid if self._pid is not None else os.getpid(), signal.SIGKILL)
