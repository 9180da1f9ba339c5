"""Run hooks: the hooks of one run, called by one thread at a time."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

from ppf_core.errors import StopPipeline
from ppf_core.runner.hooks import CompositeHooks
from ppf_core.runner.result import HookError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from ppf_core.config import ComponentConfig, PipelineConfig
    from ppf_core.runner.hooks import PipelineHooks
    from ppf_core.runner.result import PipelineResult
    from ppf_core.session import JobProgress, SparkSessionWrapper

__all__ = ["RunHooks"]

logger = logging.getLogger(__name__)


class RunHooks(CompositeHooks):
    """Calls the hooks for one event at a time, whichever threads the events come from.

    The lock is reentrant, because a hook may cause another event, such as a state change of a circuit breaker. Spark
    jobs of hooks, such as those of quality checks, carry the `job_tag` of the run and are cancelled with it.
    """

    def __init__(self, *hooks: PipelineHooks, session: SparkSessionWrapper, job_tag: str) -> None:
        super().__init__(*hooks)
        self._session = session
        self._job_tag = job_tag
        self._turn = threading.RLock()
        self._depth = 0
        self._only_thread: int | None = None
        self._active: set[str] = set()
        self._without_progress: set[int] = set()  # indexes of hooks that failed in on_component_progress

    def ignore_other_threads(self) -> None:
        """Ignore events from all threads but the calling thread: abandoned components are no longer part of the run."""
        with self._turn:
            self._only_thread = threading.get_ident()

    def _broadcast(self, callback: str, *arguments: object) -> None:
        self._in_turn(super()._broadcast, callback, *arguments)

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Call the hooks."""
        with self._turn:
            self._active.add(config.name)
            super().before_component(config, index, total)

    def after_component(self, config: ComponentConfig, index: int, total: int, duration_ms: int) -> None:
        """Call the hooks, up to the first that raises `StopPipeline`."""
        with self._turn:
            self._active.discard(config.name)
            self._in_turn(super().after_component, config, index, total, duration_ms)

    def on_component_failure(self, config: ComponentConfig, index: int, error: Exception) -> None:
        """Call the hooks."""
        with self._turn:
            self._active.discard(config.name)
            super().on_component_failure(config, index, error)

    def notify_progress(
        self,
        hooks: Collection[PipelineHooks],
        config: ComponentConfig,
        progress: JobProgress,
        elapsed_ms: int,
    ) -> None:
        """Notify `hooks` of the progress of a component, unless it has ended meanwhile.

        The error of a hook is listed as for any callback, and the hook gets no more progress.
        """
        with self._turn:
            for index, hook in enumerate(self._hooks):
                if config.name not in self._active or self._only_thread is not None:
                    return
                if hook in hooks and index not in self._without_progress:
                    before = len(self.errors)
                    try:
                        self._notify(hook, "on_component_progress", (config, progress, elapsed_ms))
                    except StopPipeline as stop:
                        self.errors.append(HookError.of(hook, "on_component_progress", stop))
                    if len(self.errors) > before:
                        self._without_progress.add(index)

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Call the hooks; `StopPipeline` turns `result` into a failure."""
        self._in_turn(super().after_pipeline, config, result)

    def _in_turn(self, notify: Callable[..., None], *arguments: object) -> None:
        with self._turn:
            if self._only_thread is not None and self._only_thread != threading.get_ident():
                logger.warning(
                    "The run has ended; an event of a component that did not stop in time is ignored"
                )
                return
            self._depth += 1
            try:
                if self._depth > 1 or not self._session.started:
                    notify(*arguments)
                else:
                    with ExitStack() as stack:
                        self._tag_jobs(stack)
                        notify(*arguments)
            finally:
                self._depth -= 1

    def _tag_jobs(self, stack: ExitStack) -> None:
        try:
            stack.enter_context(self._session.job_tag(self._job_tag))
        except Exception as error:  # noqa: BLE001 - most hooks need no Spark, and must run when it is gone
            logger.debug("Could not tag the jobs of hooks: %s", error)
