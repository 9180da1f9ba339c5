"""Top-level blocks of a pipeline file that are meant for another program, such as the one that schedules it.

A package says which block is its own with an entry point of the group `ppf.sections`: the name is the block's key, the
object is the model that its values have to fit. So a file says all there is to say of a pipeline, whoever reads it
checks all of it, and nobody here has to know who else there is.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import entry_points

__all__ = ["installed_sections"]


@lru_cache(maxsize=1)
def installed_sections() -> dict[str, type]:
    """The models of the sections of the packages that are installed, by key."""
    return {one.name: one.load() for one in entry_points(group="ppf.sections")}
