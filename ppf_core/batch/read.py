"""Built-in source: reads a table or files into a temp view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from ppf_core.component import DataFlow, Dataset, WithSettings
from ppf_core.config import STRICT_KEYS, decode
from ppf_core.schema import SchemaDefinition, SchemaError

from .options import Options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Self

__all__ = ["Read", "ReadSettings"]


@dataclass(frozen=True, config=STRICT_KEYS)
class ReadSettings:
    """Settings of `Read`.

    Either `table`, a name in the catalog, or `format` with its `options`. `path` is a path or a list of paths, and may
    be omitted for formats without a path (JDBC). `schema` is DDL text, such as `"id BIGINT, name STRING"`; without it
    Spark infers the schema. `output_view` is the temp view to create.
    """

    output_view: str = Field(min_length=1)
    table: str | None = None
    format: str | None = None
    path: str | list[str] | None = None
    schema: str | None = None
    options: Options = Field(default_factory=dict)

    @model_validator(mode="after")
    def _table_or_format(self) -> Self:
        if (self.table is None) == (self.format is None):
            given = "both" if self.table else "neither"
            raise ValueError(f"expected either table, or format with path and options, got {given}")
        if self.table is not None and (self.path is not None or self.schema is not None):
            raise ValueError("expected no path and no schema with table, which has its own, got them")
        return self


class Read(WithSettings[ReadSettings], DataFlow):
    """Reads a table, or files of any format that Spark supports, into a temp view."""

    settings_class = ReadSettings

    @classmethod
    def output_schemas(cls, config: dict[str, Any]) -> Mapping[str, SchemaDefinition | None]:
        """Return the view, with the columns of `schema` if it is set."""
        settings = decode(config, ReadSettings)
        return {settings.output_view: _declared(settings.schema)}

    @classmethod
    def input_datasets(cls, config: dict[str, Any]) -> Sequence[Dataset]:
        """Return the table or the paths."""
        settings = decode(config, ReadSettings)
        about: dict[str, Any] = {"schema": _declared(settings.schema), "view": settings.output_view}
        if settings.table is not None:
            return [Dataset(table=settings.table, **about)]
        paths = [settings.path] if isinstance(settings.path, str) else settings.path or []
        return [Dataset(path=path, **about) for path in paths if path]

    def run(self) -> None:
        """Define the view; Spark reads the data when the view is used."""
        settings = self.settings
        reader = self.spark.read.options(**settings.options)
        if settings.table is not None:
            frame = reader.table(settings.table)
        else:
            assert settings.format is not None  # noqa: S101 - without table the settings require format
            if settings.schema is not None:
                reader = reader.schema(settings.schema)
            frame = reader.format(settings.format).load(settings.path)
        frame.createOrReplaceTempView(settings.output_view)


def _declared(ddl: str | None) -> SchemaDefinition | None:
    try:
        return SchemaDefinition.from_ddl(ddl) if ddl is not None else None
    except SchemaError:
        return None  # Spark accepts more than `from_ddl`, such as comments and defaults
