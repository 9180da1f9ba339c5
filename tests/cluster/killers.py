"""A hook for pipelines under test: the end of a process at a moment that is always the same."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from dev.waiting import wait_until
from ppf_core.errors import StopPipeline
from ppf_core.runner import NoOpHooks

if TYPE_CHECKING:
    from ppf_core.config import ComponentConfig

__all__ = ["KillBefore", "StopBefore", "WaitBefore"]


class KillBefore(NoOpHooks):
    """`kill -9` for the process `pid`, or for its own, before `component` begins."""

    def __init__(self, component: str, pid: int | None = None) -> None:
        self._component = component
        self._pid = pid

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Strike, if it is that component."""
        if config.name == self._component:
            os.kill(self._pid if self._pid is not None else os.getpid(), signal.SIGKILL)


class StopBefore(NoOpHooks):
    """Ends the run before `component` begins."""

    def __init__(self, component: str) -> None:
        self._component = component

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """End it, if it is that component."""
        if config.name == self._component:
            raise StopPipeline("told to fail")


class WaitBefore(NoOpHooks):
    """Makes the file `told` and waits until the file `until` is there, before `component` begins."""

    def __init__(self, component: str, until: str, told: str) -> None:
        self._component = component
        self._until = Path(until)
        self._told = Path(told)

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Wait, if it is that component."""
        if config.name == self._component:
            self._told.touch()
            wait_until(self._until.exists, str(self._until), timeout_seconds=600)
