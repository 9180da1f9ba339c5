"""References (`${...}`) in a HOCON document: checks their targets and the expanded size before they are filled in."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .errors import ConfigError, Problem
from .key_path import path_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .hocon_text import Setting
    from .key_path import KeyPath

__all__ = ["MAX_EXPANDED", "MAX_REFERENCES", "References", "check_references"]

MAX_EXPANDED = 2_000_000
"""Limit for the characters of all values once references are filled in."""

MAX_REFERENCES = 2_000
"""Limit for the `${...}` in a document; the time to resolve them grows with the square of their number."""


@dataclass
class _Node:
    settings: list[Setting] = field(default_factory=list)
    children: dict[str | int, _Node] = field(default_factory=dict)
    weight: int | None = None
    open: bool = False


@dataclass(frozen=True)
class References:
    """Environment variables that the references of a document may refer to.

    Args:
        variables: Their names, with whether each is set.
        open: The variables that are set and that no setting of the document overrides.
    """

    variables: dict[str, bool]
    open: frozenset[str]

    @property
    def are_separable(self) -> bool:
        """Whether the document contains values of open variables only."""
        return {name for name, is_set in self.variables.items() if is_set} == self.open


def check_references(settings: Iterable[Setting]) -> References:
    """Return the variables that settings refer to; refuse references without a target and too large expansions.

    Ten lines that each double the previous line expand a text a thousand times. The size is an upper bound: a setting
    that is given twice counts twice.

    Raises:
        ConfigError: a reference has no target, the document would become too large, or a value would contain itself.
    """
    settings = list(settings)
    root = _Node()
    references = 0
    for setting in settings:
        node = root
        for key in setting.path:
            node = node.children.setdefault(key, _Node())
        node.settings.append(setting)
        references += len(setting.references)
        if references > MAX_REFERENCES:
            raise _error(f"expected at most {MAX_REFERENCES} references ${{...}}, got more", setting)
    if not references:
        return References({}, frozenset())
    if missing := [
        _missing(path, setting)
        for setting in settings
        for path in setting.required
        if _has_no_target(path, root)
    ]:
        raise ConfigError(missing)
    _weigh(root, (), root)
    return _references(root, {path for setting in settings for path in setting.references})


def _references(root: _Node, paths: set[KeyPath]) -> References:
    variables = {name: name in os.environ for name in sorted(".".join(map(str, path)) for path in paths)}
    # A shell cannot set a variable with dots in its name, and a variable A has no block for `${A.b}`.
    blocks = {path[0] for path in paths if len(path) > 1}
    single = {
        str(path[0]) for path in paths if len(path) == 1 and path[0] not in blocks | root.children.keys()
    }
    return References(variables, frozenset(name for name in single if variables[name]))


def _has_no_target(path: KeyPath, root: _Node) -> bool:
    return _find(path, root) is None and ".".join(map(str, path)) not in os.environ


def _missing(path: KeyPath, setting: Setting) -> Problem:
    shown = path_text(path)
    message = (
        f"expected a setting or an environment variable called {shown}, got none "
        f"(write ${{?{shown}}} if it may be missing)"
    )
    return Problem("", message, setting.origin.file, setting.origin.line)


def _find(path: KeyPath, root: _Node) -> tuple[_Node, KeyPath] | None:
    """Return the node of a path, or of its first part if the rest is inside a referenced value."""
    node = root
    for depth, key in enumerate(path):
        if key not in node.children:
            return (node, path[:depth]) if any(setting.references for setting in node.settings) else None
        node = node.children[key]
    return node, path


def _weigh(node: _Node, path: KeyPath, root: _Node) -> int:
    if node.weight is not None:
        return node.weight
    node.open = True
    weight = sum(_weigh(inner, (*path, key), root) for key, inner in node.children.items())
    for setting in node.settings:
        before = weight
        weight += setting.size
        for reference in setting.references:
            # A reference of a setting to itself has the setting's previous value.
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
    target = _find(reference, root)
    if target is None:
        return 0
    node, reference = target
    if node.open:
        shown = ".".join(map(str, reference))
        raise _error(
            f"expected a value that does not contain itself, got a cycle through ${{{shown}}}", setting
        )
    return _weigh(node, reference, root)


def _error(message: str, setting: Setting) -> ConfigError:
    return ConfigError([Problem(path_text(setting.path), message, setting.origin.file, setting.origin.line)])
