from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppf_core.config import (
    DependencyCycleError,
    PipelineConfig,
    QualityCheckConfig,
    QualityConfig,
    UnknownComponentError,
)
from ppf_core.runner import (
    Action,
    CompletedComponent,
    CompletedComponents,
    Plan,
    SelectedComponents,
    SkipReason,
    make_plan,
)
from tests.support.completed import completed_components
from tests.support.pipelines import pipeline, step


def actions(plan: Plan) -> dict[str, str]:
    return {each.component.name: each.action.value for each in plan.steps}


def why(plan: Plan) -> dict[str, str]:
    return {each.component.name: each.reason for each in plan.steps}


CHAIN = pipeline(step("read", kind="source"), step("clean", "read"), step("write", "clean", kind="sink"))


def test_a_first_run_runs_everything() -> None:
    plan = make_plan(CHAIN)
    assert plan.names(Action.RUN) == ["read", "clean", "write"]
    assert set(why(plan).values()) == {"first run"}
    assert plan.total == 3


def test_a_completed_components_views_are_made_again_for_those_that_still_run() -> None:
    done = completed_components({"read", "clean"}, {"read": ["raw"], "clean": ["clean", "rejected"]})
    plan = make_plan(CHAIN, done)
    assert actions(plan) == {"read": "replay", "clean": "replay", "write": "run"}
    assert why(plan) == {
        "read": "write may read its view raw",
        "clean": "write may read its views clean, rejected",
        "write": "has not completed yet",
    }


def test_a_plain_set_replays_nothing() -> None:
    assert actions(make_plan(CHAIN, {"read", "clean"})) == {"read": "skip", "clean": "skip", "write": "run"}


def test_what_made_no_views_is_not_replayed_but_what_lies_before_it_is() -> None:
    done = completed_components({"read", "clean"}, {"read": ["raw"]})
    assert actions(make_plan(CHAIN, done)) == {"read": "replay", "clean": "skip", "write": "run"}


def test_when_everything_is_completed_nothing_is_replayed() -> None:
    done = completed_components({"read", "clean", "write"}, {"read": ["raw"], "clean": ["clean"]})
    plan = make_plan(CHAIN, done)
    assert set(actions(plan).values()) == {"skip"}
    assert why(plan)["clean"] == "completed in an earlier run"


def test_a_branch_that_nothing_needs_any_more_is_left_alone() -> None:
    config = pipeline(
        step("left", kind="source"),
        step("left_out", "left", kind="sink"),
        step("right", kind="source"),
        step("right_out", "right", kind="sink"),
    )
    done = completed_components({"left", "left_out", "right"}, {"left": ["l"], "right": ["r"]})
    assert actions(make_plan(config, done)) == {
        "left": "skip",
        "left_out": "skip",
        "right": "replay",
        "right_out": "run",
    }


def checked(config: PipelineConfig, **check: object) -> PipelineConfig:
    return replace(config, quality=QualityConfig(checks=[QualityCheckConfig(**check)]))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "check",
    [
        {"type": "row_count", "table": "v", "min_rows": 1},
        {"type": "sql", "query": "SELECT * FROM v WHERE x < 0"},
    ],
    ids=["by table", "by query"],
)
def test_a_view_that_a_check_at_the_end_reads_is_made_again(check: dict[str, object]) -> None:
    config = checked(pipeline(step("read"), step("other"), step("write", "read", kind="sink")), **check)
    plan = make_plan(config, completed_components({"read", "other"}, {"read": ["v"], "other": ["w"]}))
    assert actions(plan) == {"read": "replay", "other": "skip", "write": "run"}


def test_a_check_after_a_component_that_is_completed_needs_no_view() -> None:
    config = checked(pipeline(step("read")), type="row_count", table="v", min_rows=1, after="read")
    assert actions(make_plan(config, completed_components({"read"}, {"read": ["v"]}))) == {"read": "skip"}


def test_a_check_does_not_bring_back_what_is_downstream_of_a_disabled_component() -> None:
    config = checked(
        pipeline(step("off", enabled=False), step("read", "off")),
        type="row_count",
        table="v",
        min_rows=1,
    )
    plan = make_plan(config, completed_components({"read"}, {"read": ["v"]}))
    assert actions(plan) == {"off": "skip", "read": "skip"}


def test_a_sink_is_never_replayed_and_keeps_nothing_before_it_alive() -> None:
    config = pipeline(step("read"), step("write", "read", kind="sink"), step("after", "write"))
    done = completed_components({"read", "write"}, {"read": ["raw"], "write": ["odd"]})
    assert actions(make_plan(config, done)) == {"read": "skip", "write": "skip", "after": "run"}


