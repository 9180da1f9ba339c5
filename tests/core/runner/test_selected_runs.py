"""Runs of a selection: what they run, skip, and record for the next run."""

from __future__ import annotations

import logging
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppf_core.config import ConfigError, PipelineConfig, QualityCheckConfig, QualityConfig
from ppf_core.runner import (
    Action,
    CompletedComponents,
    DataQualityHooks,
    HandOverRecord,
    LocalCheckpointStore,
    PipelineResult,
    PipelineResultStatus,
    Plan,
    RunOptions,
    Selection,
    SimplePipelineRunner,
    make_plan,
)
from ppf_core.runner.quality_checks import make_check
from ppf_core.session import SparkSessionWrapper
from tests.support.completed import completed_components
from tests.support.components import EVENTS, ON_RUN
from tests.support.pipelines import pipeline, step

if TYPE_CHECKING:
    from pathlib import Path

#   read ─► clean ─► join ─► write
#    │      lookup ──┘
#    └────► report
SHOP = pipeline(
    step("read", kind="source"),
    step("lookup", kind="source"),
    step("clean", "read"),
    step("join", "clean", "lookup"),
    step("write", "join", kind="sink"),
    step("report", "read", kind="sink"),
)


def actions(plan: Plan) -> dict[str, str]:
    return {each.component.name: each.action.value for each in plan.steps}


def plan_of(
    config: PipelineConfig,
    selection: Selection,
    completed: CompletedComponents | None = None,
    restorable: frozenset[str] = frozenset(),
) -> Plan:
    return make_plan(
        config,
        completed or CompletedComponents(),
        restorable,
        selection.of_pipeline(config) if selection else None,
    )


def ran() -> list[str]:
    return [event.removeprefix("run ") for event in EVENTS]


def boom() -> None:
    raise ConnectionError("lost")


def test_a_selection_of_what_cannot_run_is_an_error() -> None:
    config = pipeline(step("off", enabled=False), step("next", "off"), step("other"))
    with pytest.raises(ConfigError, match=r"a component that can run, .* \(off, next\) with select off\+"):
        Selection(select=("off+",)).of_pipeline(config)
    assert actions(plan_of(config, Selection(select=("off+", "other"))))["other"] == "run"


def test_what_is_not_selected_but_handed_over_is_restored() -> None:
    done = completed_components(
        {"clean", "lookup"},
        {"clean": ["clean"], "lookup": ["lookup"]},
        {"clean": HandOverRecord("t/clean", "0"), "lookup": HandOverRecord("t/lookup", "0")},
    )
    plan = plan_of(SHOP, Selection(select=("join",)), done, frozenset({"clean", "lookup"}))
    assert plan.names(Action.RESTORE) == ["lookup", "clean"]
    assert plan.names(Action.RUN) == ["join"]
    assert plan.names(Action.REPLAY) == []


def test_a_sink_that_is_not_selected_never_runs_and_asks_for_nothing() -> None:
    config = pipeline(step("read"), step("write", "read", kind="sink"), step("after", "write"))
    assert actions(plan_of(config, Selection(select=("after",)))) == {
        "read": "skip",
        "write": "skip",
        "after": "run",
    }


def test_checks_at_the_end_bring_nothing_back_where_something_is_left_out() -> None:
    check = QualityCheckConfig(type="row_count", table="v", min_rows=1)  # type: ignore[arg-type]
    quality = QualityConfig(checks=[check])
    steps = [step("read"), step("write", "read", kind="sink"), step("other")]
    done = completed_components({"other"}, {"other": ["v"]})
    nothing_left_out = pipeline(*steps, quality=quality)
    assert actions(plan_of(nothing_left_out, Selection(select=("write",)), done)) == {
        "read": "replay",
        "write": "run",
        "other": "replay",
    }
    report_left_out = pipeline(*steps, step("report", "read", kind="sink"), quality=quality)
    assert actions(plan_of(report_left_out, Selection(select=("write",)), done))["other"] == "skip"


