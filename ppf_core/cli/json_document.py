"""One JSON document on standard output, whatever else wants to write there."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["stdout_to_stderr", "write_document"]


def write_document(document: Any) -> None:
    """Print `document`; only ASCII, so that no terminal's encoding can refuse it."""
    print(json.dumps(document, indent=2, default=str))  # noqa: T201 - this is the command's output


@contextmanager
def stdout_to_stderr() -> Iterator[None]:
    """Send what anyone prints to standard error, Spark's JVM and other child processes included."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