def test_nothing_runs_downstream_of_a_disabled_component_however_far() -> None:
    config = pipeline(step("a", enabled=False), step("b", "a"), step("c", "b"))
    plan = make_plan(config)
    assert [(each.skip.reason, each.skip.cause) for each in plan.steps if each.skip] == [
        (SkipReason.DISABLED, None),
        (SkipReason.UPSTREAM_DISABLED, "a"),
        (SkipReason.UPSTREAM_DISABLED, "a"),
    ]
    assert [each.index for each in plan.steps] == [-1, 0, 1]
    assert plan.total == 2


def test_nothing_runs_downstream_of_a_disabled_component_with_completed_components_between() -> None:
    config = pipeline(step("a", enabled=False), step("b", "a"), step("c", "b"), step("d", "c"))
    plan = make_plan(config, completed_components({"a", "b", "c"}, {"a": ["v"], "b": ["w"]}))
    assert why(plan) == {
        "a": "disabled",
        "b": "completed in an earlier run",
        "c": "completed in an earlier run",
        "d": "downstream of a disabled component (a)",
    }


def test_a_component_finished_later_is_indexed_as_in_the_whole_run() -> None:
    assert [each.index for each in make_plan(CHAIN, {"read"}).steps] == [0, 1, 2]


def test_views_of_components_that_did_not_complete_are_dropped() -> None:
    assert completed_components({"a"}, {"a": ["v"], "b": ["w"]}).records == {
        "a": CompletedComponent(views=("v",))
    }


def test_an_unknown_dependency_is_an_error() -> None:
    with pytest.raises(UnknownComponentError, match="raed"):
        make_plan(pipeline(step("read"), step("clean", "raed")))


def test_a_cycle_is_an_error() -> None:
    with pytest.raises(DependencyCycleError):
        make_plan(pipeline(step("a", "b"), step("b", "a")))


@st.composite
def situations(draw: st.DrawFn) -> tuple[PipelineConfig, CompletedComponents]:
    """Draw a random graph in a random order, and what earlier tries of it had completed."""
    size = draw(st.integers(1, 8))
    components = []
    for number in range(size):
        upstream = draw(st.sets(st.integers(0, number - 1), max_size=3)) if number else set()
        components.append(
            step(
                f"c{number}",
                *(f"c{each}" for each in sorted(upstream)),
                kind=draw(st.sampled_from(["source", "transformation", "sink"])),
                enabled=draw(st.booleans() if draw(st.booleans()) else st.just(True)),
            )
        )
    names = [component.name for component in components]
    completed = draw(st.sets(st.sampled_from(names)))
    views = {name: ["v"] for name in draw(st.sets(st.sampled_from(names)))}
    return pipeline(*draw(st.permutations(components))), completed_components(completed, views)


def naive(
    config: PipelineConfig, completed: CompletedComponents, selected: SelectedComponents | None = None
) -> dict[str, str]:
    """Apply the rules of a plan a second way, slowly and plainly."""
    chosen = selected.names if selected else {component.name for component in config.components}
    done = completed - selected.forced if selected else completed
    by_name = {component.name: component for component in config.components}

    def downstream_of_disabled(name: str) -> bool:
        return any(not by_name[up].enabled or downstream_of_disabled(up) for up in by_name[name].depends_on)

    def runs(name: str) -> bool:
        return (
            by_name[name].enabled and name in chosen and name not in done and not downstream_of_disabled(name)
        )

    def readable_by_what_runs(name: str) -> bool:
        readers = [other for other in by_name if name in by_name[other].depends_on]
        return any(
            runs(reader) or (by_name[reader].component_type.value != "sink" and readable_by_what_runs(reader))
            for reader in readers
        )

    def replays(name: str) -> bool:
        made_views = (
            name in completed.records
            if name in done
            else name not in chosen and not downstream_of_disabled(name)
        )
        return (
            by_name[name].enabled
            and made_views
            and by_name[name].component_type.value != "sink"
            and readable_by_what_runs(name)
        )

    return {name: "run" if runs(name) else "replay" if replays(name) else "skip" for name in by_name}


@given(situations())
def test_every_plan_follows_the_rules_as_a_second_implementation_has_them(
    situation: tuple[PipelineConfig, CompletedComponents],
) -> None:
    config, completed = situation
    assert actions(make_plan(config, completed)) == naive(config, completed)


