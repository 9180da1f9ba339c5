"""Built-in sink: writes a view as files, as a table, or through a connector."""

from __future__ import annotations

import uuid
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from ppf_core.component import DataCount, DataFlow, Dataset, RowCounter, WithSettings
from ppf_core.config import STRICT_KEYS, decode

from .hadoop_files import HadoopFiles
from .options import Options
from .own_input import refuse_own_input, table_location
from .staging import Staging
from .switch import append_files, changed_partitions, create, replace_all, replace_partitions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame, DataFrameWriter
    from typing_extensions import Self

    from ppf_core.component import RunIdentity

FILE_FORMATS = frozenset({"avro", "csv", "json", "orc", "parquet", "text", "xml"})
"""Formats that consist of files in folders, which can be moved."""

__all__ = ["Write", "WriteMode", "WriteSettings"]


class WriteMode(str, Enum):
    """Handling of an existing target, by Spark's names."""

    ERROR = "error"
    OVERWRITE = "overwrite"
    APPEND = "append"
    IGNORE = "ignore"


@dataclass(frozen=True, config=STRICT_KEYS)
class WriteSettings:
    """Settings of `Write`.

    `view` is the temp view or table to write. The target is `table`, a name in the catalog, or `path`; formats without
    a path (JDBC) have their target in `options`. `partition_by` lists columns.

    With `overwrite` and `partition_by`, files are replaced by partition: only the partitions of the new data. The
    option `partitionOverwriteMode = static` replaces everything.
    """

    view: str = Field(min_length=1)
    format: str | None = None
    path: str | None = None
    table: str | None = None
    mode: WriteMode = WriteMode.ERROR
    partition_by: list[str] = Field(default_factory=list)
    options: Options = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if self.table is not None and self.path is not None:
            raise ValueError("expected either table or path, got both")
        if self.table is None and self.format is None:
            raise ValueError("expected format (such as parquet) with path or options, or table, got neither")
        if any(name.lower() == "path" for name in self.options):
            raise ValueError("expected path as a setting, outside of options, got it as an option")
        return self

    @property
    def is_files(self) -> bool:
        """Whether the target consists of plain files below `path`."""
        return self.path is not None and (self.format or "").lower() in FILE_FORMATS

    @property
    def is_by_partition(self) -> bool:
        """Whether an overwrite keeps the partitions that the new data does not contain."""
        options = {name.lower(): value.lower() for name, value in self.options.items()}
        return bool(self.partition_by) and options.get("partitionoverwritemode") != "static"


