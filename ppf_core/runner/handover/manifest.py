"""Manifest of a hand-over: lists its files, and proves that it is complete."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .names import is_directory_name, is_file_name

__all__ = ["Manifest", "ViewFiles"]

_FORMAT_VERSION = 1
_KEYS = {"format", "run", "component", "fingerprint", "views"}
_VIEW_KEYS = {"view", "path", "schema", "files", "rows"}


@dataclass(frozen=True)
class ViewFiles:
    """Files of a view.

    `path` is the directory inside that of the component. `schema` is the JSON of Spark, with the metadata of columns.
    `files` maps the name of each data file to its size in bytes. `rows` is the number of rows written, if Spark
    reported it.
    """

    view: str
    path: str
    schema: dict[str, Any]
    files: dict[str, int]
    rows: int | None = None


@dataclass(frozen=True)
class Manifest:
    """Views of a component in a run, with the `component_fingerprint` of the settings that they were made with."""

    run: tuple[str, ...]
    component: str
    fingerprint: str
    views: tuple[ViewFiles, ...]

    def to_json(self) -> bytes:
        """Return the manifest as JSON in ASCII."""
        return json.dumps({"format": _FORMAT_VERSION, **asdict(self)}, separators=(",", ":")).encode("ascii")

    @classmethod
    def from_json(cls, content: bytes) -> Manifest:
        """Parse the output of `to_json`, strictly: no path may lead out of the directory of the component.

        Raises:
            ValueError: a part of the manifest is missing, unknown or invalid.
        """
        try:
            document = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"its manifest is not JSON ({error})") from error
        _expect(isinstance(document, Mapping) and set(document) == _KEYS, "keys", sorted(_KEYS), document)
        version = document["format"]
        _expect(type(version) is int and version == _FORMAT_VERSION, "format", _FORMAT_VERSION, version)
        run, views = document["run"], document["views"]
        _expect(
            isinstance(run, list) and all(isinstance(part, str) for part in run),
            "run",
            "a list of texts",
            run,
        )
        for key in ("component", "fingerprint"):
            _expect(isinstance(document[key], str), key, "a text", document[key])
        _expect(isinstance(views, list) and bool(views), "views", "a list", views)
        return cls(tuple(run), document["component"], document["fingerprint"], tuple(map(_view, views)))


def _view(entry: Any) -> ViewFiles:
    _expect(
        isinstance(entry, Mapping) and set(entry) | {"rows"} == _VIEW_KEYS, "views", sorted(_VIEW_KEYS), entry
    )
    _expect(isinstance(entry["view"], str) and entry["view"] != "", "view", "a name", entry["view"])
    path, schema, files = entry["path"], entry["schema"], entry["files"]
    inside = isinstance(path, str) and is_directory_name(path)
    _expect(inside, "path", "a directory inside the component's", path)
    _expect(isinstance(schema, dict) and schema.get("type") == "struct", "schema", "a struct", schema)
    _refuse_foreign_types(schema)
    _expect(isinstance(files, dict) and bool(files), "files", "names with sizes", files)
    for name, size in files.items():
        _expect(is_file_name(name), "files", "names inside the view's directory", name)
        _expect(type(size) is int and size >= 0, f"files.{name}", "a size in bytes", size)
    rows = entry.get("rows")
    _expect(rows is None or (type(rows) is int and rows >= 0), "rows", "a number of rows", rows)
    return ViewFiles(entry["view"], path, schema, files, rows)


def _refuse_foreign_types(schema: Any) -> None:
    """Accept only the user-defined types that ship with Spark: reading any other type imports the module it names."""
    if isinstance(schema, dict):
        if schema.get("type") == "udt":
            prefixes = (("class", "org.apache.spark."), ("pyClass", "pyspark."))
            from_spark = all(
                str(schema[key]).startswith(prefix) for key, prefix in prefixes if schema.get(key)
            )
            _expect(from_spark, "schema", "only user-defined types that ship with Spark", schema)
        for inner in schema.values():
            _refuse_foreign_types(inner)
    elif isinstance(schema, list):
        for inner in schema:
            _refuse_foreign_types(inner)


def _expect(holds: bool, where: str, expected: object, got: object) -> None:
    if not holds:
        raise ValueError(f"its manifest has an invalid {where}: expected {expected}, got {str(got)[:200]!r}")