def test_checks_at_the_end_are_not_made_where_something_is_left_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class NoSpark(SparkSessionWrapper):
        @property
        def spark(self) -> Any:
            raise AssertionError("asked for")

    quality = DataQualityHooks(NoSpark(), stop_on_failure=True)
    quality.register(make_check(QualityCheckConfig(type="row_count", table="v", min_rows=1)))  # type: ignore[arg-type]
    selection = Selection(exclude=("write", "report"))
    with caplog.at_level(logging.WARNING):
        result = SimplePipelineRunner(SHOP, hooks=quality, options=RunOptions(selection=selection)).run()
    assert result.status is PipelineResultStatus.SUCCESS
    assert quality.results == []
    assert (
        "ran without write, report (not selected); these quality checks did not run: row_count(v)"
        in caplog.text
    )


def run(store: LocalCheckpointStore, *, resume: bool = True, **patterns: tuple[str, ...]) -> PipelineResult:
    EVENTS.clear()
    selection = Selection(**patterns)
    return SimplePipelineRunner(
        SHOP, run_id="r", checkpoint_store=store, options=RunOptions(selection=selection)
    ).run(resume=resume)


def completed(store: LocalCheckpointStore) -> set[str]:
    state = store.load("r", "p")
    assert state is not None
    return set(state.completed_components)


def test_a_retry_of_a_selection_goes_on_where_it_stopped(tmp_path: Path) -> None:
    store = LocalCheckpointStore(tmp_path)
    ON_RUN["join"] = boom
    assert run(store, select=("join", "clean")).status is PipelineResultStatus.PARTIAL_SUCCESS
    assert ran() == ["read", "lookup", "clean", "join"]
    ON_RUN.clear()
    assert run(store, select=("join", "clean")).status is PipelineResultStatus.SUCCESS
    assert ran() == ["join"]


def test_what_was_left_out_is_not_completed_and_a_later_run_does_it(tmp_path: Path) -> None:
    store = LocalCheckpointStore(tmp_path)
    run(store, until=("clean",))
    assert completed(store) == {"read", "clean"}
    run(store, select=("report",))
    assert ran() == ["report"]
    run(store)
    assert ran() == ["lookup", "join", "write"]
    assert completed(store) == {component.name for component in SHOP.components}


def test_a_forced_component_that_fails_is_not_completed_any_more(tmp_path: Path) -> None:
    store = LocalCheckpointStore(tmp_path)
    run(store)
    ON_RUN["clean"] = boom
    run(store, force=("clean+",))
    assert completed(store) == {"read", "lookup", "report"}
    ON_RUN.clear()
    run(store)
    assert ran() == ["clean", "join", "write"]


@st.composite
def situations(draw: st.DrawFn) -> tuple[PipelineConfig, CompletedComponents, Selection]:
    size = draw(st.integers(1, 8))
    names = [f"{draw(st.sampled_from('ab'))}{number}" for number in range(size)]
    components = []
    for number, name in enumerate(names):
        upstream = draw(st.sets(st.sampled_from(names[:number]), max_size=3)) if number else set()
        kind = draw(st.sampled_from(["source", "transformation", "sink"]))
        enabled = draw(st.sampled_from([True, True, True, True, False]))
        components.append(step(name, *sorted(upstream), kind=kind, enabled=enabled))
    done = draw(st.sets(st.sampled_from(names)))
    with_views = draw(st.sets(st.sampled_from(names)))
    pattern = st.builds(
        "{}{}{}".format,
        st.sampled_from(["", "+"]),
        st.sampled_from([*names, "*", "a*", "b?", "[ab]1"]),
        st.sampled_from(["", "+"]),
    )
    patterns = st.lists(pattern, max_size=2).map(tuple)
    selection = draw(st.builds(Selection, patterns, patterns, patterns, patterns, patterns))
    completed_before = completed_components(done, {name: ["v"] for name in with_views})
    return pipeline(*draw(st.permutations(components))), completed_before, selection


