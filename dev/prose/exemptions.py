"""Texts that break a rule on purpose, and the paths that the prose check does not read yet."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EXEMPTIONS", "NOT_YET_CLEAN", "Exemption"]


@dataclass(frozen=True)
class Exemption:
    """A true use of a banned word: the file, the phrase around it as written on its line, the reason."""

    path: str
    phrase: str
    reason: str


EXEMPTIONS = (
    Exemption("dev/prose/rules.py", "", "the rules quote what they ban"),
    Exemption("tests/dev/test_prose_check.py", "", "its samples break the rules"),
)

# Prefixes of paths whose texts are still to be rewritten: remove a line once its path is clean.
NOT_YET_CLEAN: tuple[str, ...] = ()
