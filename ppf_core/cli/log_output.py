"""Log records on standard error."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LogLevel", "logging_to_stderr"]


class LogLevel(str, Enum):
    """Lowest level of the records that are shown."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@contextmanager
def logging_to_stderr(level: LogLevel) -> Iterator[None]:
    """Print records of `level` and above to standard error while the context lasts."""
    root = logging.getLogger()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    before = root.level
    # py4j logs each call to the JVM at debug, and each connection at info.
    py4j = logging.getLogger("py4j")
    py4j_before = py4j.level
    py4j.setLevel(logging.WARNING)
    root.addHandler(handler)
    root.setLevel(level.value.upper())
    try:
        yield
    finally:
        root.setLevel(before)
        root.removeHandler(handler)
        py4j.setLevel(py4j_before)
