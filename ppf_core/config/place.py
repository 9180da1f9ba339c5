"""Where a setting is: in the tree of settings, and in a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["KeyPath", "Place", "path_text"]

KeyPath = tuple["str | int", ...]
"""The way to a setting: keys, and indices of lists."""


_PLAIN = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Place:
    """Where something stands: the file as it was named, and the line, counted from one."""

    file: str | None
    line: int | None


def path_text(path: Iterable[str | int]) -> str:
    """`components[1].retry.max_attempts`; keys with other characters are quoted as HOCON wants them."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            quoted = part if _PLAIN.fullmatch(part) else f'"{part}"'
            text += f".{quoted}" if text else quoted
    return text
