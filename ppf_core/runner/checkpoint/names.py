"""File names and keys of checkpoints, shared by all stores."""

from __future__ import annotations

import hashlib
import json
import re
from urllib.parse import quote

__all__ = ["checkpoint_key", "file_name", "require_ids"]

_MAX_NAME_LENGTH = 150
"""Longest quoted id that is not cut; file systems allow 255 bytes for a name with its suffixes."""


def require_ids(run_id: str, pipeline_name: str) -> None:
    """Check that the ids are not empty.

    Raises:
        ValueError: an id is empty.
    """
    for name, value in (("run_id", run_id), ("pipeline_name", pipeline_name)):
        if not value:
            raise ValueError(f"{name}: expected a non-empty text, got {value!r}")


def file_name(text: str) -> str:
    """Return `text` as the name of a file or folder: percent-quoted, never hidden, cut and hashed if too long.

    Different texts have different names.
    """
    # quote() keeps dots, but "." and ".." are folders; "~" is a folder to shells only.
    quoted = re.sub(
        r"^\.+", lambda dots: "%2E" * len(dots.group()), quote(text, safe="+=@,", errors="surrogatepass")
    )
    if len(quoted) <= _MAX_NAME_LENGTH:
        return quoted
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    # "%%" occurs in no quoted text, so a cut name never equals an uncut name.
    return f"{quoted[: _MAX_NAME_LENGTH - 66]}%%{digest}"


def checkpoint_key(run_id: str, pipeline_name: str) -> str:
    """Return a short ASCII key without `/`, for stores that do not accept long keys or slashes.

    Raises:
        ValueError: an id is empty.
    """
    require_ids(run_id, pipeline_name)
    pair = json.dumps([run_id, pipeline_name]).encode("ascii")
    return f"ppf-checkpoint-{hashlib.sha256(pair).hexdigest()[:16]}"
