"""How the way to a setting is shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["path_text"]

_PLAIN = re.compile(r"[A-Za-z0-9_-]+")


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
