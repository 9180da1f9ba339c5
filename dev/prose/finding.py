"""Finding: a text that breaks a prose rule, and where it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from dev.prose.hash_comments import hash_comments
from dev.prose.markdown import markdown_passages
from dev.prose.passage import Kind, Passage
from dev.prose.python_source import name_as_words, python_passages
from dev.prose.rules import rules_for

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

__all__ = ["READERS", "Finding", "findings"]

READERS = {
    ".md": markdown_passages,
    ".py": python_passages,
    ".toml": hash_comments,
    ".sh": hash_comments,
    ".conf": hash_comments,
    ".yml": hash_comments,
    ".yaml": hash_comments,
    "": hash_comments,
}
_CONTEXT = 30


@dataclass(frozen=True)
class Finding:
    """A text that breaks a rule."""

    path: str
    line: int
    rule: str
    text: str
    instead: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.text}; write instead: {self.instead}"


def findings(path: str, text: str) -> Iterator[Finding]:
    """Yield each text of a file that breaks a rule; `path` is relative to the repository."""
    file = PurePosixPath(path)
    names = (Passage(Kind.NAME, name_as_words(file.stem), 1),) if file.suffix == ".py" else ()
    for passage in (*names, *READERS[file.suffix](text)):
        for rule in rules_for(passage):
            for match in rule.matches(passage):
                line = passage.line_at(match.end() - 1)
                yield Finding(path, line, rule.name, _excerpt(passage.text, match), rule.instead)


def _excerpt(text: str, match: re.Match[str]) -> str:
    start, end = max(0, match.start() - _CONTEXT), match.end() + _CONTEXT
    inside = " ".join(text[start:end].split())
    return f"{'...' if start else ''}{inside}{'...' if end < len(text) else ''}"
