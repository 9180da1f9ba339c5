"""The order in which components run."""

from __future__ import annotations

import itertools
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ppf_core.config import (
    ComponentConfig,
    DependencyCycleError,
    PipelineConfig,
    SparkConfig,
    UnknownComponentError,
    find_cycle,
    topological_order,
)


def pipeline(dependencies: dict[str, list[str]]) -> PipelineConfig:
    components = [
        ComponentConfig(name, "transformation", "m.C", depends_on=needed)  # type: ignore[arg-type]
        for name, needed in dependencies.items()
    ]
    return PipelineConfig("p", "1", SparkConfig("p"), components)


def test_file_order_is_kept_where_the_edges_leave_a_choice() -> None:
    assert topological_order({"b": [], "a": [], "d": ["c"], "c": [], "e": ["b"]}) == ["b", "a", "c", "d", "e"]


def test_what_is_needed_comes_first_even_if_it_is_listed_last() -> None:
    assert pipeline({"write": ["clean"], "clean": ["read"], "read": []}).get_execution_order() == [
        "read",
        "clean",
        "write",
    ]


def test_a_dependency_that_is_no_component_is_left_out() -> None:
    assert topological_order({"a": ["elsewhere"]}) == ["a"]


def test_a_cycle_names_its_path_in_the_direction_of_depends_on() -> None:
    with pytest.raises(DependencyCycleError, match="got a dependency cycle: a -> b -> c -> a") as caught:
        pipeline({"x": [], "a": ["b"], "b": ["c", "x"], "c": ["a"]}).get_execution_order()
    assert caught.value.cycle == ("a", "b", "c", "a")
    assert pickle.loads(pickle.dumps(caught.value)).cycle == caught.value.cycle  # noqa: S301 - our own bytes


def test_a_component_that_needs_itself_is_a_cycle() -> None:
    assert find_cycle({"a": ["a"]}) == ["a", "a"]


@pytest.mark.parametrize("backwards", [False, True], ids=["listed in order", "listed in reverse"])
def test_a_chain_of_5000_is_ordered_without_recursion(backwards: bool) -> None:
    chain = {f"c{i}": [f"c{i - 1}"] if i else [] for i in range(5000)}
    listed = dict(reversed(chain.items())) if backwards else chain
    assert pipeline(listed).get_execution_order() == list(chain)


def test_a_fan_of_5000_is_ordered() -> None:
    fan = {"root": [], **{f"c{i}": ["root"] for i in range(5000)}, "end": [f"c{i}" for i in range(5000)]}
    assert pipeline(fan).get_execution_order() == list(fan)


def test_a_circle_of_5000_is_found() -> None:
    assert len(find_cycle({f"c{i}": [f"c{(i + 1) % 5000}"] for i in range(5000)}) or []) == 5001


def test_a_component_is_found_by_its_name() -> None:
    assert pipeline({"a": [], "b": []}).get_component("b").name == "b"


def test_an_unknown_component_is_a_key_error_with_the_nearest_name() -> None:
    with pytest.raises(UnknownComponentError) as caught:
        pipeline({"clean": [], "read": []}).get_component("cleam")
    assert isinstance(caught.value, KeyError)
    assert str(caught.value) == (
        'expected the name of a component, got "cleam" (did you mean "clean"?); the pipeline has: clean, read'
    )


@st.composite
def acyclic(draw: st.DrawFn) -> dict[str, list[str]]:
    names = draw(st.lists(st.text("abcdef", min_size=1, max_size=3), unique=True, max_size=12))
    edges = {
        name: draw(st.lists(st.sampled_from(names[:i]), unique=True, max_size=4)) if i else []
        for i, name in enumerate(names)
    }
    return {name: edges[name] for name in draw(st.permutations(names))}


@settings(deadline=None)
@given(acyclic())
def test_every_order_respects_its_edges_and_is_always_the_same(dependencies: dict[str, list[str]]) -> None:
    order = topological_order(dependencies)
    assert sorted(order) == sorted(dependencies)
    assert all(order.index(needed) < order.index(name) for name in order for needed in dependencies[name])
    assert topological_order({name: list(reversed(needed)) for name, needed in dependencies.items()}) == order
    assert find_cycle(dependencies) is None


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=3)))
def test_a_reported_cycle_is_one(dependencies: dict[str, list[str]]) -> None:
    cycle = find_cycle(dependencies)
    if cycle is not None:
        assert cycle[0] == cycle[-1]
        assert all(needed in dependencies[name] for name, needed in itertools.pairwise(cycle))
