"""The JSON document that a command prints."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["write_document"]


def write_document(document: Any) -> None:
    """Print `document`, only ASCII, so that it suits the encoding of every terminal."""
    print(json.dumps(document, indent=2, default=str))  # noqa: T201 - this is the command's output
