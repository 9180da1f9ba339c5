"""From a message that begins with the way to a setting to a problem with file and line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .errors import Problem
from .place import Place, path_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .place import KeyPath

__all__ = ["located"]

_REST_OF_PATH = re.compile(r'[\w.\[\]]*(?: "[^"]*")?: ')
"""What may come between a setting that has a place and the message: settings in it without one, a component's name."""


def located(messages: Iterable[str], places: Mapping[KeyPath, Place], file: str) -> list[Problem]:
    """The messages, such as those of `validate_pipeline`, as problems of `file`, or of what it includes."""
    by_text = {path_text(path): place for path, place in places.items()}
    problems = []
    for text in messages:
        paths = (
            path for path in by_text if text.startswith(path) and text[len(path) :][:1] in tuple(': .["')
        )
        path = max(paths, key=len, default="")
        place = by_text.get(path, Place(None, None))
        told = _REST_OF_PATH.match(text, len(path)) if path else None
        end = told.end() if told is not None else 0
        problems.append(Problem(text[:end].removesuffix(": "), text[end:], place.file or file, place.line))
    return problems