class Write(WithSettings[WriteSettings], DataFlow):
    """Writes a view as files of any format that Spark supports, as a table, or through a connector.

    Files (`path`, and a format of avro, csv, json, orc, parquet, text, xml) are written to a folder beside the target
    and renamed once they are complete. A run that is killed at any moment loses no data: if it dies between two
    renames, the next `Write` to the same target puts back the missing files. An overwrite of data that the view reads
    is refused. Rows of an `append` are replaced, not duplicated, if the same run writes them again. In stores that copy
    to rename, such as S3, the switch takes time, and the target is incomplete while it lasts.

    Tables, other formats and connectors, and all targets on Spark Connect, are written by Spark's own writer, whose
    `overwrite` may delete before it writes.
    """

    settings_class = WriteSettings
    files_class: ClassVar[type[HadoopFiles]] = HadoopFiles

    @classmethod
    def output_datasets(cls, config: dict[str, Any]) -> Sequence[Dataset]:
        """Return the table or the path."""
        settings = decode(config, WriteSettings)
        if not (settings.table or settings.path):
            return []
        return [Dataset(path=settings.path, table=settings.table, view=settings.view)]

    def __init__(self, settings: WriteSettings) -> None:
        super().__init__(settings)
        self._key = uuid.uuid4().hex[:16]
        self._written: tuple[DataCount, ...] = ()

    def set_run_identity(self, identity: RunIdentity) -> None:
        """Set the identity, by which data of earlier tries of the run is found and replaced."""
        self._key = identity.key

    def run(self) -> None:
        """Write all rows.

        Raises:
            OwnInputError: the view reads data that would be overwritten.
            ComponentError: another process writes to the same target, or its partitioning differs.
        """
        settings = self.settings
        self._written = ()
        if HadoopFiles.available(self.spark):
            if settings.is_files:
                self._write_files(self.files_class(self.spark))
                return
            self._refuse_own_table()
        elif settings.is_files:
            self.logger.warning(
                "On Spark Connect, Spark's own writer writes to %s: if it is killed, it may leave a part of the data, "
                "or with overwrite none, and a retried append adds its rows again",
                settings.path,
            )
        counter = RowCounter()
        frame = counter.watch(self.spark.table(settings.view))
        writer = self._writer(frame).mode(settings.mode.value)
        if settings.table is not None:
            writer.saveAsTable(settings.table)
        else:
            writer.save(settings.path)
        self._note(counter.rows)

    def data_counts(self) -> tuple[DataCount, ...]:
        """Return the rows that the last `run` wrote, and for staged files their size."""
        return self._written

    def _note(self, rows: int | None, size: int | None = None) -> None:
        settings = self.settings
        if rows is not None or size is not None:
            name = settings.table or settings.path or settings.format or ""
            self._written = (DataCount(name, rows, size),)

    def _writer(self, frame: DataFrame) -> DataFrameWriter:
        settings = self.settings
        writer = frame.write.options(**settings.options)
        if settings.format is not None:
            writer = writer.format(settings.format)
        if settings.partition_by:
            writer = writer.partitionBy(*settings.partition_by)
        return writer

    def _refuse_own_table(self) -> None:
        settings = self.settings
        if settings.table is not None and settings.mode is WriteMode.OVERWRITE:
            location = table_location(self.spark, settings.table)
            if location is not None:
                files = self.files_class(self.spark)
                frame = self.spark.table(settings.view)
                refuse_own_input(files, frame, settings.view, [files.locate(location)])

    def _write_files(self, files: HadoopFiles) -> None:
        settings = self.settings
        assert settings.path is not None  # noqa: S101 - is_files requires it
        target = files.locate(settings.path)
        staging = Staging(files, target, self._key)
        staging.prepare()
        frame = self.spark.table(settings.view)
        if files.exists(target) and settings.mode in (WriteMode.ERROR, WriteMode.IGNORE):
            self._writer(frame).mode(settings.mode.value).save(target)  # raises an error, or does nothing
            return
        if settings.mode is WriteMode.OVERWRITE:
            refuse_own_input(files, frame, settings.view, [target], in_parts=settings.is_by_partition)
        counter = RowCounter()
        try:
            self._writer(counter.watch(frame)).mode(WriteMode.ERROR.value).save(staging.new)
            size = files.size(staging.new)
            self._switch(staging, frame)
        except Exception:
            self._abandon(staging)
            raise
        staging.finish()
        self._note(counter.rows, size)

    def _switch(self, staging: Staging, frame: DataFrame) -> None:
        settings = self.settings
        if settings.mode is WriteMode.APPEND:
            append_files(staging)
        elif settings.mode is not WriteMode.OVERWRITE:
            create(staging)
        elif settings.is_by_partition:
            changed = changed_partitions(staging)
            refuse_own_input(
                staging.files, frame, settings.view, [f"{staging.target}/{name}" for name in changed]
            )
            replace_partitions(staging, changed)
        else:
            replace_all(staging)

    def _abandon(self, staging: Staging) -> None:
        try:
            staging.abandon()
        except Exception as error:  # noqa: BLE001 - must not hide why the write failed; the next try cleans up
            self.logger.warning("Could not clean up the data staged for %s: %s", staging.target, error)
