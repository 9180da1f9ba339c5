"""The built-in transformation."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from pydantic.dataclasses import dataclass

from ppf_core.config import STRICT_KEYS

from .batch_component import BatchComponent

__all__ = ["Sql", "SqlSettings"]


@dataclass(frozen=True, config=STRICT_KEYS)
class SqlSettings:
    """What `Sql` takes.

    `query` is one statement of Spark SQL. `output_view` is the temp view to make of its rows; without it the
    statement must be a command, which runs at once. `args` are the values of the query's named parameters: for
    `args { day = "2013-01-01" }` the query says `:day`, and no quoting can go wrong.
    """

    query: str = Field(min_length=1)
    output_view: str | None = Field(default=None, min_length=1)
    args: dict[str, Any] = Field(default_factory=dict)


class Sql(BatchComponent[SqlSettings]):
    """Makes a temp view of a query over tables and the views of earlier components, or runs a command."""

    settings_class = SqlSettings

    def run(self) -> None:
        """Define the view, or run the command."""
        settings = self.settings
        frame = self.spark.sql(settings.query, args=settings.args or None)
        if settings.output_view is not None:
            frame.createOrReplaceTempView(settings.output_view)
