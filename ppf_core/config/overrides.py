"""Overrides of single settings by their dotted path, as in `components.clean.config.limit`."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from .errors import ConfigError, Problem
from .nearest import did_you_mean
from .place import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .place import KeyPath

__all__ = ["with_overrides"]


def with_overrides(
    tree: Mapping[str, Any],
    overrides: Mapping[str, Any],
    places: Mapping[KeyPath, Place] | None = None,
    *,
    source: str,
) -> tuple[dict[str, Any], dict[KeyPath, Place]]:
    """Return a copy of `tree` with the overrides made in order, and the places of its settings.

    Args:
        tree: A document, as `read_document` returns it.
        overrides: Values by dotted path. A component is given by its name instead of its index; missing blocks are
            created.
        places: The places of the settings in `tree`.
        source: Where the overrides come from. Errors, also later ones about the new values, name it in place of a file.

    Raises:
        ConfigError: a path leads to no setting; it lists all such paths.
    """
    changed, changed_places = deepcopy(dict(tree)), dict(places or {})
    problems = []
    for path, value in overrides.items():
        try:
            keys = _override(changed, path, value)
        except ValueError as error:
            problems.append(Problem(path, str(error), source))
        else:
            for inner in [known for known in changed_places if known[: len(keys)] == keys]:
                del changed_places[inner]
            changed_places[keys] = Place(source, None)
    if problems:
        raise ConfigError(problems)
    return changed, changed_places


def _override(tree: dict[str, Any], path: str, value: Any) -> KeyPath:
    """Set one value and return its place in the tree; a `ValueError` says what is wrong with the path."""
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
    # Names may contain dots; the longest one that fits is meant.
    name = max((name for name in indices if f"{path}.".startswith(f"{name}.")), key=len, default=None)
    if name is None:
        unknown = path.partition(".")[0]
        hint = did_you_mean(unknown, indices) or f" (known: {', '.join(indices) or 'none'})"
        raise ValueError(f'expected the name of a component, got "{unknown}"{hint}')
    return indices[name], path[len(name) + 1 :]
