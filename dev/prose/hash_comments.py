"""Comments that start with `#`, for files of which nothing else is read: Makefile, TOML, shell, HOCON, YAML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dev.prose.passage import Kind, Passage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["comment_blocks", "hash_comments"]

_COMMENT = re.compile(r"(?:^|\s)#+\s?(.*)")


def hash_comments(text: str) -> Iterator[Passage]:
    """Yield the comments of `text`."""
    lines = enumerate(text.splitlines(), start=1)
    yield from comment_blocks(
        (number, match[1]) for number, line in lines if (match := _COMMENT.search(line))
    )


def comment_blocks(comments: Iterable[tuple[int, str]]) -> Iterator[Passage]:
    """Yield comments, those of consecutive lines as one passage, so that a phrase may cross a line's end."""
    block: list[str] = []
    start = 0
    for line, comment in comments:
        if block and line != start + len(block):
            yield Passage(Kind.COMMENT, "\n".join(block), start)
            block = []
        if not block:
            start = line
        block.append(comment)
    if block:
        yield Passage(Kind.COMMENT, "\n".join(block), start)
