"""Which component comes next."""

from __future__ import annotations

import heapq
import time
from graphlib import TopologicalSorter
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from ppf_core.runner.result import ComponentResult, SkippedComponent, SkipReason

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor, Future

    from ppf_core.runner.planning.plan import Plan, PlanStep

__all__ = ["Scheduler"]

_SLICE_SECONDS = 0.2
"""How often the wait for a component looks whether the run was cancelled."""


class Scheduler:
    """Walks a plan: hands each component to a worker once everything it depends on has succeeded.

    With one slot the order is the plan's. Behind a failed component nothing runs; with `fail_fast` nothing new
    begins at all. `results` and `skipped` fill as the walk goes on; after `account_for_the_rest` every component
    of the plan is in one of them, also when the walk ended in an exception or never began.

    The walk ends when all that it began has ended, be it by an exception. Only of a run that is cancelled or
    interrupted it leaves behind what has not ended within `patience_seconds`.

    Args:
        plan: What is to be done.
        execute: Runs one component and never raises for a component's own failure.
        workers: Where components run.
        slots: How many may run at once.
        fail_fast: Whether the first failure ends the walk.
        stopped: Asked before each component; true ends the walk.
        cancelled: Asked while waiting; true if the walk is to end soon.
        interrupt: Told of an exception that ends the walk, to stop what is still running.
        leave_behind: Makes the results of components that did not end in time.
        patience_seconds: How long what runs may go on after that.
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
        cancelled: Callable[[], bool] = lambda: False,
        interrupt: Callable[[BaseException], None] = lambda _: None,
        leave_behind: Callable[[list[PlanStep]], list[ComponentResult]] = lambda _: [],
        patience_seconds: float = 2.0,
    ) -> None:
        self._plan = plan
        self._execute = execute
        self._workers = workers
        self._slots = slots
        self._fail_fast = fail_fast
        self._stopped = stopped
        self._cancelled = cancelled
        self._interrupt = interrupt
        self._leave_behind = leave_behind
        self._patience_seconds = patience_seconds
        self._deadline: float | None = None
        self.results: list[ComponentResult] = []
        self.skipped: dict[str, SkippedComponent] = {}
        self._begun: set[str] = set()
        self._failed: set[str] = set()
        self._running: dict[Future[ComponentResult], PlanStep] = {}
        self._finished: SimpleQueue[Future[ComponentResult]] = SimpleQueue()

    def run(self) -> None:
        """Walk the plan to its end."""
        try:
            self._walk()
        except BaseException as interruption:
            if self._running:
                self._interrupt(interruption)
                self._drain()
            raise

    def _walk(self) -> None:
        steps = {step.component.name: (place, step) for place, step in enumerate(self._plan.steps)}
        graph: TopologicalSorter[str] = TopologicalSorter()
        for name, (_, step) in steps.items():
            graph.add(name, *step.component.depends_on)
        graph.prepare()

        ready: list[tuple[int, PlanStep]] = []
        while graph.is_active():
            for name in graph.get_ready():
                heapq.heappush(ready, steps[name])
            while ready and len(self._running) < self._slots:
                _, step = heapq.heappop(ready)
                if skip := self._reason_to_skip(step):
                    self.skipped[step.component.name] = skip
                    graph.done(step.component.name)
                    for name in graph.get_ready():
                        heapq.heappush(ready, steps[name])
                else:
                    self._begin(step)
            if self._running:
                for step in self._next_ended():
                    graph.done(step.component.name)

    def _begin(self, step: PlanStep) -> None:
        self._begun.add(step.component.name)
        future = self._workers.submit(self._execute, step)
        self._running[future] = step
        future.add_done_callback(self._finished.put)

    def _next_ended(self) -> list[PlanStep]:
        """Wait for a component to end and note its result; if it takes too long, those of all that still run."""
        future = self._wait()
        if future is None:
            return self._leave_all_behind()
        step = self._running.pop(future)
        self._note([future.result()])
        return [step]

    def _leave_all_behind(self) -> list[PlanStep]:
        steps = list(self._running.values())
        self._running.clear()
        self._note(self._leave_behind(steps))
        return steps

    def _note(self, results: list[ComponentResult]) -> None:
        self.results += results
        self._failed.update(result.component_name for result in results if not result.success)

    def _wait(self) -> Future[ComponentResult] | None:
        while True:
            try:
                return self._finished.get(timeout=_SLICE_SECONDS)
            except Empty:
                if self._deadline is None and self._cancelled():
                    self._deadline = time.monotonic() + self._patience_seconds
                if self._deadline is not None and time.monotonic() > self._deadline:
                    return None

    def _drain(self) -> None:
        """After an interruption: wait for what runs, but not long."""
        self._deadline = time.monotonic() + self._patience_seconds
        while self._running:
            running = len(self._running)
            try:
                self._next_ended()
            except BaseException:  # noqa: BLE001 - the first interruption is the one that goes on
                if len(self._running) == running:  # it was the wait that was interrupted, once more
                    self._leave_all_behind()

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
