"""Overrides of single settings by their dotted path, as in `components.clean.config.limit`."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from .errors import ConfigError, Problem
from .nearest import did_you_mean
from .origin import Origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .key_path import KeyPath

__all__ = ["with_overrides"]


def with_overrides(
    tree: Mapping[str, Any],
    overrides: Mapping[str, Any],
    origins: Mapping[KeyPath, Origin] | None = None,
    *,
    source: str,
) -> tuple[dict[str, Any], dict[KeyPath, Origin]]:
    """Return a copy of `tree` with the overrides applied in order, and the origins of its settings.

    Args:
        tree: A document, as `read_document` returns it.
        overrides: Values by dotted path. A component is given by its name instead of its index; missing blocks are
            created.
        origins: The origins of the settings in `tree`.
        source: Name of the overrides in errors, also in later errors about the new values, instead of a file.

    Raises:
        ConfigError: a path cannot be set; lists all such paths.
    """
    changed, changed_origins = deepcopy(dict(tree)), dict(origins or {})
    problems = []
    for path, value in overrides.items():
        try:
            keys = _override(changed, path, value)
        except ValueError as error:
            problems.append(Problem(path, str(error), source))
        else:
            for inner in [known for known in changed_origins if known[: len(keys)] == keys]:
                del changed_origins[inner]
            changed_origins[keys] = Origin(source, None)
    if problems:
        raise ConfigError(problems)
    return changed, changed_origins


def _override(tree: dict[str, Any], path: str, value: Any) -> KeyPath:
    """Set a value and return its key path; raise `ValueError` if the path cannot be set."""
    block: Any = tree
    taken: tuple[str | int, ...] = ()
    rest = path
    if path.startswith("components."):
        index, rest = _component(tree, path.removeprefix("components."))
        block, taken = tree["components"][index], ("components", index)
    *blocks, key = rest.split(".")
    if not key or not all(blocks):
        raise ValueError("expected a path to one setting, such as components.NAME.config.KEY")
    for name in blocks:
        block = block.setdefault(name, {})
        if not isinstance(block, dict):
            raise ValueError(f'"{name}" is a value, not a block with settings in it')  # noqa: TRY004 - the path is wrong
    block[key] = value
    return (*taken, *blocks, key)


def _component(tree: Mapping[str, Any], path: str) -> tuple[int, str]:
    """Return the index of the component that `path` begins with, and the rest of the path."""
    components = tree.get("components")
    entries = components if isinstance(components, list) else []
    indices = {
        str(entry.get("name")): index for index, entry in enumerate(entries) if isinstance(entry, dict)
    }
    # Names may contain dots: use the longest name that matches.
    name = max((name for name in indices if f"{path}.".startswith(f"{name}.")), key=len, default=None)
    if name is None:
        unknown = path.partition(".")[0]
        hint = did_you_mean(unknown, indices) or f" (known: {', '.join(indices) or 'none'})"
        raise ValueError(f'expected the name of a component, got "{unknown}"{hint}')
    return indices[name], path[len(name) + 1 :]
