"""What OpenLineage calls a dataset: a namespace, which is where it is, and a name within it."""

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
    """Namespace and name of files, by OpenLineage's conventions; without user and password, if the address has some.

    `s3a://bucket/sales/2013` is `sales/2013` in `s3://bucket`; `/data/sales` is that, in `file`.
    """
    parts = urlsplit(path)
    if parts.scheme in ("", "file"):
        return "file", _absolute(unquote(parts.path) if parts.scheme else path)
    place = parts.netloc if parts.scheme in _WITH_CONTAINER else parts.netloc.rpartition("@")[2]
    if parts.scheme in _BUCKETS:
        return f"{_BUCKETS[parts.scheme]}://{place}", parts.path.strip("/") or "/"
    return f"{parts.scheme}://{place}", parts.path.rstrip("/") or "/"


def table_name(table: str, settings: Mapping[str, str]) -> tuple[str, str]:
    """Namespace and name of a table; `settings` are Spark's, which may say where the metastore is."""
    server = next((settings[name] for name in _METASTORE if settings.get(name)), "")
    place = urlsplit(server.partition(",")[0]).netloc
    namespace = f"hive://{place}" if place else "spark"
    name = table.replace("`", "").removeprefix("spark_catalog.")
    return namespace, name if "." in name else f"default.{name}"


def _absolute(path: str) -> str:
    return os.path.normpath(
        Path.cwd() / path
    )  # not resolved: what is behind a link is not the name it goes by
