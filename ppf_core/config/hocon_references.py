"""What the references of a HOCON document lead to, and how large they make it, before any is filled in."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .errors import ConfigError, Problem
from .place import path_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .hocon_text import Setting
    from .place import KeyPath

__all__ = ["MAX_EXPANDED", "MAX_REFERENCES", "References", "check_references"]

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


@dataclass(frozen=True)
class References:
    """Where the references of a document lead, beside its own settings.

    Args:
        variables: The environment variables that might be meant, with whether each is set.
        open: Those of them that are set and that nothing in the document can be meant instead of.
    """

    variables: dict[str, bool]
    open: frozenset[str]

    @property
    def are_told_apart(self) -> bool:
        """Whether only the open variables can have come into the document."""
        return {name for name, is_set in self.variables.items() if is_set} == self.open


def check_references(settings: Iterable[Setting]) -> References:
    """Refuses references that lead nowhere, and those that would fill the memory; tells where the others lead.

    Ten lines that each double the one before are a thousandfold text. The size is an upper bound: a setting that is
    given twice counts twice.

    Raises:
        ConfigError: references lead nowhere, the whole would be too large, or something would contain itself.
    """
    settings = list(settings)
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
    if not references:
        return References({}, frozenset())
    if missing := [
        _missing(path, one) for one in settings for path in one.required if _leads_nowhere(path, root)
    ]:
        raise ConfigError(missing)
    _weigh(root, (), root)
    return _references(root, {path for setting in settings for path in setting.references})


def _references(root: _Node, paths: set[KeyPath]) -> References:
    variables = {name: name in os.environ for name in sorted(".".join(map(str, path)) for path in paths)}
    # A name with dots is no variable that a shell could set; and `${A.b}` would find no block in a variable A.
    blocks = {path[0] for path in paths if len(path) > 1}
    single = {str(path[0]) for path in paths if len(path) == 1 and path[0] not in blocks | root.below.keys()}
    return References(variables, frozenset(name for name in single if variables[name]))


def _leads_nowhere(path: KeyPath, root: _Node) -> bool:
    return _find(path, root) is None and ".".join(map(str, path)) not in os.environ


def _missing(path: KeyPath, setting: Setting) -> Problem:
    shown = path_text(path)
    message = (
        f"expected a setting or an environment variable called {shown}, got none "
        f"(write ${{?{shown}}} if it may be missing)"
    )
    return Problem("", message, setting.place.file, setting.place.line)


def _find(path: KeyPath, root: _Node) -> tuple[_Node, KeyPath] | None:
    """The node of a path; or, where the path goes on in something referred to, of the part that is here."""
    node = root
    for depth, key in enumerate(path):
        if key not in node.below:
            return (node, path[:depth]) if any(above.references for above in node.settings) else None
        node = node.below[key]
    return node, path


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
    found = _find(reference, root)
    if found is None:
        return 0
    node, reference = found
    if node.open:
        shown = ".".join(map(str, reference))
        raise _error(
            f"expected a value that does not contain itself, got a circle through ${{{shown}}}", setting
        )
    return _weigh(node, reference, root)


def _error(message: str, setting: Setting) -> ConfigError:
    return ConfigError([Problem(path_text(setting.path), message, setting.place.file, setting.place.line)])
