"""Scheduler of the components of a plan."""

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

_CANCEL_CHECK_SECONDS = 0.2
"""Interval between checks for a cancellation while waiting for a component."""


class Scheduler:
    """Submits each component of a plan to a worker once all its dependencies have succeeded.

    With a single slot, components run in the order of the plan. Nothing runs downstream of a failed component; with
    `fail_fast`, no further component starts at all. `results` and `skipped` grow during the run. After
    `skip_the_rest`, every component of the plan is in one of them, even if the run ended in an exception or never
    began.

    The run ends when all started components have ended. If it is cancelled or interrupted, components that have not
    ended within `patience_seconds` are abandoned.

    Args:
        plan: The plan to run.
        execute: Runs a component; returns its failure as a result instead of raising it.
        workers: The executor that the components run in.
        slots: The number of components that may run in parallel.
        fail_fast: Whether the first failure ends the run.
        stopped: Called before each component; true ends the run.
        cancelled: Called while waiting; true ends the run within `patience_seconds`.
        interrupt: Called with the exception that ends the run, to stop the running components.
        abandon: Returns the results of components that did not end in time.
        patience_seconds: How long running components may take to end after a cancellation or an interruption.
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
        abandon: Callable[[list[PlanStep]], list[ComponentResult]] = lambda _: [],
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
        self._abandon = abandon
        self._patience_seconds = patience_seconds
        self._deadline: float | None = None
        self.results: list[ComponentResult] = []
        self.skipped: dict[str, SkippedComponent] = {}
        self._begun: set[str] = set()
        self._failed: set[str] = set()
        self._running: dict[Future[ComponentResult], PlanStep] = {}
        self._finished: SimpleQueue[Future[ComponentResult]] = SimpleQueue()

    def run(self) -> None:
        """Run the plan to its end."""
        try:
            self._run_steps()
        except BaseException as interruption:
            if self._running:
                self._interrupt(interruption)
                self._drain()
            raise

    def _run_steps(self) -> None:
        steps = {step.component.name: (position, step) for position, step in enumerate(self._plan.steps)}
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
        """Wait for a component to end and record its result; past the deadline, abandon all running components."""
        future = self._wait()
        if future is None:
            return self._abandon_all()
        step = self._running.pop(future)
        self._record([future.result()])
        return [step]

    def _abandon_all(self) -> list[PlanStep]:
        steps = list(self._running.values())
        self._running.clear()
        self._record(self._abandon(steps))
        return steps

    def _record(self, results: list[ComponentResult]) -> None:
        self.results += results
        self._failed.update(result.component_name for result in results if not result.success)

    def _wait(self) -> Future[ComponentResult] | None:
        while True:
            try:
                return self._finished.get(timeout=_CANCEL_CHECK_SECONDS)
            except Empty:
                if self._deadline is None and self._cancelled():
                    self._deadline = time.monotonic() + self._patience_seconds
                if self._deadline is not None and time.monotonic() > self._deadline:
                    return None

    def _drain(self) -> None:
        """Wait for the running components after an interruption, up to the deadline."""
        self._deadline = time.monotonic() + self._patience_seconds
        while self._running:
            running = len(self._running)
            try:
                self._next_ended()
            except BaseException:  # noqa: BLE001 - the first interruption is raised
                if len(self._running) == running:  # the wait itself was interrupted again
                    self._abandon_all()

    def skip_the_rest(self) -> None:
        """Record each component that was not reached as skipped, once the run is over."""
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
