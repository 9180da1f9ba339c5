"""Environment variables in settings: filled in last, so that settings can be cached without their values."""

from __future__ import annotations

import os
import re
from typing import Any

from .hocon_coding import VARIABLE, decode_key

__all__ = ["fill_in"]

_OPEN = re.compile(f"{VARIABLE}([^{VARIABLE}]*){VARIABLE}")


def fill_in(value: Any) -> Any:
    """Replace environment variables with their current values; a missing variable becomes an empty text."""
    if isinstance(value, dict):
        return {key: fill_in(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [fill_in(inner) for inner in value]
    if isinstance(value, str) and VARIABLE in value:
        return _OPEN.sub(lambda match: os.environ.get(decode_key(match[1]), ""), value)
    return value
