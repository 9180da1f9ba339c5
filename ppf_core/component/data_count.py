"""Counts of written rows and bytes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import ConfigDict, Field  # read by pydantic from the annotations, whenever a count is read back

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["DataCount", "DataKind", "total_bytes", "total_rows"]


class DataKind(str, Enum):
    """Kind of written data."""

    VIEW = "view"
    """A temp view, materialised for downstream components and for later tries."""
    TARGET = "target"
    """Output of the pipeline, such as files or a table."""


@dataclass(frozen=True)
class DataCount:
    """Rows and bytes written under a name; `None` if unknown.

    `name` is the view's name, or identifies the target: its table, its path, or similar. `bytes` is the size of the
    stored files, after compression.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    rows: Annotated[int, Field(ge=0, strict=True)] | None = None
    bytes: Annotated[int, Field(ge=0, strict=True)] | None = None
    kind: DataKind = DataKind.TARGET

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> DataCount:
        """Create a count from the result of `asdict`, also if it was stored as JSON.

        Raises:
            KeyError: a key is missing.
            ValueError: there is no such kind.
        """
        return cls(values["name"], values["rows"], values["bytes"], DataKind(values["kind"]))

    def __str__(self) -> str:
        """Format as `view clean: 1000 rows, 2048 bytes`."""
        what = f"view {self.name}" if self.kind is DataKind.VIEW else self.name
        known = [
            f"{count} {unit}"
            for count, unit in ((self.rows, "rows"), (self.bytes, "bytes"))
            if count is not None
        ]
        return f"{what}: {', '.join(known) or 'not counted'}"


def total_rows(counts: Iterable[DataCount]) -> int | None:
    """Return the sum of all rows; `None` without counts, or if any count is unknown."""
    return _total([count.rows for count in counts])


def total_bytes(counts: Iterable[DataCount]) -> int | None:
    """Return the sum of all bytes; `None` without counts, or if any count is unknown."""
    return _total([count.bytes for count in counts])


def _total(numbers: list[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known and len(known) == len(numbers) else None
