"""How keys and bare words travel through the HOCON parser unharmed."""

from __future__ import annotations

import re

__all__ = ["LITERAL", "VARIABLE", "decode_key", "encode_key"]

LITERAL = "\ue000"
"""Stands before a text that was written without quotes, and may thus be a number, a boolean or null."""

VARIABLE = "\ue001"
"""Stands on both sides of the name of an environment variable whose value is still to be filled in."""

_UNSAFE_IN_KEY = re.compile(r"[^A-Za-z0-9_-]")
_ENCODED_IN_KEY = re.compile("ÿ([0-9a-f]*)ÿ")


def decode_key(key: str) -> str:
    """A key as it was written."""
    return _ENCODED_IN_KEY.sub(lambda match: chr(int(match[1], 16)) if match[1] else "", key)


def encode_key(key: str) -> str:
    """A key as letters, digits, `_` and `-` only."""
    # The parser would split a quoted key at its dots here and there; letters it leaves alone. `ÿ` is one to it.
    if not key:
        return "ÿÿ"
    encoded = _UNSAFE_IN_KEY.sub(lambda match: f"ÿ{ord(match[0]):x}ÿ", key)
    return f"ÿ69ÿ{encoded[1:]}" if encoded.startswith("include") else encoded
