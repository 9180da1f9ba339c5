"""Progress of running components: polls Spark and notifies hooks."""

from __future__ import annotations

import contextvars
import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ppf_core.session import JobProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType

    from typing_extensions import Self

    from ppf_core.clock import Clock
    from ppf_core.config import ComponentConfig
    from ppf_core.runner.hooks import PipelineHooks
    from ppf_core.session import JobWatch, SparkSessionWrapper

    from .run_hooks import RunHooks

__all__ = ["ProgressPace", "ProgressWatcher"]

logger = logging.getLogger(__name__)

_MIN_WAIT_SECONDS = 0.1
_EXIT_SECONDS = 0.5
"""Time that the end of a run waits for a poll in progress. A thread that hangs is a daemon, and is abandoned."""


@dataclass(frozen=True)
class ProgressPace:
    """Schedule of progress notifications: `first_seconds` after a component starts, then `every_seconds`.

    Raises:
        ValueError: a value is not positive.
    """

    first_seconds: float
    every_seconds: float

    def __post_init__(self) -> None:
        """Check that both values are positive."""
        if self.first_seconds <= 0 or self.every_seconds <= 0:
            raise ValueError(f"expected seconds above 0, got {self}")


class ProgressWatcher:
    """Polls Spark in a background thread and notifies hooks of progress; a context manager.

    The thread starts only if a hook has `on_component_progress`, and asks Spark only when a notification is due. An
    error ends the polling, not the run.

    Args:
        hooks: The hooks to notify; a hook with a `progress_pace` is notified at that pace.
        session: The session of the jobs; it is not started for this.
        components: The components of the pipeline.
        running: Returns the running components by name, each with its job tag and its start by `clock`.
        pace: The pace of hooks without a `progress_pace`.
        clock: Returns monotonic seconds.
    """

    def __init__(
        self,
        *,
        hooks: RunHooks,
        session: SparkSessionWrapper,
        components: Iterable[ComponentConfig],
        running: Callable[[], Mapping[str, tuple[str, float]]],
        pace: ProgressPace,
        clock: Clock,
    ) -> None:
        self._hooks = hooks
        self._session = session
        self._components = {component.name: component for component in components}
        self._running = running
        self._clock = clock
        self._paces = [
            (hook, getattr(hook, "progress_pace", pace))
            for hook in hooks.hooks
            if hasattr(hook, "on_component_progress")
        ]
        self._last_notified: dict[tuple[int, str], float] = {}  # by index of hook and name of component
        self._jobs: JobWatch | None = None
        self._end = threading.Event()
        self._ended = threading.Event()
        self._ended.set()

    def __enter__(self) -> Self:
        """Start the thread."""
        if self._paces:
            self._ended.clear()
            # Copy the context, so that records logged by hooks go to the log of the same task.
            context = contextvars.copy_context()
            threading.Thread(
                target=context.run, args=(self._watch,), name="ppf-progress", daemon=True
            ).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the thread."""
        self._end.set()
        self._ended.wait(_EXIT_SECONDS)

    def poll(self) -> float:
        """Notify each hook that is due, and return the seconds until the next notification."""
        now, running = self._clock(), self._running()
        soonest = now + min(pace.first_seconds for _, pace in self._paces)
        due: dict[str, list[PipelineHooks]] = {}
        for index, (hook, pace) in enumerate(self._paces):
            for name, (_, began) in running.items():
                last = self._last_notified.get((index, name))
                due_at = began + pace.first_seconds if last is None else last + pace.every_seconds
                if due_at <= now:
                    due.setdefault(name, []).append(hook)
                    self._last_notified[index, name] = now
                    due_at = now + pace.every_seconds
                soonest = min(soonest, due_at)
        for name, hooks in due.items():
            tag, began = running[name]
            progress = self._progress(tag)
            if not self._end.is_set():
                elapsed_ms = round((now - began) * 1000)
                self._hooks.notify_progress(hooks, self._components[name], progress, elapsed_ms)
        return max(_MIN_WAIT_SECONDS, soonest - now)

    def _watch(self) -> None:
        try:
            wait = min(pace.first_seconds for _, pace in self._paces)
            while not self._end.wait(wait):
                wait = self.poll()
        except Exception as error:  # noqa: BLE001 - usually the session is gone, which the run reports
            logger.debug("Stopped polling progress: %r", error)
        finally:
            try:
                if self._jobs is not None:
                    self._jobs.close()
            except Exception as error:  # noqa: BLE001 - as above
                logger.debug("Could not close the job watch: %r", error)
            self._ended.set()

    def _progress(self, tag: str) -> JobProgress:
        if self._jobs is None and self._session.started:
            self._jobs = self._session.watch_jobs()
        return self._jobs.progress(tag) if self._jobs is not None else JobProgress()
