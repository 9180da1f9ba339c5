"""Passage: a piece of text in a file that the prose rules read as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

__all__ = ["Kind", "Passage"]


class Kind(Enum):
    """The part that a text plays in its file."""

    PROSE = auto()
    HEADING = auto()
    MODULE_DOCSTRING = auto()
    CLASS_DOCSTRING = auto()
    FUNCTION_DOCSTRING = auto()
    PROPERTY_DOCSTRING = auto()
    COMMENT = auto()
    MESSAGE = auto()
    NAME = auto()


@dataclass(frozen=True)
class Passage:
    """A text, and the lines of its file on which it starts and, where escapes may count as lines, ends."""

    kind: Kind
    text: str
    line: int
    last_line: int | None = None

    def line_at(self, position: int) -> int:
        """Return the file's line of a position in the text."""
        line = self.line + self.text.count("\n", 0, position)
        return line if self.last_line is None else min(line, self.last_line)