@given(situations(), st.data())
def test_so_does_every_plan_of_a_selection(
    situation: tuple[PipelineConfig, CompletedComponents], data: st.DataObject
) -> None:
    config, completed = situation
    names = data.draw(st.sets(st.sampled_from([component.name for component in config.components])))
    forced = data.draw(st.sets(st.sampled_from(sorted(names)))) if names else set()
    selected = SelectedComponents(frozenset(names), frozenset(forced))
    plan = make_plan(config, completed, selected=selected)
    assert actions(plan) == naive(config, completed, selected)


@given(situations())
def test_every_plan_is_consistent(situation: tuple[PipelineConfig, CompletedComponents]) -> None:
    config, completed = situation
    plan = make_plan(config, completed)
    by_name = {each.component.name: each for each in plan.steps}
    assert [each.component.name for each in plan.steps] == config.get_execution_order()
    indices = [each.index for each in plan.steps if each.component.enabled]
    assert indices == list(range(plan.total))
    for name, each in by_name.items():
        assert (each.skip is not None) == (each.action is Action.SKIP)
        assert (each.index == -1) == (not each.component.enabled)
        upstream = [by_name[up] for up in each.component.depends_on]
        if each.action is not Action.SKIP:
            assert all(up.component.enabled for up in upstream)
            assert not any(up.skip and up.skip.reason is SkipReason.UPSTREAM_DISABLED for up in upstream)
        if each.action is Action.RUN:
            assert name not in completed
            for up in upstream:  # its input is there: made in this run, or there were no views to make
                made_no_views = not completed.record(up.component.name).views
                is_sink = up.component.component_type.value == "sink"
                assert up.action is not Action.SKIP or made_no_views or is_sink
        if each.action is Action.REPLAY:
            assert name in completed
            assert each.component.component_type.value != "sink"
        if each.skip and each.skip.reason is SkipReason.UPSTREAM_DISABLED:
            assert each.skip.cause is not None
            assert not by_name[each.skip.cause].component.enabled


@given(situations())
def test_a_plan_without_completed_components_replays_nothing(
    situation: tuple[PipelineConfig, CompletedComponents],
) -> None:
    assert make_plan(situation[0]).names(Action.REPLAY) == []


DONE = completed_components({"read", "clean"}, {"read": ["raw"], "clean": ["clean"]})


def test_what_is_restored_asks_for_nothing_upstream_of_it() -> None:
    plan = make_plan(CHAIN, DONE, restorable={"clean"})
    assert actions(plan) == {"read": "skip", "clean": "restore", "write": "run"}
    assert why(plan)["clean"] == "write may read its view clean"


def test_what_is_upstream_of_a_restored_component_is_still_replayed_for_another_reader() -> None:
    config = pipeline(*CHAIN.components, step("other", "read"))
    assert actions(make_plan(config, DONE, restorable={"clean"})) == {
        "read": "replay",
        "clean": "restore",
        "write": "run",
        "other": "run",
    }


def test_a_replayed_component_has_what_it_reads_restored() -> None:
    assert actions(make_plan(CHAIN, DONE, restorable={"read"})) == {
        "read": "restore",
        "clean": "replay",
        "write": "run",
    }


def test_nothing_is_restored_that_nothing_needs_or_that_is_not_completed_or_made_no_views() -> None:
    everything = {"read", "clean", "write"}
    done = completed_components(everything, {"read": ["raw"], "clean": ["clean"]})
    assert set(actions(make_plan(CHAIN, done, restorable=everything)).values()) == {"skip"}
    assert actions(make_plan(CHAIN, restorable=everything)) == dict.fromkeys(
        ["read", "clean", "write"], "run"
    )
    plain = make_plan(CHAIN, {"read", "clean"}, restorable={"clean"})
    assert actions(plan=plain) == {"read": "skip", "clean": "skip", "write": "run"}


@given(st.sets(st.integers(0, 7)), st.sets(st.integers(0, 7)))
def test_every_reader_that_runs_finds_the_views_of_what_it_depends_on(
    done: set[int], whole: set[int]
) -> None:
    names = [f"c{number}" for number in range(8)]
    config = pipeline(*(step(name, *names[max(0, number - 2) : number]) for number, name in enumerate(names)))
    finished = {names[number] for number in done}
    completed = completed_components(finished, {name: [f"view_{name}"] for name in finished})
    plan = make_plan(config, completed, {names[number] for number in whole} & finished)
    action = {each.component.name: each.action for each in plan.steps}
    for each in plan.steps:
        if each.action in (Action.RUN, Action.REPLAY):
            assert all(action[name] is not Action.SKIP for name in each.component.depends_on)
        assert (each.action is Action.RUN) == (each.component.name not in finished)


