from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppf_core.runner.execution.scheduler import Scheduler
from ppf_core.runner.execution.workers import InlineWorker, ThreadWorkers
from ppf_core.runner.planning.plan import PlanStep, make_plan
from ppf_core.runner.result import ComponentResult, SkipReason
from tests.support.pipelines import pipeline, step

if TYPE_CHECKING:
    from collections.abc import Callable

    from ppf_core.config import PipelineConfig


def executing(ran: list[str], failing: set[str]) -> Callable[[PlanStep], ComponentResult]:
    def execute(each: PlanStep) -> ComponentResult:
        name = each.component.name
        ran.append(name)
        return ComponentResult(name, name not in failing, 0, ValueError(name) if name in failing else None)

    return execute


@st.composite
def graphs(draw: st.DrawFn) -> tuple[PipelineConfig, set[str]]:
    components = []
    for number in range(draw(st.integers(1, 9))):
        upstream = draw(st.sets(st.integers(0, number - 1), max_size=3)) if number else set()
        components.append(
            step(f"c{number}", *(f"c{each}" for each in upstream), enabled=draw(st.integers(0, 9)) > 0)
        )
    names = [component.name for component in components]
    return pipeline(*draw(st.permutations(components))), draw(st.sets(st.sampled_from(names)))


@given(graphs(), st.booleans(), st.sampled_from([1, 3]))
def test_every_walk_respects_edges_failures_and_slots(
    graph: tuple[PipelineConfig, set[str]], fail_fast: bool, slots: int
) -> None:
    config, failing = graph
    ran: list[str] = []
    with InlineWorker() if slots == 1 else ThreadWorkers() as workers:
        scheduler = Scheduler(
            make_plan(config), executing(ran, failing), workers=workers, slots=slots, fail_fast=fail_fast
        )
        scheduler.run()
        scheduler.skip_the_rest()
    succeeded = {result.component_name for result in scheduler.results if result.success}
    for position, name in enumerate(ran):
        upstream = config.get_component(name).depends_on
        assert set(upstream) <= succeeded
        assert set(upstream) <= set(ran[:position])
    assert sorted([*ran, *scheduler.skipped]) == sorted(config.get_execution_order())
    for skipped in scheduler.skipped.values():
        if skipped.reason is SkipReason.UPSTREAM_FAILED:
            assert skipped.cause in failing
    if not fail_fast:
        assert SkipReason.STOPPED not in {skipped.reason for skipped in scheduler.skipped.values()}
    elif slots == 1:
        assert len(set(ran) & failing) <= 1


def test_with_one_slot_the_order_is_the_plans() -> None:
    config = pipeline(step("d"), step("a"), step("b", "a"), step("c", "d"))
    ran: list[str] = []
    Scheduler(make_plan(config), executing(ran, set()), workers=InlineWorker()).run()
    assert ran == config.get_execution_order()


def test_an_interruption_goes_through_and_what_began_is_not_called_skipped() -> None:
    def execute(each: PlanStep) -> ComponentResult:
        raise KeyboardInterrupt

    scheduler = Scheduler(make_plan(pipeline(step("a"), step("b"))), execute, workers=InlineWorker())
    with pytest.raises(KeyboardInterrupt):
        scheduler.run()
    scheduler.skip_the_rest()
    assert list(scheduler.skipped) == ["b"]


def test_a_walk_that_never_began_skips_everything() -> None:
    scheduler = Scheduler(
        make_plan(pipeline(step("a"), step("b", enabled=False))), executing([], set()), workers=InlineWorker()
    )
    scheduler.skip_the_rest()
    assert {name: skipped.reason for name, skipped in scheduler.skipped.items()} == {
        "a": SkipReason.STOPPED,
        "b": SkipReason.DISABLED,
    }


def test_once_stopped_nothing_more_begins() -> None:
    ran: list[str] = []
    scheduler = Scheduler(
        make_plan(pipeline(step("a"), step("b"), step("c"))),
        executing(ran, set()),
        workers=InlineWorker(),
        fail_fast=False,
        stopped=lambda: bool(ran),
    )
    scheduler.run()
    assert ran == ["a"]
