"""The built-in sink."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from ppf_core.component import DataFlow, WithSettings
from ppf_core.config import STRICT_KEYS

from .options import Options

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Write", "WriteMode", "WriteSettings"]


class WriteMode(str, Enum):
    """What to do when the target exists, by Spark's names."""

    ERROR = "error"
    OVERWRITE = "overwrite"
    APPEND = "append"
    IGNORE = "ignore"


@dataclass(frozen=True, config=STRICT_KEYS)
class WriteSettings:
    """What `Write` takes.

    `view` names what to write: a temp view or a table. Where to: either `table`, a name in the catalog, or `path`,
    or neither for formats that need none (JDBC), whose `options` say where. `partition_by` lists columns.
    """

    view: str = Field(min_length=1)
    format: str | None = None
    path: str | None = None
    table: str | None = None
    mode: WriteMode = WriteMode.ERROR
    partition_by: list[str] = Field(default_factory=list)
    options: Options = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.table is not None and self.path is not None:
            raise ValueError("expected either table or path, got both")
        if self.table is None and self.format is None:
            raise ValueError("expected format (such as parquet) with path or options, or table, got neither")
        return self


class Write(WithSettings[WriteSettings], DataFlow):
    """Writes a view as files of any format that Spark knows, as a table, or through a connector.

    The work is Spark's own writer's: with `overwrite` the old data is gone as soon as writing begins, and a run
    that is killed then leaves neither old nor new until it is run again.
    """

    settings_class = WriteSettings

    def run(self) -> None:
        """Write all rows."""
        settings = self.settings
        writer = self.spark.table(settings.view).write.mode(settings.mode.value).options(**settings.options)
        if settings.format is not None:
            writer = writer.format(settings.format)
        if settings.partition_by:
            writer = writer.partitionBy(*settings.partition_by)
        if settings.table is not None:
            writer.saveAsTable(settings.table)
        else:
            writer.save(settings.path)
