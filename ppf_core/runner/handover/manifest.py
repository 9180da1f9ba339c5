"""What says that a hand-over is whole."""

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
    """One view: its name, its directory inside the component's, its schema as Spark's JSON, and its data files.

    `schema` carries the columns' metadata. `files` maps the name of each data file to its size in bytes. `rows` is how
    many were written, if Spark said so.
    """

    view: str
    path: str
    schema: dict[str, Any]
    files: dict[str, int]
    rows: int | None = None


@dataclass(frozen=True)
class Manifest:
    """All views of one component of one run, with what they were made from (`component_fingerprint`)."""

    run: tuple[str, ...]
    component: str
    fingerprint: str
    views: tuple[ViewFiles, ...]

    def to_json(self) -> bytes:
        """The manifest as JSON in ASCII."""
        return json.dumps({"format": _FORMAT_VERSION, **asdict(self)}, separators=(",", ":")).encode("ascii")

    @classmethod
    def from_json(cls, content: bytes) -> Manifest:
        """Read what `to_json` made. Nothing is guessed, and no path leads out of the component's directory.

        Raises:
            ValueError: any part of it is not what it must be.
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
    """Let only Spark's own user-defined types through: reading any other would import whatever module it names."""
    if isinstance(schema, dict):
        if schema.get("type") == "udt":
            ours = (("class", "org.apache.spark."), ("pyClass", "pyspark."))
            spark_s_own = all(str(schema[key]).startswith(start) for key, start in ours if schema.get(key))
            _expect(spark_s_own, "schema", "no user-defined type but Spark's own", schema)
        for inner in schema.values():
            _refuse_foreign_types(inner)
    elif isinstance(schema, list):
        for inner in schema:
            _refuse_foreign_types(inner)


def _expect(holds: bool, where: str, expected: object, got: object) -> None:
    if not holds:
        raise ValueError(f"its manifest has a wrong {where}: expected {expected}, got {str(got)[:200]!r}")
