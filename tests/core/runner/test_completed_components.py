"""Sets of completed components that carry the record of each."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from ppf_core.runner import CompletedComponent, CompletedComponents, HandOverRecord, RecordCodec, RecordError

VIEWS = CompletedComponent(views=("v",), handover=HandOverRecord("try-1/a-1", "ab"))
DROPS = CompletedComponent(dropped=("w",))


def test_a_set_with_records_equals_the_plain_set_of_its_names() -> None:
    assert CompletedComponents(["a", "b"], {"a": VIEWS}) == {"a", "b"}


def test_a_component_without_a_record_has_an_empty_record() -> None:
    assert CompletedComponents(["a"]).record("a") == CompletedComponent()


def test_a_union_has_the_records_of_both_and_the_right_one_where_both_have_one() -> None:
    union = CompletedComponents(["a", "b"], {"a": VIEWS, "b": DROPS}) | CompletedComponents(
        ["b", "c"], {"b": VIEWS}
    )
    assert (union, union.records) == ({"a", "b", "c"}, {"a": VIEWS, "b": VIEWS})


def test_a_union_with_a_plain_set_keeps_the_records() -> None:
    assert (CompletedComponents(["a"], {"a": VIEWS}) | {"b"}).records == {"a": VIEWS}


def test_without_takes_components_away_with_their_records() -> None:
    rest = CompletedComponents(["a", "b"], {"a": VIEWS, "b": DROPS}).without({"a"})
    assert (rest, rest.records) == ({"b"}, {"b": DROPS})


def test_a_hand_over_of_no_views_is_refused() -> None:
    with pytest.raises(ValueError, match="expected views beside a hand-over"):
        CompletedComponent(handover=HandOverRecord(session="cd"))


BOTH = CompletedComponents(["a", "b"], {"a": VIEWS, "b": DROPS})


@pytest.mark.parametrize(
    ("operate", "names"),
    [
        (lambda done: done - {"b"}, "a"),
        (lambda done: done & {"a"}, "a"),
        (lambda done: {"a"} & done, "a"),
        (lambda done: set() | done, "ab"),
        (lambda done: done ^ {"b"}, "a"),
        (lambda done: {"b"} ^ done, "a"),
        (lambda done: done.copy(), "ab"),
        (lambda done: done.union({"c"}), "abc"),
        (lambda done: done.difference({"b"}), "a"),
        (lambda done: done.intersection({"a", "c"}), "a"),
        (lambda done: CompletedComponents(done), "ab"),
        (lambda done: CompletedComponents().union(done), "ab"),
    ],
)
def test_a_set_operation_keeps_the_records_of_what_remains(operate: Any, names: str) -> None:
    changed = operate(BOTH.copy())
    assert changed == set(names)
    assert changed.records == {name: BOTH.record(name) for name in names if name != "c"}


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (lambda done: done.update({"c"}), "abc"),
        (lambda done: done.discard("b"), "a"),
        (lambda done: done.remove("b"), "a"),
        (lambda done: done.clear(), ""),
        (lambda done: done.difference_update({"b"}), "a"),
        (lambda done: done.intersection_update({"a"}), "a"),
        (lambda done: done.symmetric_difference_update({"b"}), "a"),
        (lambda done: done.__ior__({"c"}), "abc"),
        (lambda done: done.__iand__({"a"}), "a"),
        (lambda done: done.__isub__({"b"}), "a"),
        (lambda done: done.__ixor__({"b"}), "a"),
    ],
)
def test_a_change_in_place_keeps_the_records_of_what_remains(change: Any, names: str) -> None:
    changed = BOTH.copy()
    change(changed)
    assert changed == set(names)
    assert changed.records == {name: BOTH.record(name) for name in names if name != "c"}


def test_an_update_brings_the_records_of_the_other_set() -> None:
    changed = CompletedComponents()
    changed |= BOTH
    assert changed.records == BOTH.records


def test_a_component_that_was_removed_and_added_has_no_record() -> None:
    changed = BOTH.copy()
    changed.discard("a")
    changed.add("a")
    assert changed.record("a") == CompletedComponent()


@pytest.mark.parametrize(
    "copied",
    [copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))],  # noqa: S301 - our own
)
def test_copies_have_the_records(copied: object) -> None:
    completed = CompletedComponents(["a"], {"a": VIEWS})
    assert copied(completed).records == {"a": VIEWS}  # type: ignore[operator]


def test_records_cannot_be_changed_in_place() -> None:
    with pytest.raises(TypeError):
        CompletedComponents(["a"], {"a": VIEWS}).records["a"] = DROPS  # type: ignore[index]


def test_a_record_without_facts_is_an_empty_object() -> None:
    assert RecordCodec(CompletedComponent).to_json(CompletedComponent()) == b"{}"


def test_all_problems_of_a_record_are_listed_with_their_paths() -> None:
    with pytest.raises(RecordError) as raised:
        RecordCodec(CompletedComponent).from_plain({"views": [1], "dropped": "x", "more": 1})
    assert [problem.path for problem in raised.value.problems] == ["views[0]", "dropped", "more"]


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "nul"])
def test_a_torn_record_is_an_error_of_records(text: str) -> None:
    with pytest.raises(RecordError):
        RecordCodec(CompletedComponent).from_json(text)
