"""What checkpoints are called where they are kept: one rule for all stores."""

from __future__ import annotations

import hashlib
import json
import re
from urllib.parse import quote

__all__ = ["checkpoint_key", "file_name", "require_ids"]

_LONGEST_NAME = 150
"""Characters of a quoted id before it is cut; file systems allow 255 bytes for a name with its suffixes."""


def require_ids(run_id: str, pipeline_name: str) -> None:
    """Refuse ids that no run can have.

    Raises:
        ValueError: one of them is empty.
    """
    for name, value in (("run_id", run_id), ("pipeline_name", pipeline_name)):
        if not value:
            raise ValueError(f"{name}: expected a non-empty text, got {value!r}")


def file_name(text: str) -> str:
    """Any text as the name of one file or folder: percent-quoted, cut with a hash if too long, never hidden.

    Two different texts have different names.
    """
    # quote() leaves "." alone, and "." and ".." are places; "~" is one to shells only.
    quoted = re.sub(
        r"^\.+", lambda dots: "%2E" * len(dots.group()), quote(text, safe="+=@,", errors="surrogatepass")
    )
    if len(quoted) <= _LONGEST_NAME:
        return quoted
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    # "%%" occurs in no quoted text, so that a cut name never equals a whole one.
    return f"{quoted[: _LONGEST_NAME - 66]}%%{digest}"


def checkpoint_key(run_id: str, pipeline_name: str) -> str:
    """A short ASCII key without `/`, for stores that take neither long keys nor those with slashes.

    Raises:
        ValueError: an id is empty.
    """
    require_ids(run_id, pipeline_name)
    pair = json.dumps([run_id, pipeline_name]).encode("ascii")
    return f"ppf-checkpoint-{hashlib.sha256(pair).hexdigest()[:16]}"
