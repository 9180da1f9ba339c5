"""Directory names of runs, components and views."""

from __future__ import annotations

import hashlib
import json
import re

__all__ = ["directory_name", "is_directory_name", "is_file_name"]

_MAX_READABLE = 40


def directory_name(*texts: str) -> str:
    """Return a name of letters, digits and dashes for `texts`: a readable part and a hash.

    It has no special characters for file systems, Spark's globs or its partition discovery. Different texts have
    different names, even if the file system ignores case.
    """
    readable = re.sub(r"[^A-Za-z0-9]+", "-", "-".join(texts)).strip("-")[:_MAX_READABLE].strip("-")
    digest = hashlib.sha256(json.dumps(texts).encode("ascii")).hexdigest()[:20]
    return f"{readable}-{digest}" if readable else digest


def is_directory_name(text: str) -> bool:
    """Return whether `text` could come from `directory_name`: a path segment without dots cannot leave its folder."""
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,120}", text) is not None


def is_file_name(text: str) -> bool:
    """Return whether `text` is a path segment like the names of Spark's data files."""
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,250}", text) is not None