class Slowly:
    """The rules, said again one component at a time."""

    def __init__(
        self, config: PipelineConfig, completed_before: CompletedComponents, selection: Selection
    ) -> None:
        self.by_name = {component.name: component for component in config.components}
        self.completed = completed_before
        self.asked = selection

    def leads(self, name: str, other: str) -> bool:
        return name == other or any(self.leads(name, up) for up in self.by_name[other].depends_on)

    def fits(self, pattern: str, name: str) -> bool:
        named = [other for other in self.by_name if fnmatchcase(other, pattern.strip("+"))]
        return any(
            name == each
            or (pattern.startswith("+") and self.leads(name, each))
            or (pattern.endswith("+") and self.leads(each, name))
            for each in named
        )

    def any_fits(self, patterns: tuple[str, ...], name: str) -> bool:
        return any(self.fits(pattern, name) for pattern in patterns)

    def selected(self, name: str) -> bool:
        ends = [end for end in self.by_name if self.any_fits(self.asked.until, end)]
        starts = [start for start in self.by_name if self.any_fits(self.asked.from_, start)]
        return (
            (not self.asked.select or self.any_fits(self.asked.select, name))
            and not self.any_fits(self.asked.exclude, name)
            and (not self.asked.from_ or any(self.leads(start, name) for start in starts))
            and (not self.asked.until or any(self.leads(name, end) for end in ends))
        )

    def able(self, name: str) -> bool:
        return all(self.by_name[other].enabled for other in self.by_name if self.leads(other, name))

    def refused(self) -> bool:
        asked = self.asked
        patterns = [*asked.select, *asked.exclude, *asked.from_, *asked.until, *asked.force]
        return (
            not all(any(self.fits(pattern, name) for name in self.by_name) for pattern in patterns)
            or (bool(patterns) and not any(self.selected(name) and self.able(name) for name in self.by_name))
            or any(self.any_fits(asked.force, name) and not self.selected(name) for name in self.by_name)
        )

    def done(self, name: str) -> bool:
        return name in self.completed and not self.any_fits(self.asked.force, name)

    def runs(self, name: str) -> bool:
        return self.able(name) and self.selected(name) and not self.done(name)

    def in_need(self, name: str) -> bool:
        readers = [reader for reader, component in self.by_name.items() if name in component.depends_on]
        return self.by_name[name].component_type.value != "sink" and any(
            self.runs(reader) or self.in_need(reader) for reader in readers
        )

    def replays(self, name: str) -> bool:
        return (
            not self.runs(name)
            and self.by_name[name].enabled
            and self.in_need(name)
            and (name in self.completed.records if self.done(name) else self.able(name))
        )

    def actions(self) -> dict[str, str]:
        return {
            name: "run" if self.runs(name) else "replay" if self.replays(name) else "skip"
            for name in self.by_name
        }


@given(situations())
def test_every_selection_does_what_a_second_implementation_says(
    situation: tuple[PipelineConfig, CompletedComponents, Selection],
) -> None:
    config, done, selection = situation
    slowly = Slowly(config, done, selection)
    if slowly.refused():
        with pytest.raises(ConfigError):
            plan_of(config, selection, done)
    else:
        assert actions(plan_of(config, selection, done)) == slowly.actions()


@given(situations())
def test_no_sink_runs_that_was_not_asked_for(
    situation: tuple[PipelineConfig, CompletedComponents, Selection],
) -> None:
    config, done, selection = situation
    try:
        chosen = selection.of_pipeline(config)
    except ConfigError:
        return
    plan = plan_of(config, selection, done)
    for each in plan.steps:
        if each.action is Action.RUN:
            assert each.component.name in chosen.names
        if each.component.component_type.value == "sink":
            assert each.action in (Action.RUN, Action.SKIP)
    assert plan.completed == done - chosen.forced
