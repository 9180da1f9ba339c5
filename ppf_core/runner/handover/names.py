"""Directory names for ids and views of any kind."""

from __future__ import annotations

import hashlib
import json
import re

__all__ = ["directory_name", "is_directory_name", "is_file_name"]

_LONGEST_READABLE = 40


def directory_name(*texts: str) -> str:
    """A name of letters, digits and dashes for `texts`: something to recognise them by, then a hash of them.

    Nothing in it means anything to a file system, to Spark's globbing or to its partition discovery; different
    texts have different names also where a file system ignores case.
    """
    readable = re.sub(r"[^A-Za-z0-9]+", "-", "-".join(texts)).strip("-")[:_LONGEST_READABLE].strip("-")
    digest = hashlib.sha256(json.dumps(texts).encode("ascii")).hexdigest()[:20]
    return f"{readable}-{digest}" if readable else digest


def is_directory_name(text: str) -> bool:
    """Whether it is one path segment as `directory_name` makes them; no dots, hence no way out."""
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,120}", text) is not None


def is_file_name(text: str) -> bool:
    """Whether it is one path segment as Spark names its data files."""
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,250}", text) is not None
