"""Tree of a data type, by which nested types are compared part by part.

It also converts from and to the JSON of Spark's types, which needs no Java.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .data_type import DataType
from .errors import SchemaError

__all__ = ["Part", "TypeTree", "quoted"]

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

# Names that differ between Spark's JSON and its SQL.
_JSON_NAMES = {"bigint": "long", "int": "integer", "smallint": "short", "tinyint": "byte"}


def quoted(name: str) -> str:
    """Quote a name for SQL with backticks, unless it is a plain word."""
    return name if _PLAIN_NAME.fullmatch(name) else "`" + name.replace("`", "``") + "`"


@dataclass(frozen=True)
class Part:
    """A named part of a type: a struct's field, a map's key or value, an array's element."""

    name: str
    tree: TypeTree
    nullable: bool = True

    def __str__(self) -> str:
        return f"{quoted(self.name)}:{self.tree}" + ("" if self.nullable else " not null")


@dataclass(frozen=True)
class TypeTree:
    """A type: `name` is `array`, `map` or `struct` if it has parts, else the whole text, as `decimal(10,2)`.

    The nullability of array elements and map values is not kept, since SQL has no syntax for it.
    """

    name: str
    parts: tuple[Part, ...] = ()

    def __str__(self) -> str:
        if self.name == "struct":
            return f"struct<{','.join(map(str, self.parts))}>"
        if self.parts:
            return f"{self.name}<{','.join(str(part.tree) for part in self.parts)}>"
        return self.name

    def as_json(self) -> Any:
        """Return the type as Spark's `StructType.fromJson` expects it."""
        if self.name == "array":
            return {"type": "array", "elementType": self.parts[0].tree.as_json(), "containsNull": True}
        if self.name == "map":
            key, value = (part.tree.as_json() for part in self.parts)
            return {"type": "map", "keyType": key, "valueType": value, "valueContainsNull": True}
        if self.name == "struct":
            fields = [
                {"name": part.name, "type": part.tree.as_json(), "nullable": part.nullable, "metadata": {}}
                for part in self.parts
            ]
            return {"type": "struct", "fields": fields}
        return _JSON_NAMES.get(self.name, self.name)

    @classmethod
    def from_json(cls, value: Any) -> TypeTree:
        """Create the tree from a Spark type's `jsonValue()`."""
        if isinstance(value, str):
            if value.startswith(("char(", "varchar(")):
                return cls("string")  # as Spark reports such columns of a DataFrame
            try:
                return cls(DataType(value).value)
            except ValueError:
                return cls(value)
        kind = value["type"]
        if kind == "array":
            return cls("array", (Part("element", cls.from_json(value["elementType"])),))
        if kind == "map":
            key, item = cls.from_json(value["keyType"]), cls.from_json(value["valueType"])
            return cls("map", (Part("key", key, nullable=False), Part("value", item)))
        if kind == "struct":
            return cls(
                "struct",
                tuple(
                    Part(field["name"], cls.from_json(field["type"]), field["nullable"])
                    for field in value["fields"]
                ),
            )
        if kind == "udt":
            return cls.from_json(value["sqlType"])
        raise SchemaError(f"Expected a type of Spark SQL, got the type {kind!r}")
