"""How much was written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import ConfigDict, Field  # read by pydantic from the annotations, whenever a count is read back

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["DataCount", "DataKind", "total_bytes", "total_rows"]


class DataKind(str, Enum):
    """What was written."""

    VIEW = "view"
    """A temp view, materialised for the components behind it and for later tries."""
    TARGET = "target"
    """Files, a table, or what else leaves the pipeline."""


@dataclass(frozen=True)
class DataCount:
    """How many rows and bytes were written under a name; `None` where that is not known.

    `name` is that of the view, or the target's: its table, its path, whatever tells it from others. `bytes` are those
    of the files as they are stored, compressed if they are.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    rows: Annotated[int, Field(ge=0, strict=True)] | None = None
    bytes: Annotated[int, Field(ge=0, strict=True)] | None = None
    kind: DataKind = DataKind.TARGET

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> DataCount:
        """What `asdict` gave, also after it was JSON.

        Raises:
            KeyError: something of it is not there.
            ValueError: there is no such kind.
        """
        return cls(told["name"], told["rows"], told["bytes"], DataKind(told["kind"]))

    def __str__(self) -> str:
        """In words: `view clean: 1000 rows, 2048 bytes`."""
        what = f"view {self.name}" if self.kind is DataKind.VIEW else self.name
        known = [
            f"{count} {unit}"
            for count, unit in ((self.rows, "rows"), (self.bytes, "bytes"))
            if count is not None
        ]
        return f"{what}: {', '.join(known) or 'not counted'}"


def total_rows(counts: Iterable[DataCount]) -> int | None:
    """The rows of all; `None` if there are none or those of one are not known."""
    return _total([count.rows for count in counts])


def total_bytes(counts: Iterable[DataCount]) -> int | None:
    """The bytes of all; `None` if there are none or those of one are not known."""
    return _total([count.bytes for count in counts])


def _total(numbers: list[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known and len(known) == len(numbers) else None
