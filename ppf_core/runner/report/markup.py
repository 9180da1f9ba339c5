"""HTML elements whose texts are escaped."""

from __future__ import annotations

import html

__all__ = ["Markup", "join", "tag"]

_EMPTY = frozenset({"meta"})


class Markup(str):
    """Text that is HTML already; any other text is escaped when it becomes part of a page."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: str | None) -> Markup:
    """Return an element. `class_` is the attribute `class`; other underscores are dashes; `None` omits an attribute."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_escaped(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _EMPTY:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(*children)}</{name}>")


def join(*children: str) -> Markup:
    """Return the children in sequence, texts escaped."""
    return Markup("".join(child if isinstance(child, Markup) else _escaped(child) for child in children))


def _escaped(text: str) -> str:
    # Control characters and lone surrogates, which UTF-8 cannot encode, must not be in a page.
    shown = "".join(
        character if character.isprintable() or character in "\n\t" else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )
    return html.escape(shown)
