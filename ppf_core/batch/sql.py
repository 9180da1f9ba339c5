"""The built-in transformation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field, model_validator
from pydantic.dataclasses import dataclass

from ppf_core.component import ComponentError, DataFlow, WithSettings
from ppf_core.config import STRICT_KEYS, decode
from ppf_core.schema import SchemaDefinition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

__all__ = ["Sql", "SqlSettings"]


def _readable(ddl: str) -> str:
    SchemaDefinition.from_ddl(ddl)
    return ddl


@dataclass(frozen=True, config=STRICT_KEYS)
class SqlSettings:
    """What `Sql` takes.

    `query` is one statement of Spark SQL. `output_view` is the temp view to make of its rows; without it the
    statement must be a command, which runs at once. `args` are the values of the query's named parameters: for
    `args { day = "2013-01-01" }` the query says `:day`, and no quoting can go wrong.

    `schema` declares all columns of the view, as `"id BIGINT, name STRING"`. Before anything runs it is compared with
    what later components declare to read, and when the query is made with the columns that it gives.
    """

    query: str = Field(min_length=1)
    output_view: str | None = Field(default=None, min_length=1)
    args: dict[str, Any] = Field(default_factory=dict)
    schema: Annotated[str, AfterValidator(_readable)] | None = None

    @model_validator(mode="after")
    def _schema_of_a_view(self) -> Self:
        if self.schema is not None and self.output_view is None:
            raise ValueError("expected output_view, whose columns schema declares, got none")
        return self


class Sql(WithSettings[SqlSettings], DataFlow):
    """Makes a temp view of a query over tables and the views of earlier components, or runs a command."""

    settings_class = SqlSettings

    @classmethod
    def output_schemas(cls, config: dict[str, Any]) -> Mapping[str, SchemaDefinition | None]:
        """The view, if it makes one, with the columns of `schema` where that is given."""
        settings = decode(config, SqlSettings)
        return {} if settings.output_view is None else {settings.output_view: _declared(settings)}

    def run(self) -> None:
        """Define the view, or run the command.

        Raises:
            ComponentError: the query's columns are not those that `schema` declares.
        """
        settings = self.settings
        frame = self.spark.sql(settings.query, args=settings.args or None)
        if (declared := _declared(settings)) is not None:
            actual = SchemaDefinition.from_spark(frame.schema)
            if differences := declared.differences_from(actual, allow_extra=False):
                raise ComponentError(
                    f"view {settings.output_view} is not as its schema declares: {'; '.join(differences)}"
                )
        if settings.output_view is not None:
            frame.createOrReplaceTempView(settings.output_view)


def _declared(settings: SqlSettings) -> SchemaDefinition | None:
    return None if settings.schema is None else SchemaDefinition.from_ddl(settings.schema)