FOUR = pipeline(step("make"), step("drop", "make"), step("make_again"), step("last", "make", "drop"))


def drops(plan: Plan) -> dict[str, tuple[str, ...]]:
    return {each.component.name: each.drops for each in plan.steps if each.drops}


def test_what_a_completed_component_dropped_is_dropped_again_where_it_comes_back() -> None:
    done = completed_components({"make", "drop"}, {"make": ["v", "w"]}, dropped={"drop": ["v", "x"]})
    plan = make_plan(FOUR, done)
    assert actions(plan) == {"make": "replay", "drop": "restore", "make_again": "run", "last": "run"}
    assert drops(plan) == {"drop": ("v",)}, "x is nowhere"
    assert why(plan)["drop"] == "it had dropped the view v"
    assert plan.steps[1].views == ()


def test_what_does_not_come_back_need_not_be_dropped_again() -> None:
    done = completed_components({"make", "drop", "last"}, {"make": ["v"]}, dropped={"drop": ["v"]})
    assert drops(make_plan(FOUR, done)) == {}
    assert drops(make_plan(FOUR, {"make", "drop"})) == {}


def test_a_component_that_is_restored_and_had_dropped_a_view_does_both() -> None:
    views = {"make": ["v"], "drop": ["w"]}
    done = completed_components({"make", "drop"}, views, dropped={"drop": ["v"]})
    plan = make_plan(FOUR, done, restorable={"make", "drop"})
    assert [(each.action.value, each.views, each.drops) for each in plan.steps[:2]] == [
        ("restore", ("v",), ()),
        ("restore", ("w",), ("v",)),
    ]
    assert why(plan)["drop"] == "last may read its view w; it had dropped the view v"
    replayed = make_plan(FOUR, done, restorable={"make"})
    assert (actions(replayed)["drop"], drops(replayed)) == ("replay", {}), "its own run drops it"


def test_of_two_that_ran_side_by_side_the_later_one_drops_what_vanished() -> None:
    config = pipeline(step("make"), step("a"), step("b"), step("last", "make"))
    done = completed_components({"make", "a", "b"}, {"make": ["v"]}, dropped={"a": ["v"], "b": ["v"]})
    assert drops(make_plan(config, done)) == {"b": ("v",)}
    made_between = pipeline(step("make"), step("a"), step("again"), step("b"), step("last", "make", "again"))
    done = completed_components(
        {"make", "a", "again", "b"}, {"make": ["v"], "again": ["v"]}, dropped={"a": ["v"], "b": ["v"]}
    )
    assert drops(make_plan(made_between, done)) == {"a": ("v",), "b": ("v",)}


def test_what_is_forced_to_make_a_view_again_has_it_dropped_again() -> None:
    done = completed_components({"make", "drop"}, {"make": ["v"]}, dropped={"drop": ["v"]})
    names = frozenset({"make", "drop", "make_again", "last"})
    plan = make_plan(FOUR, done, selected=SelectedComponents(names, frozenset({"make"})))
    assert (actions(plan)["make"], drops(plan)) == ("run", {"drop": ("v",)})


ELSEWHERE = completed_components(
    {"read", "clean", "write", "other"},
    {"read": ["raw"], "clean": ["clean"], "write": [], "other": ["other"]},
)
PARTS = pipeline(
    step("read", kind="source"),
    step("clean", "read"),
    step("other", kind="source"),
    step("write", "clean", kind="sink"),
    step("report", "write"),
)


def test_where_others_ran_what_is_upstream_all_of_it_is_restored() -> None:
    plan = make_plan(PARTS, ELSEWHERE, ELSEWHERE, SelectedComponents(frozenset({"report"})), ELSEWHERE)
    # Upstream of a sink too, as in a single session; but nothing that is not upstream.
    assert actions(plan) == {
        "read": "restore",
        "clean": "restore",
        "other": "skip",
        "write": "skip",
        "report": "run",
    }


def test_where_others_ran_it_all_only_what_checks_read_is_restored_with_what_is_upstream_of_it() -> None:
    checks = [QualityCheckConfig("row_count", "clean", min_rows=1)]
    config = replace(PARTS, quality=QualityConfig(checks=checks))
    done = completed_components(
        {*ELSEWHERE, "report"},
        {**{name: ELSEWHERE.record(name).views for name in ELSEWHERE}, "report": ["report"]},
    )
    plan = make_plan(config, done, done, SelectedComponents(frozenset()), done)
    assert actions(plan) == {
        "read": "restore",
        "clean": "restore",
        "other": "skip",
        "write": "skip",
        "report": "skip",
    }
