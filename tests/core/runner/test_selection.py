"""Components that a selection matches."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppf_core.config import ConfigError, PipelineConfig
from ppf_core.runner import (
    Action,
    RunOptions,
    SelectedComponents,
    Selection,
    SimplePipelineRunner,
    SkipReason,
)
from tests.support.components import EVENTS
from tests.support.pipelines import pipeline, step

#   read ─► clean ─► join ─► write
#   rates ──────────┘   └──► report
DIAMOND = pipeline(
    step("read", kind="source"),
    step("rates", kind="source"),
    step("clean", "read"),
    step("join", "clean", "rates"),
    step("write", "join", kind="sink"),
    step("report", "join", kind="sink"),
)
ALL = {"read", "rates", "clean", "join", "write", "report"}


def names(**patterns: Any) -> set[str]:
    given = {
        name: (pattern,) if isinstance(pattern, str) else tuple(pattern) for name, pattern in patterns.items()
    }
    return set(Selection(**given).of_pipeline(DIAMOND).names)


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ({}, ALL),
        ({"select": "clean"}, {"clean"}),
        ({"select": ["clean", "write"]}, {"clean", "write"}),
        ({"select": "r*"}, {"read", "rates", "report"}),
        ({"select": "re?d"}, {"read"}),
        ({"select": "[cj]*"}, {"clean", "join"}),
        ({"select": "clean+"}, {"clean", "join", "write", "report"}),
        ({"select": "+clean"}, {"read", "clean"}),
        ({"select": "+join+"}, ALL),
        ({"select": "c*+"}, {"clean", "join", "write", "report"}),
        ({"exclude": "report"}, ALL - {"report"}),
        ({"exclude": "join+"}, {"read", "rates", "clean"}),
        ({"from_": "join"}, {"join", "write", "report"}),
        ({"until": "join"}, {"read", "rates", "clean", "join"}),
        ({"from_": "clean", "until": "write"}, {"clean", "join", "write"}),
        ({"select": ["clean", "join"], "exclude": "clean"}, {"join"}),
        ({"force": "clean"}, ALL),
    ],
    ids=str,
)
def test_a_selection_means(patterns: dict[str, Any], expected: set[str]) -> None:
    assert names(**patterns) == expected


def test_a_component_that_is_called_like_a_pattern_is_meant_by_it() -> None:
    odd = pipeline(step("a"), step("a+", "a"), step("*", "a+"), step("b", "a"))
    assert Selection(select=("a+",)).of_pipeline(odd).names == {"a+"}
    assert Selection(select=("*",)).of_pipeline(odd).names == {"*"}
    assert Selection(select=("a++",)).of_pipeline(odd).names == {"a+", "*"}


def test_every_pattern_that_means_nothing_is_reported_with_the_nearest_name() -> None:
    selection = Selection(select=("claen", "x*"), until=("wirte",))
    with pytest.raises(ConfigError) as caught:
        selection.of_pipeline(DIAMOND)
    assert [str(problem) for problem in caught.value.problems] == [
        'select: expected a component\'s name or a glob of names, got "claen", which none has (did you mean "clean"?)',
        'select: expected a component\'s name or a glob of names, got "x*", which none has',
        'until: expected a component\'s name or a glob of names, got "wirte", which none has (did you mean "write"?)',
    ]


def test_a_selection_of_nothing_is_an_error_that_says_what_was_asked() -> None:
    with pytest.raises(ConfigError, match=r"left to run, got none with select clean, exclude c\* x"):
        Selection(select=("clean",), exclude=("c*", "x")).of_pipeline(pipeline(step("clean"), step("x")))


def test_what_is_forced_must_be_selected() -> None:
    with pytest.raises(ConfigError, match="force: expected components that are selected, got read"):
        names(select="clean", force="read")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, Selection()),
        ({"select": None, "from": "", "until": []}, Selection()),
        (
            {"select": "a", "from": ["b", " c "], "force": ("d",)},
            Selection(("a",), (), ("b", "c"), (), ("d",)),
        ),
    ],
    ids=str,
)
def test_settings_of_any_shape_are_taken(settings: dict[str, Any], expected: Selection) -> None:
    assert Selection.of(settings) == expected
    assert bool(Selection.of(settings)) is bool(expected.select)


def test_settings_that_are_no_selection_are_errors_all_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        Selection.of({"slect": "a", "from": 7, "until": ["a", 1]})
    assert str(caught.value).splitlines() == [
        'slect: expected one of select, exclude, from, until, force (did you mean "select"?)',
        "from: expected names of components, or globs of names, got 7",
        "until: expected names of components, or globs of names, got ['a', 1]",
    ]


@st.composite
def graphs(draw: st.DrawFn) -> PipelineConfig:
    size = draw(st.integers(1, 7))
    upstream = [
        draw(st.sets(st.integers(0, number - 1), max_size=3)) if number else set() for number in range(size)
    ]
    steps = [step(f"c{number}", *(f"c{up}" for up in sorted(ups))) for number, ups in enumerate(upstream)]
    return pipeline(*draw(st.permutations(steps)))


@given(graphs(), st.data())
def test_from_and_until_are_where_paths_lead(config: PipelineConfig, data: st.DataObject) -> None:
    every = [component.name for component in config.components]
    begin, end = data.draw(st.sampled_from(every)), data.draw(st.sampled_from(every))

    def leads(upstream: str, other: str) -> bool:
        return upstream == other or any(
            leads(upstream, needed) for needed in config.get_component(other).depends_on
        )

    expected = {name for name in every if leads(begin, name) and leads(name, end)}
    selection = Selection(from_=(begin,), until=(end,))
    if expected:
        assert selection.of_pipeline(config).names == expected
    else:
        with pytest.raises(ConfigError, match="left to run"):
            selection.of_pipeline(config)


def test_a_run_is_for_what_is_selected_and_for_whose_views_that_reads() -> None:
    result = SimplePipelineRunner(DIAMOND, options=RunOptions(selection=Selection(select=("clean",)))).run()
    assert EVENTS == ["run read", "run clean"]
    assert result.replayed_components == ["read"]
    assert {each.component_name for each in result.skipped} == {"rates", "join", "write", "report"}
    assert {each.reason for each in result.skipped} == {SkipReason.NOT_SELECTED}


def test_what_is_forced_runs_again_and_what_follows_it_does_not() -> None:
    done = ALL - {"report"}
    SimplePipelineRunner(DIAMOND, options=RunOptions(selection=Selection(force=("join",)))).run(done)
    assert EVENTS == ["run join", "run report"]


def test_a_plan_reports_what_is_not_selected() -> None:
    plan = SimplePipelineRunner(
        DIAMOND, options=RunOptions(selection=Selection(until=("join",), exclude=("read",)))
    ).plan()
    assert {
        step.component.name: (step.action, step.reason)
        for step in plan.steps
        if step.action is not Action.RUN
    } == {
        "read": (Action.REPLAY, "not selected, but clean may read its views"),
        "write": (Action.SKIP, "not selected"),
        "report": (Action.SKIP, "not selected"),
    }


def test_a_selection_that_does_not_fit_runs_nothing() -> None:
    with pytest.raises(ConfigError, match='got "nobody"'):
        SimplePipelineRunner(DIAMOND, options=RunOptions(selection=Selection(select=("nobody",)))).run()
    assert EVENTS == []


def test_selected_components_are_a_value() -> None:
    assert Selection(force=("join",)).of_pipeline(DIAMOND) == SelectedComponents(
        frozenset(ALL), frozenset({"join"})
    )
