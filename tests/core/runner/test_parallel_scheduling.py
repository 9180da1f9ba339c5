"""The walk with several slots, by workers whose components end when, and in the order in which, a test says so."""

from __future__ import annotations

import threading
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppf_core.runner import ComponentResult, PlanStep, make_plan
from ppf_core.runner.execution.scheduler import Scheduler
from ppf_core.runner.execution.workers import ThreadWorkers
from tests.support.pipelines import pipeline, step

if TYPE_CHECKING:
    from collections.abc import Callable

    from ppf_core.config import PipelineConfig


class ScriptedWorkers(Executor):
    """Ends one of what is under way, drawn by `choose`, whenever the walk is about to wait."""

    def __init__(self, slots: int, failing: set[str], choose: Callable[[list[str]], str]) -> None:
        self.slots = slots
        self.failing = failing
        self.choose = choose
        self.under_way: dict[str, Future[Any]] = {}
        self.most = 0
        self.ended: list[str] = []
        self.seen_by: dict[str, set[str]] = {}

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        (begun,) = args
        name = begun.component.name
        future: Future[Any] = Future()
        self.under_way[name] = future
        self.most = max(self.most, len(self.under_way))
        self.seen_by[name] = set(self.ended) - self.failing
        return future

    def end_one(self) -> None:
        name = self.choose(sorted(self.under_way))
        self.ended.append(name)
        failed = ValueError(name) if name in self.failing else None
        self.under_way.pop(name).set_result(ComponentResult(name, failed is None, 0, failed))


class Scripted(Scheduler):
    """Has its workers end one component each time it waits."""

    def _wait(self) -> Future[ComponentResult] | None:
        assert isinstance(self._workers, ScriptedWorkers)
        self._workers.end_one()
        return super()._wait()


@st.composite
def graphs(draw: st.DrawFn) -> tuple[PipelineConfig, set[str]]:
    components = []
    for number in range(draw(st.integers(1, 12))):
        upstream = draw(st.sets(st.integers(0, number - 1), max_size=3)) if number else set()
        components.append(step(f"c{number}", *(f"c{each}" for each in upstream)))
    names = [component.name for component in components]
    return pipeline(*draw(st.permutations(components))), draw(st.sets(st.sampled_from(names), max_size=3))


def never(each: PlanStep) -> ComponentResult:
    raise AssertionError("the scripted workers do not call it")


@given(graphs(), st.integers(1, 5), st.booleans(), st.data())
def test_in_whatever_order_components_end_slots_and_edges_hold(
    graph: tuple[PipelineConfig, set[str]], slots: int, fail_fast: bool, data: st.DataObject
) -> None:
    config, failing = graph
    workers = ScriptedWorkers(slots, failing, lambda names: data.draw(st.sampled_from(names)))
    scheduler = Scripted(make_plan(config), never, workers=workers, slots=slots, fail_fast=fail_fast)
    scheduler.run()
    scheduler.skip_the_rest()

    assert workers.most <= slots
    assert workers.under_way == {}
    assert [result.component_name for result in scheduler.results] == workers.ended
    for name, succeeded in workers.seen_by.items():
        assert set(config.get_component(name).depends_on) <= succeeded
    assert sorted([*workers.ended, *scheduler.skipped]) == sorted(config.get_execution_order())
    if not fail_fast:
        for name in scheduler.skipped:
            assert _upstream(config, name) & failing


def _upstream(config: PipelineConfig, name: str) -> set[str]:
    direct = set(config.get_component(name).depends_on)
    return direct.union(*(_upstream(config, each) for each in direct))


@given(st.integers(1, 6), st.integers(1, 6))
def test_no_slot_is_idle_while_something_could_run(slots: int, components: int) -> None:
    workers = ScriptedWorkers(slots, set(), lambda names: names[0])
    config = pipeline(*(step(f"c{number}") for number in range(components)))
    Scripted(make_plan(config), never, workers=workers, slots=slots).run()
    assert workers.most == min(slots, components)


def test_a_cancelled_walk_leaves_what_does_not_end() -> None:
    release = threading.Event()

    def execute(each: PlanStep) -> ComponentResult:
        if each.component.name == "stuck":
            release.wait(60)
        return ComponentResult(each.component.name, True, 0)

    def abandon(steps: list[PlanStep]) -> list[ComponentResult]:
        return [ComponentResult(each.component.name, False, 0, TimeoutError()) for each in steps]

    cancelled = threading.Event()
    cancelled.set()
    scheduler = Scheduler(
        make_plan(pipeline(step("stuck"), step("quick"), step("behind", "stuck"))),
        execute,
        workers=ThreadWorkers(),
        slots=2,
        cancelled=cancelled.is_set,
        abandon=abandon,
        patience_seconds=0,
    )
    scheduler.run()
    release.set()
    assert [(each.component_name, each.success) for each in scheduler.results] == [
        ("quick", True),
        ("stuck", False),
    ]
    assert list(scheduler.skipped) == ["behind"]


def test_an_interruption_stops_the_others_waits_for_them_and_goes_on() -> None:
    stopped, begun = threading.Event(), threading.Event()
    reported: list[BaseException] = []

    def execute(each: PlanStep) -> ComponentResult:
        if each.component.name == "leaves":
            begun.wait(60)
            raise SystemExit(3)
        begun.set()
        stopped.wait(60)
        return ComponentResult(each.component.name, False, 0, InterruptedError())

    def interrupt(error: BaseException) -> None:
        reported.append(error)
        stopped.set()

    scheduler = Scheduler(
        make_plan(pipeline(step("leaves"), step("other"), step("next"))),
        execute,
        workers=ThreadWorkers(),
        slots=2,
        interrupt=interrupt,
        patience_seconds=60,
    )
    with pytest.raises(SystemExit) as raised:
        scheduler.run()
    scheduler.skip_the_rest()
    assert reported == [raised.value]
    assert [each.component_name for each in scheduler.results] == ["other"]
    assert list(scheduler.skipped) == ["next"]
