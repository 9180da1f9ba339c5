"""File and line of problems, found by the path of the setting."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .place import Place, path_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .errors import Problem
    from .place import KeyPath

__all__ = ["is_within", "located"]


def located(problems: Iterable[Problem], places: Mapping[KeyPath, Place], file: str) -> list[Problem]:
    """Return the problems, such as those of `validate_pipeline`, with file and line.

    A setting that is not written in the file has the line of the nearest block around it. Where nothing around it is
    written either, the problem has only `file`.
    """
    by_text = {path_text(path): place for path, place in places.items()}
    placed = []
    for problem in problems:
        around = (path for path in by_text if is_within(problem.path, path))
        place = by_text.get(max(around, key=len, default=""), Place(None, None))
        placed.append(replace(problem, file=place.file or file, line=place.line))
    return placed


def is_within(path: str, block: str) -> bool:
    """Return whether the setting at `path` is the one at `block` or inside it."""
    return path == block or (path.startswith(block) and path[len(block)] in ".[")
