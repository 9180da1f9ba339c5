"""Redaction of known secrets in text."""

from __future__ import annotations

import base64
import json
import threading
from urllib.parse import quote, quote_plus

__all__ = ["MASK", "Redaction"]

MASK = "***"
SHORTEST = 4
LONGEST_ENCODED = 10_000


class Redaction:
    """Replaces the secrets that were resolved so far with `***`.

    It finds each secret in plain form and encoded: escaped as in a `repr` or in JSON, percent-encoded as in a URL, and
    in Base64, also within a longer text (`user:password`). Secrets of more than 10,000 characters are found in plain
    form only. Values of fewer than 4 characters are not replaced: without every "on" or "42" a text would be
    unreadable. Overlapping secrets are all replaced.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: set[str] = set()
        self._forms: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "Redaction()"

    def __bool__(self) -> bool:
        return bool(self._forms)

    def add(self, value: str) -> None:
        """Replace `value` in texts from now on."""
        with self._lock:
            if value not in self._values and len(value) >= SHORTEST:
                self._values.add(value)
                # Longest first: covers most of a text in the first step.
                self._forms = tuple(
                    sorted({*self._forms, *_forms(value)}, key=lambda form: (-len(form), form))
                )

    def found_in(self, text: str) -> bool:
        """Return whether `text` contains a secret."""
        return any(form in text for form in self._forms)

    def redact(self, text: str) -> str:
        """Return `text` with each secret replaced by `***`."""
        covered: list[tuple[int, int]] = []
        for form in self._forms:
            start = text.find(form)
            while start >= 0:
                covered.append((start, start + len(form)))
                start = text.find(form, start + 1)
        if not covered:
            return text
        parts: list[str] = []
        end = 0
        for start, stop in sorted(covered):
            if start >= end:
                parts += [text[end:start], MASK]
            end = max(end, stop)
        return "".join([*parts, text[end:]])


def _forms(value: str) -> set[str]:
    if len(value) > LONGEST_ENCODED:
        return {value}
    data = value.encode("utf-8", "surrogatepass")
    forms = {
        value,
        repr(value)[1:-1],
        repr(data)[2:-1],
        ascii(value)[1:-1],
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        quote(data, safe=""),
        quote(data),
        quote_plus(data),
    }
    # Base64 encodes groups of three bytes, and the bytes before a secret shift its groups. The first and last
    # characters may also encode neighbouring bytes and are left out.
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + data).decode().rstrip("=")
        first = (before * 8 + 5) // 6
        last = (before + len(data)) * 8 // 6
        forms |= {encoded[first:last], encoded[first:last].translate(_URL_SAFE)}
    # A few characters of Base64 would match unrelated text.
    return {form for form in forms if len(form) >= SHORTEST}


_URL_SAFE = str.maketrans("+/", "-_")
