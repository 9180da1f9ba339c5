"""The names of `ppf_core.config` are given out when they are first asked for; type checkers see plain imports."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from ppf_core import config

SOURCE = ast.parse(Path(config.__file__).read_text())


def test_each_name_is_given_out_from_where_type_checkers_see_it_imported() -> None:
    imported = {
        alias.name: node.module
        for node in ast.walk(SOURCE)
        if isinstance(node, ast.ImportFrom) and node.level == 1
        for alias in node.names
    }
    assert imported == config._MODULES
    assert imported.keys() == set(config.__all__)


@pytest.mark.parametrize("name", config.__all__)
def test_each_name_is_there(name: str) -> None:
    assert getattr(config, name) is not None


def test_any_other_name_is_refused_as_by_any_module() -> None:
    with pytest.raises(AttributeError, match=r"module 'ppf_core\.config' has no attribute 'nothing'"):
        config.nothing  # noqa: B018 - asking is the test
