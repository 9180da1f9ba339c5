"""Origin of a setting: its file and line."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Origin"]


@dataclass(frozen=True)
class Origin:
    """File of a setting, as it was named, and its line, counted from one."""

    file: str | None
    line: int | None
