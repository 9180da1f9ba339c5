"""Sections: top-level blocks of a pipeline file for other programs, such as the program that schedules it.

A package registers its section with an entry point of the group `ppf.sections`: the name is the block's key, and the
object is the model of its values. Each program that reads a pipeline file validates the sections of all installed
packages.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import entry_points

__all__ = ["installed_sections"]


@lru_cache(maxsize=1)
def installed_sections() -> dict[str, type]:
    """Return the section models of all installed packages, by key."""
    return {entry.name: entry.load() for entry in entry_points(group="ppf.sections")}
