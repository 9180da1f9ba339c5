"""Headings and text of a Markdown page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dev.prose.passage import Kind, Passage

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["markdown_passages"]

_HEADING = re.compile(r"#{1,6} (.+)")


def markdown_passages(text: str) -> Iterator[Passage]:
    """Yield the page as one passage, and each heading as another."""
    yield Passage(Kind.PROSE, text, 1)
    in_code = False
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith(("```", "~~~")):
            in_code = not in_code
        elif not in_code and (heading := _HEADING.fullmatch(line)):
            yield Passage(Kind.HEADING, heading[1], number)
