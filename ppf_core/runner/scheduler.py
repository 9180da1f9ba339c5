"""Which component comes next."""

from __future__ import annotations

import heapq
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any, TypeVar

from .result import ComponentResult, SkippedComponent, SkipReason

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from .plan import Plan, PlanStep

__all__ = ["InlineWorker", "Scheduler"]

T = TypeVar("T")


class InlineWorker(Executor):
    """Runs what is submitted at once, in the caller's thread, so that one loop serves one worker and many.

    What is no ordinary exception (an interruption) goes straight through to the caller.
    """

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run it and return its future, done."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - as any executor does: kept in the future
            future.set_exception(error)
        return future


def _done(running: Mapping[Future[T], object]) -> Collection[Future[T]]:
    """Those that have ended, waiting for one if need be; none if nothing runs."""
    ended = [future for future in running if future.done()]
    return ended if ended or not running else wait(running, return_when=FIRST_COMPLETED).done


class Scheduler:
    """Walks a plan: hands each component to a worker once everything it depends on has succeeded.

    With one worker the order is the plan's. Behind a failed component nothing runs; with `fail_fast` nothing new
    begins at all. `results` and `skipped` fill as the walk goes on; after `account_for_the_rest` every component
    of the plan is in one of them, also when the walk ended in an exception or never began.

    Args:
        plan: What is to be done.
        execute: Runs one component and never raises for a component's own failure.
        workers: Where components run.
        slots: How many may run at once.
        fail_fast: Whether the first failure ends the walk.
        stopped: Asked before each component; true ends the walk.
    """

    def __init__(
        self,
        plan: Plan,
        execute: Callable[[PlanStep], ComponentResult],
        *,
        workers: Executor,
        slots: int = 1,
        fail_fast: bool = True,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._plan = plan
        self._execute = execute
        self._workers = workers
        self._slots = slots
        self._fail_fast = fail_fast
        self._stopped = stopped
        self.results: list[ComponentResult] = []
        self.skipped: dict[str, SkippedComponent] = {}
        self._begun: set[str] = set()
        self._failed: set[str] = set()

    def run(self) -> None:
        """Walk the plan to its end."""
        steps = {step.component.name: (place, step) for place, step in enumerate(self._plan.steps)}
        graph: TopologicalSorter[str] = TopologicalSorter()
        for name, (_, step) in steps.items():
            graph.add(name, *step.component.depends_on)
        graph.prepare()

        ready: list[tuple[int, PlanStep]] = []
        running: dict[Future[ComponentResult], PlanStep] = {}
        while graph.is_active():
            for name in graph.get_ready():
                heapq.heappush(ready, steps[name])
            while ready and len(running) < self._slots:
                _, step = heapq.heappop(ready)
                if skip := self._reason_to_skip(step):
                    self.skipped[step.component.name] = skip
                    graph.done(step.component.name)
                    for name in graph.get_ready():
                        heapq.heappush(ready, steps[name])
                else:
                    self._begun.add(step.component.name)
                    running[self._workers.submit(self._execute, step)] = step
            for future in _done(running):
                step = running.pop(future)
                result = future.result()
                self.results.append(result)
                if not result.success:
                    self._failed.add(result.component_name)
                graph.done(step.component.name)

    def account_for_the_rest(self) -> None:
        """Once the walk is over, note each component that was not reached as skipped."""
        for step in self._plan.steps:
            name = step.component.name
            if name not in self._begun and name not in self.skipped:
                self.skipped[name] = step.skip or SkippedComponent(name, SkipReason.STOPPED)

    def _reason_to_skip(self, step: PlanStep) -> SkippedComponent | None:
        name = step.component.name
        if step.skip is not None:
            return step.skip
        for upstream in step.component.depends_on:
            if failed := upstream if upstream in self._failed else self._failure_before(upstream):
                return SkippedComponent(name, SkipReason.UPSTREAM_FAILED, failed)
        if self._stopped() or (self._fail_fast and self._failed):
            return SkippedComponent(name, SkipReason.STOPPED)
        return None

    def _failure_before(self, name: str) -> str | None:
        skip = self.skipped.get(name)
        return skip.cause if skip is not None and skip.reason is SkipReason.UPSTREAM_FAILED else None
