"""Encoding of keys and unquoted texts, so that the HOCON parser does not change them."""

from __future__ import annotations

import re

__all__ = ["LITERAL", "VARIABLE", "decode_key", "encode_key"]

LITERAL = "\ue000"
"""Marks the start of a text that was written without quotes, and may be a number, a boolean or null."""

VARIABLE = "\ue001"
"""Encloses the name of an environment variable whose value is filled in later."""

_UNSAFE_IN_KEY = re.compile(r"[^A-Za-z0-9_-]")
_ENCODED_IN_KEY = re.compile("ÿ([0-9a-f]*)ÿ")


def decode_key(key: str) -> str:
    """Return an encoded key in its original form."""
    return _ENCODED_IN_KEY.sub(lambda match: chr(int(match[1], 16)) if match[1] else "", key)


def encode_key(key: str) -> str:
    """Return a key as letters, digits, `_` and `-` only."""
    # The parser splits some quoted keys at their dots, but never splits letters, and to it `ÿ` is a letter.
    if not key:
        return "ÿÿ"
    encoded = _UNSAFE_IN_KEY.sub(lambda match: f"ÿ{ord(match[0]):x}ÿ", key)
    return f"ÿ69ÿ{encoded[1:]}" if encoded.startswith("include") else encoded
