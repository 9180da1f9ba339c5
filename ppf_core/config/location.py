"""From a message that begins with the way to a setting to a problem with file and line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import Problem
from .place import path_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .place import KeyPath, Place

__all__ = ["located"]


def located(messages: Iterable[str], places: Mapping[KeyPath, Place], file: str) -> list[Problem]:
    """The messages, such as those of `validate_pipeline`, as problems of `file`, or of what it includes."""
    by_text = {path_text(path): place for path, place in places.items()}
    problems = []
    for text in messages:
        paths = (
            path for path in by_text if text.startswith(path) and text[len(path) :][:1] in tuple(': .["')
        )
        path = max(paths, key=len, default=None)
        place = by_text[path] if path is not None else None
        problems.append(
            Problem("", text, file) if place is None else Problem("", text, place.file or file, place.line)
        )
    return problems
