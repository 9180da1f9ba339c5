"""Detects queries that read the data that they would overwrite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ppf_core.component import ComponentError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import DataFrame, SparkSession

    from .hadoop_files import HadoopFiles

__all__ = ["OwnInputError", "refuse_own_input", "table_location"]


class OwnInputError(ComponentError):
    """A component would overwrite data that it reads.

    Attributes:
        target: The folder that would be replaced.
        source: The folder that the query reads.
    """

    def __init__(self, view: str, target: str, source: str) -> None:
        super().__init__(
            f"view {view!r} reads {source}, and overwriting {target} would replace it: "
            "a retry would then start from the data that the first try has written. Nothing was changed; "
            "write to another path, or write each run's data to a separate partition or folder"
        )
        self.target = target
        self.source = source


def refuse_own_input(
    files: HadoopFiles, frame: DataFrame, view: str, replaced: Iterable[str], *, in_parts: bool = False
) -> None:
    """Refuse a `frame` that reads any of the folders `replaced` (paths of `HadoopFiles.locate`).

    With `in_parts` only some partitions are replaced, and they are not known yet: then reading some partitions is
    allowed, and reading the whole folder is not.

    Folders are also found through caches, views and subqueries, but not through an RDD or `checkpoint`.

    Raises:
        OwnInputError: the frame reads a folder that is to be replaced.
    """
    sources = [files.locate(path) for path in _read_folders(frame)]
    for target in replaced:
        for source in sources:
            if source == target or (not in_parts and _is_within(source, target)):
                raise OwnInputError(view, target, source)
            if (
                _is_within(target, source)
                # A parent of the target: are the files below the target part of its data?
                and any(_is_within(files.locate(path), target) for path in frame.inputFiles())
            ):
                raise OwnInputError(view, target, source)


def table_location(spark: SparkSession, table: str) -> str | None:
    """Return the location of a table in the session's own catalog, or None."""
    state: Any = spark._jsparkSession.sessionState()
    parts = state.sqlParser().parseMultipartIdentifier(table)
    catalog = parts.apply(0) if parts.size() > 2 else spark.catalog.currentCatalog()
    if parts.size() > 3 or catalog != "spark_catalog":
        return None
    jvm: Any = spark._jvm
    database = jvm.scala.Option.apply(parts.apply(parts.size() - 2) if parts.size() > 1 else None)
    name = jvm.org.apache.spark.sql.catalyst.TableIdentifier(parts.apply(parts.size() - 1), database)
    if not state.catalog().tableExists(name):
        return None
    metadata = state.catalog().getTableMetadata(name)
    return None if metadata.storage().locationUri().isEmpty() else str(_path_of(spark, metadata.location()))


def _path_of(spark: Any, uri: Any) -> Any:
    return spark._jvm.org.apache.hadoop.fs.Path(uri).toString()


def _read_folders(frame: DataFrame) -> list[str]:
    plan: Any = frame._jdf.queryExecution().analyzed()
    plans = [plan, *_items(plan.subqueriesAll())]
    folders = {
        folder
        for subplan in plans
        for leaf in _items(subplan.collectLeaves())
        for folder in _folders(frame, leaf)
    }
    return sorted(folders)


def _folders(frame: DataFrame, leaf: Any) -> list[str]:
    kind = str(leaf.getClass().getSimpleName())
    if kind == "HiveTableRelation":
        return [str(_path_of(frame.sparkSession, leaf.tableMeta().location()))]
    if kind == "LogicalRelation" and leaf.relation().getClass().getSimpleName() == "HadoopFsRelation":
        index = leaf.relation().location()
    elif kind == "DataSourceV2Relation" and _is_file_table(frame.sparkSession, leaf.table()):
        index = leaf.table().fileIndex()
    else:
        return []
    return [str(path.toString()) for path in _items(index.rootPaths())]


def _is_file_table(spark: Any, table: Any) -> bool:
    from py4j.java_gateway import is_instance_of

    file_table = "org.apache.spark.sql.execution.datasources.v2.FileTable"
    return bool(is_instance_of(spark.sparkContext._gateway, table, file_table))


def _items(sequence: Any) -> list[Any]:
    return [sequence.apply(position) for position in range(sequence.size())]


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")
