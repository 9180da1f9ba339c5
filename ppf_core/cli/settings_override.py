"""`--set components.NAME.config.KEY=VALUE`: settings of components that are changed for one run."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ppf_core.config import ConfigError, Problem, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppf_core.config import PipelineConfig

__all__ = ["override_settings"]


def override_settings(config: PipelineConfig, assignments: Sequence[str]) -> PipelineConfig:
    """`config` with the assignments made, in order; a KEY with dots leads into blocks, which are made if missing.

    A VALUE is read as JSON where it is JSON (`10`, `true`, `["a"]`), else taken as text.

    Raises:
        ConfigError: what is no such assignment, or names no component; all of them at once.
    """
    settings = {component.name: deepcopy(component.config) for component in config.components}
    problems = [
        Problem("", f"--set {assignment}: {problem}")
        for assignment in assignments
        if (problem := _assign(settings, assignment))
    ]
    if problems:
        raise ConfigError(problems)
    return replace(
        config,
        components=[replace(component, config=settings[component.name]) for component in config.components],
    )


def _assign(settings: dict[str, dict[str, Any]], assignment: str) -> str | None:
    target, equals, value = assignment.partition("=")
    rest = target.strip().removeprefix("components.")
    if not equals or rest == target.strip():
        return "expected components.NAME.config.KEY=VALUE"
    # A name may have dots in it; the longest that fits is meant.
    name = max((name for name in settings if rest.startswith(f"{name}.config.")), key=len, default=None)
    if name is None:
        wanted = rest.partition(".config.")[0]
        if wanted in settings or ".config." not in rest:
            return "expected components.NAME.config.KEY=VALUE"
        return f'there is no component "{wanted}"{did_you_mean(wanted, settings)}'
    *blocks, key = rest.removeprefix(f"{name}.config.").split(".")
    if not key or not all(blocks):
        return "expected a KEY without empty parts"
    place: Any = settings[name]
    for block in blocks:
        place = place.setdefault(block, {})
        if not isinstance(place, dict):
            return f'"{block}" is a value, not a block'
    place[key] = _value(value)
    return None


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
