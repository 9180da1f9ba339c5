"""Assignments of `--set PATH=VALUE`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ppf_core.config import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SET", "assigned_values"]

SET = "--set"
"""The option, as errors name it."""


def assigned_values(assignments: Sequence[str]) -> dict[str, Any]:
    """Return the values by their paths; a VALUE that is JSON (`10`, `true`, `["a"]`) is read as such, else as text.

    Raises:
        ConfigError: some are not written as PATH=VALUE; it lists all of them.
    """
    parts = [assignment.partition("=") for assignment in assignments]
    problems = [
        Problem(path.strip(), "expected PATH=VALUE, got no value", SET)
        for path, equals, _ in parts
        if not equals
    ]
    if problems:
        raise ConfigError(problems)
    return {path.strip(): _value(text) for path, _, text in parts}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
