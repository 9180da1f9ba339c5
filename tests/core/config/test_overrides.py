"""Overrides, as `--set` and the operator's `overrides` make them."""

from __future__ import annotations

from typing import Any

import pytest

from ppf_core.config import ConfigError, PipelineConfig, decode, with_overrides

TREE: dict[str, Any] = {
    "name": "p",
    "version": "1",
    "components": [
        {
            "name": "read",
            "component_type": "source",
            "class_path": "a.B",
            "config": {"limit": 1, "options": {"x": 1}},
        },
        {"name": "read.more", "component_type": "sink", "class_path": "a.B"},
    ],
}


def overridden(**overrides: Any) -> dict[str, Any]:
    return with_overrides(
        TREE, {path.replace("__", "."): value for path, value in overrides.items()}, source="s"
    )[0]


def test_a_value_takes_the_place_of_another_and_missing_blocks_are_made() -> None:
    changed = overridden(components__read__config__limit=2, execution__fail_fast=False)
    assert changed["components"][0]["config"] == {"limit": 2, "options": {"x": 1}}
    assert changed["execution"] == {"fail_fast": False}
    assert "execution" not in TREE
    assert TREE["components"][0]["config"]["limit"] == 1


def test_a_component_whose_name_has_dots_is_found_by_its_whole_name() -> None:
    changed = with_overrides(TREE, {"components.read.more.config.limit": 3}, source="s")[0]
    assert changed["components"][1]["config"] == {"limit": 3}
    assert "more" not in changed["components"][0]


def test_of_two_overrides_of_one_setting_the_later_one_counts() -> None:
    changed = with_overrides(
        TREE, {"spark": {"master": "a", "app_name": "b"}, "spark.master": "c"}, source="s"
    )[0]
    assert changed["spark"] == {"master": "c", "app_name": "b"}


def test_all_wrong_paths_are_reported_with_their_source() -> None:
    with pytest.raises(ConfigError) as caught:
        with_overrides(
            TREE,
            {
                "components.raed.enabled": 1,
                "components.zzz.enabled": 1,
                "components.read": 1,
                "name.first": 1,
                "a..b": 1,
                "": 1,
            },
            source="overrides",
        )
    expected = "expected a path to one setting, such as components.NAME.config.KEY"
    assert list(map(str, caught.value.problems)) == [
        'overrides: components.raed.enabled: expected the name of a component, got "raed" (did you mean "read"?)',
        'overrides: components.zzz.enabled: expected the name of a component, got "zzz" (known: read, read.more)',
        f"overrides: components.read: {expected}",
        'overrides: name.first: "name" is a value, not a block with settings in it',
        f"overrides: a..b: {expected}",
        f"overrides: {expected}",
    ]


def test_what_is_wrong_with_a_new_value_is_reported_with_its_source_not_with_a_line_of_the_file() -> None:
    tree, places = with_overrides(TREE, {"components.read.retry.max_attempts": "many"}, source="--set")
    with pytest.raises(ConfigError) as caught:
        decode(tree, PipelineConfig, places, "p.conf")
    (problem,) = caught.value.problems
    assert str(problem) == (
        '--set: components[0].retry.max_attempts: expected a whole number, got "many" (component "read")'
    )
