"""OpenLineage names of datasets: namespace and name of paths and tables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["path_name", "table_name"]

_METASTORE = ("spark.hadoop.hive.metastore.uris", "spark.hive.metastore.uris", "hive.metastore.uris")
_BUCKETS = {"s3": "s3", "s3a": "s3", "s3n": "s3", "gs": "gs"}
_WITH_CONTAINER = frozenset({"abfs", "abfss", "wasb", "wasbs"})


def path_name(path: str) -> tuple[str, str]:
    """Return the namespace and name of files by OpenLineage's conventions, without user and password.

    `s3a://bucket/sales/2013` has the namespace `s3://bucket` and the name `sales/2013`; `/data/sales` has the
    namespace `file` and the name `/data/sales`.
    """
    parts = urlsplit(path)
    if parts.scheme in ("", "file"):
        return "file", _absolute(unquote(parts.path) if parts.scheme else path)
    host = parts.netloc if parts.scheme in _WITH_CONTAINER else parts.netloc.rpartition("@")[2]
    if parts.scheme in _BUCKETS:
        return f"{_BUCKETS[parts.scheme]}://{host}", parts.path.strip("/") or "/"
    return f"{parts.scheme}://{host}", parts.path.rstrip("/") or "/"


def table_name(table: str, settings: Mapping[str, str]) -> tuple[str, str]:
    """Return the namespace and name of a table; `settings` are Spark's, which may name the metastore."""
    server = next((settings[name] for name in _METASTORE if settings.get(name)), "")
    host = urlsplit(server.partition(",")[0]).netloc
    namespace = f"hive://{host}" if host else "spark"
    name = table.replace("`", "").removeprefix("spark_catalog.")
    return namespace, name if "." in name else f"default.{name}"


def _absolute(path: str) -> str:
    # Not resolved: lineage names a dataset by the link, not by the link's target.
    return os.path.normpath(Path.cwd() / path)
