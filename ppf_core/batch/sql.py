"""Built-in transformation: runs a SQL query or command."""

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
    """Settings of `Sql`.

    `query` is a statement of Spark SQL. `output_view` is the temp view to create from its rows; without it the
    statement must be a command, which runs at once. `args` are the values of the query's named parameters: with
    `args { day = "2013-01-01" }` the query contains `:day`, and needs no quoting.

    `schema` declares all columns of the view, such as `"id BIGINT, name STRING"`. It is compared with the declared
    inputs of downstream components before anything runs, and with the query's columns when the query is created.
    """

    query: str = Field(min_length=1)
    output_view: str | None = Field(default=None, min_length=1)
    args: dict[str, Any] = Field(default_factory=dict)
    schema: Annotated[str, AfterValidator(_readable)] | None = None

    @model_validator(mode="after")
    def _schema_of_a_view(self) -> Self:
        if self.schema is not None and self.output_view is None:
            raise ValueError("expected output_view with schema, which declares its columns, got none")
        return self


class Sql(WithSettings[SqlSettings], DataFlow):
    """Creates a temp view from a query over tables and upstream views, or runs a command."""

    settings_class = SqlSettings

    @classmethod
    def output_schemas(cls, config: dict[str, Any]) -> Mapping[str, SchemaDefinition | None]:
        """Return the output view, if any, with the columns of `schema` if it is set."""
        settings = decode(config, SqlSettings)
        return {} if settings.output_view is None else {settings.output_view: _declared(settings)}

    def run(self) -> None:
        """Define the view, or run the command.

        Raises:
            ComponentError: the query's columns differ from `schema`.
        """
        settings = self.settings
        frame = self.spark.sql(settings.query, args=settings.args or None)
        if (declared := _declared(settings)) is not None:
            actual = SchemaDefinition.from_spark(frame.schema)
            if differences := declared.differences_from(actual, allow_extra=False):
                raise ComponentError(
                    f"view {settings.output_view} differs from its declared schema: {'; '.join(differences)}"
                )
        if settings.output_view is not None:
            frame.createOrReplaceTempView(settings.output_view)


def _declared(settings: SqlSettings) -> SchemaDefinition | None:
    return None if settings.schema is None else SchemaDefinition.from_ddl(settings.schema)
