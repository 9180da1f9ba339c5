"""Components that run now, and the tags of their Spark jobs."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from ppf_core.session import SparkSessionWrapper

__all__ = ["RunningComponents"]


class RunningComponents:
    """Tags the Spark jobs of each running component, which makes them recognisable and cancellable.

    Args:
        session: The Spark session.
        job_tag: The tag of all jobs of the run; each component's jobs carry one of their own besides.
        pools: Whether each component's jobs get a scheduler pool, named after it.
    """

    def __init__(self, session: SparkSessionWrapper, job_tag: str, *, pools: bool) -> None:
        self._session = session
        self._job_tag = job_tag
        self._pools = pools
        self._running: dict[str, tuple[str, float]] = {}

    def add(self, name: str, index: int, began: float) -> None:
        """Add a component that starts now."""
        self._running[name] = f"{self._job_tag}-{index}", began

    def remove(self, name: str) -> None:
        """Remove a component that has ended."""
        self._running.pop(name, None)

    def began(self, name: str, default: float) -> float:
        """Return when the component began, by the clock; `default` if it does not run."""
        return self._running.get(name, ("", default))[1]

    def others(self, name: str) -> bool:
        """Return whether any other component runs."""
        return bool(self._running.keys() - {name})

    def by_name(self) -> dict[str, tuple[str, float]]:
        """Return the job tag of each running component, and when it began by the clock."""
        return dict(self._running)

    def tagged(self, name: str) -> AbstractContextManager[None]:
        """Return a context in which this thread's Spark jobs carry the component's tags."""
        return self._with_tags(name) if self._session.started else nullcontext()

    def cancel_jobs(self) -> None:
        """End the Spark jobs of all running components."""
        for tag, _ in list(self._running.values()):
            self._session.cancel_jobs(tag)

    @contextmanager
    def _with_tags(self, name: str) -> Iterator[None]:
        with ExitStack() as stack:
            for tag in (self._job_tag, self._running[name][0]):
                stack.enter_context(self._session.job_tag(tag))
            if self._pools:
                stack.enter_context(self._session.job_pool(name))
            yield
