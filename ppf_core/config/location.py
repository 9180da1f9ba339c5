"""Locates problems in a pipeline file, by the key path of the setting."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .key_path import path_text
from .origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .errors import Problem
    from .key_path import KeyPath

__all__ = ["is_within", "located"]


def located(problems: Iterable[Problem], origins: Mapping[KeyPath, Origin], file: str) -> list[Problem]:
    """Return the problems, such as those of `validate_pipeline`, with file and line.

    A setting that is not in the file gets the line of the innermost enclosing block that is. Without such a block the
    problem has only `file`.
    """
    by_text = {path_text(path): origin for path, origin in origins.items()}
    with_lines = []
    for problem in problems:
        enclosing = (path for path in by_text if is_within(problem.path, path))
        origin = by_text.get(max(enclosing, key=len, default=""), Origin(None, None))
        with_lines.append(replace(problem, file=origin.file or file, line=origin.line))
    return with_lines


def is_within(path: str, block: str) -> bool:
    """Return whether the setting at `path` is at `block` or inside it."""
    return path == block or (path.startswith(block) and path[len(block)] in ".[")
