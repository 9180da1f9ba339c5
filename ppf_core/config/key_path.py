"""Key path of a setting: its keys and list indices, as a tuple and as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["KeyPath", "path_text"]

KeyPath = tuple["str | int", ...]
"""Keys, and indices of lists, from the root of the settings."""

_PLAIN = re.compile(r"[A-Za-z0-9_-]+")


def path_text(path: Iterable[str | int]) -> str:
    """Return `components[1].retry.max_attempts`, with quotes around keys where HOCON needs them."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            quoted = part if _PLAIN.fullmatch(part) else f'"{part}"'
            text += f".{quoted}" if text else quoted
    return text
