"""HTML that cannot be broken by what it shows."""

from __future__ import annotations

import html

__all__ = ["Markup", "join", "tag"]

_EMPTY = frozenset({"meta"})


class Markup(str):
    """Text that is HTML already; any other text is escaped when it becomes part of a page."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: str | None) -> Markup:
    """An element. Attributes whose names Python reserves end with `_`, other underscores are dashes; `None` is none."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_escaped(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _EMPTY:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(*children)}</{name}>")


def join(*children: str) -> Markup:
    """One after the other."""
    return Markup("".join(child if isinstance(child, Markup) else _escaped(child) for child in children))


def _escaped(text: str) -> str:
    # What no page may contain: control characters, and halves of characters, which cannot be written as UTF-8.
    shown = "".join(
        character if character.isprintable() or character in "\n\t" else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )
    return html.escape(shown)
