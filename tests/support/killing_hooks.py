"""Hooks that kill a process, stop a run or wait, always before the same component."""

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
    """Kills the process `pid`, or its own, before `component` begins."""

    def __init__(self, component: str, pid: int | None = None) -> None:
        self._component = component
        self._pid = pid

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Kill, if it is that component."""
        if config.name == self._component:
            os.kill(self._pid if self._pid is not None else os.getpid(), signal.SIGKILL)


class StopBefore(NoOpHooks):
    """Ends the run before `component` begins."""

    def __init__(self, component: str) -> None:
        self._component = component

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Stop the run, if it is that component."""
        if config.name == self._component:
            raise StopPipeline("stopped by the test")


class WaitBefore(NoOpHooks):
    """Makes the file `reached` and waits until the file `until` exists, before `component` begins."""

    def __init__(self, component: str, until: str, reached: str) -> None:
        self._component = component
        self._until = Path(until)
        self._reached = Path(reached)

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Wait, if it is that component."""
        if config.name == self._component:
            self._reached.touch()
            wait_until(self._until.exists, str(self._until), timeout_seconds=600)
