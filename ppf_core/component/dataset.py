"""Dataset outside of a pipeline: an input or output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ppf_core.schema import SchemaDefinition

__all__ = ["Dataset"]


@dataclass(frozen=True)
class Dataset:
    """Files at a path or address, or a table of the catalog.

    `schema` has its columns, if they are known. `view` is the temp view that is written to it or read from it.

    Raises:
        ValueError: there is neither path nor table, or both.
    """

    path: str | None = None
    table: str | None = None
    schema: SchemaDefinition | None = None
    view: str | None = None

    def __post_init__(self) -> None:
        if bool(self.path) == bool(self.table):
            got = "both" if self.path else "neither"
            raise ValueError(f"expected a dataset with either path or table, got {got}")
