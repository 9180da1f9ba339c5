"""The page on built-in components: its tables against the settings that the components take."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ppf_core.batch import Read, Sql, Write

PAGE = (Path(__file__).parents[2] / "docs" / "built-in-components.md").read_text()


def table(heading: str) -> dict[str, str]:
    """Return the second cell of each row of the first table under a heading, by the first."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n##")[0]
    return dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", section, re.MULTILINE))


@pytest.mark.parametrize("component", [Read, Sql, Write])
def test_the_table_has_each_setting_and_marks_the_required(component: Any) -> None:
    settings = component.settings_class.__pydantic_fields__
    shown = table(component.__name__)
    assert set(shown) == set(settings)
    required = {name for name, setting in settings.items() if setting.is_required()}
    assert {name for name, cell in shown.items() if cell in ("yes", "required")} == required
