"""How large a HOCON document becomes when its references are filled in, before any is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .errors import ConfigError, Problem
from .place import path_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .hocon_text import Setting
    from .place import KeyPath

__all__ = ["MAX_EXPANDED", "MAX_REFERENCES", "check_expansion"]

MAX_EXPANDED = 2_000_000
"""Characters of all values, with every reference replaced by what it refers to."""

MAX_REFERENCES = 2_000
"""`${...}` in a document; the time to resolve them grows with the square of their number."""


@dataclass
class _Node:
    settings: list[Setting] = field(default_factory=list)
    below: dict[str | int, _Node] = field(default_factory=dict)
    weight: int | None = None
    open: bool = False


def check_expansion(settings: Iterable[Setting]) -> None:
    """Refuses what would fill the memory: ten lines that each double the one before are a thousandfold text.

    The figure is an upper bound: a setting that is given twice counts twice.

    Raises:
        ConfigError: the whole would be too large, or something would contain itself.
    """
    root = _Node()
    references = 0
    for setting in settings:
        node = root
        for key in setting.path:
            node = node.below.setdefault(key, _Node())
        node.settings.append(setting)
        references += len(setting.references)
        if references > MAX_REFERENCES:
            raise _error(f"expected at most {MAX_REFERENCES} references ${{...}}, got more", setting)
    if references:
        _weigh(root, (), root)


def _weigh(node: _Node, path: KeyPath, root: _Node) -> int:
    if node.weight is not None:
        return node.weight
    node.open = True
    weight = sum(_weigh(inner, (*path, key), root) for key, inner in node.below.items())
    for setting in node.settings:
        before = weight
        weight += setting.size
        for reference in setting.references:
            # What a setting says of itself is what was said of it before.
            weight += before if reference == path else _weigh_reference(reference, setting, root)
        if weight > MAX_EXPANDED:
            raise _error(
                f"expected at most {MAX_EXPANDED} characters once references are filled in, got more", setting
            )
    if weight > MAX_EXPANDED:
        raise ConfigError(
            [Problem("", f"expected at most {MAX_EXPANDED} characters once references are filled in")]
        )
    node.open = False
    node.weight = weight
    return weight


def _weigh_reference(reference: KeyPath, setting: Setting, root: _Node) -> int:
    node = root
    for depth, key in enumerate(reference):
        if key not in node.below:
            # Nothing is said there, so it comes from what the nearest block refers to, if anything.
            if depth == 0 or not any(above.references for above in node.settings):
                return 0
            reference = reference[:depth]
            break
        node = node.below[key]
    if node.open:
        shown = ".".join(map(str, reference))
        raise _error(
            f"expected a value that does not contain itself, got a circle through ${{{shown}}}", setting
        )
    return _weigh(node, reference, root)


def _error(message: str, setting: Setting) -> ConfigError:
    return ConfigError([Problem(path_text(setting.path), message, setting.place.file, setting.place.line)])
