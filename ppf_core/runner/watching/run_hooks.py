"""The hooks of one run."""

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
    """Broadcasts one event at a time, whichever threads they come from.

    A hook may cause a further event (a circuit breaker's, say): the thread that tells one may tell another within
    it. The Spark jobs of a hook, a quality check's for one, carry the run's `job_tag`, so that they end with it.
    """

    def __init__(self, *hooks: PipelineHooks, session: SparkSessionWrapper, job_tag: str) -> None:
        super().__init__(*hooks)
        self._session = session
        self._job_tag = job_tag
        self._turn = threading.RLock()
        self._depth = 0
        self._only_thread: int | None = None
        self._active: set[str] = set()
        self._deaf: set[int] = set()  # places of hooks that failed when they were told of progress

    def ignore_other_threads(self) -> None:
        """From now on pass on only what the calling thread tells: what others still do is no part of the run."""
        with self._turn:
            self._only_thread = threading.get_ident()

    def _broadcast(self, callback: str, *arguments: object) -> None:
        self._in_turn(super()._broadcast, callback, *arguments)

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Broadcast."""
        with self._turn:
            self._active.add(config.name)
            super().before_component(config, index, total)

    def after_component(self, config: ComponentConfig, index: int, total: int, duration_ms: int) -> None:
        """Broadcast, until one says stop."""
        with self._turn:
            self._active.discard(config.name)
            self._in_turn(super().after_component, config, index, total, duration_ms)

    def on_component_failure(self, config: ComponentConfig, index: int, error: Exception) -> None:
        """Broadcast."""
        with self._turn:
            self._active.discard(config.name)
            super().on_component_failure(config, index, error)

    def tell_progress(
        self,
        hooks: Collection[PipelineHooks],
        config: ComponentConfig,
        progress: JobProgress,
        elapsed_ms: int,
    ) -> None:
        """Tell these hooks how far a component is, unless it has ended meanwhile.

        One that fails at it is listed as for any callback, and not told again.
        """
        with self._turn:
            for place, hook in enumerate(self._hooks):
                if config.name not in self._active or self._only_thread is not None:
                    return
                if hook in hooks and place not in self._deaf:
                    before = len(self.errors)
                    try:
                        self._tell(hook, "on_component_progress", (config, progress, elapsed_ms))
                    except StopPipeline as order:
                        self.errors.append(HookError.of(hook, "on_component_progress", order))
                    if len(self.errors) > before:
                        self._deaf.add(place)

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Broadcast; an order to stop makes `result` a failed one."""
        self._in_turn(super().after_pipeline, config, result)

    def _in_turn(self, tell: Callable[..., None], *arguments: object) -> None:
        with self._turn:
            if self._only_thread is not None and self._only_thread != threading.get_ident():
                logger.warning("The run is over; what a component left behind still tells is ignored")
                return
            self._depth += 1
            try:
                if self._depth > 1 or not self._session.started:
                    tell(*arguments)
                else:
                    with ExitStack() as stack:
                        self._tag_jobs(stack)
                        tell(*arguments)
            finally:
                self._depth -= 1

    def _tag_jobs(self, stack: ExitStack) -> None:
        try:
            stack.enter_context(self._session.job_tag(self._job_tag))
        except Exception as error:  # noqa: BLE001 - most hooks need no Spark, and have to hear of its death
            logger.debug("Could not tag the jobs of hooks: %s", error)
