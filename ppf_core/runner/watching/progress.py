"""Tells the hooks, while components run, how far Spark is with them."""

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

_SHORTEST_WAIT_SECONDS = 0.1
_FAREWELL_SECONDS = 0.5
"""How long the end of a run waits for a look that is under way; a thread that hangs is left to itself."""


@dataclass(frozen=True)
class ProgressPace:
    """How often a hook is told of a component: first so many seconds after it began, then every so many.

    Raises:
        ValueError: not positive.
    """

    first_seconds: float
    every_seconds: float

    def __post_init__(self) -> None:
        """Refuse what would be no pace."""
        if self.first_seconds <= 0 or self.every_seconds <= 0:
            raise ValueError(f"expected seconds above 0, got {self}")


class ProgressWatcher:
    """Looks at the running components from a thread of its own while it is entered as a context.

    There is no thread unless a hook wants to hear of it. It asks Spark only when a hook is due, and never longer than
    the run: what goes wrong with it ends the watching, not the run.

    Args:
        hooks: Who is told, if they have `on_component_progress`, each at its own `progress_pace` if it has one.
        session: Whose jobs they are; it is not started for this.
        components: The pipeline's, by name.
        running: What runs now, by name: the tag of its jobs, and when it began by `clock`.
        pace: That of the hooks that have none.
        clock: Monotonic seconds.
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
        self._told: dict[tuple[int, str], float] = {}  # by hook and component: when
        self._jobs: JobWatch | None = None
        self._end = threading.Event()
        self._ended = threading.Event()
        self._ended.set()

    def __enter__(self) -> Self:
        """Begin to look."""
        if self._paces:
            self._ended.clear()
            # In this context, so that what a hook logs is of the same task as what others log.
            context = contextvars.copy_context()
            threading.Thread(
                target=context.run, args=(self._watch,), name="ppf-progress", daemon=True
            ).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Look no more."""
        self._end.set()
        self._ended.wait(_FAREWELL_SECONDS)

    def look(self) -> float:
        """Tell each hook what is due, and say how many seconds to wait for what is due next."""
        now, running = self._clock(), self._running()
        soonest = now + min(pace.first_seconds for _, pace in self._paces)
        due: dict[str, list[PipelineHooks]] = {}
        for place, (hook, pace) in enumerate(self._paces):
            for name, (_, began) in running.items():
                last = self._told.get((place, name))
                at = began + pace.first_seconds if last is None else last + pace.every_seconds
                if at <= now:
                    due.setdefault(name, []).append(hook)
                    self._told[place, name] = now
                    at = now + pace.every_seconds
                soonest = min(soonest, at)
        for name, hooks in due.items():
            tag, began = running[name]
            progress = self._progress(tag)
            if not self._end.is_set():
                elapsed_ms = round((now - began) * 1000)
                self._hooks.tell_progress(hooks, self._components[name], progress, elapsed_ms)
        return max(_SHORTEST_WAIT_SECONDS, soonest - now)

    def _watch(self) -> None:
        try:
            wait = min(pace.first_seconds for _, pace in self._paces)
            while not self._end.wait(wait):
                wait = self.look()
        except Exception as error:  # noqa: BLE001 - the usual reason is a session that has gone; the run will tell
            logger.debug("Progress is not watched any more: %r", error)
        finally:
            try:
                if self._jobs is not None:
                    self._jobs.close()
            except Exception as error:  # noqa: BLE001 - as above
                logger.debug("Could not end watching: %r", error)
            self._ended.set()

    def _progress(self, tag: str) -> JobProgress:
        if self._jobs is None and self._session.started:
            self._jobs = self._session.watch_jobs()
        return self._jobs.progress(tag) if self._jobs is not None else JobProgress()
