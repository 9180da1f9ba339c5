"""Spark SQL's data types without parameters."""

from __future__ import annotations

from enum import Enum

__all__ = ["DataType"]


class DataType(str, Enum):
    """A Spark SQL type without parameters; its value is Spark's name for it.

    Types with parameters or parts are written as text: `decimal(10,2)`, `array<int>`, `map<string,bigint>`,
    `struct<street:string,zip:int not null>`. Spark's other names give the same member, both as a value
    (`DataType("long")`) and as an attribute (`DataType.LONG`).
    """

    BIGINT = "bigint"
    BINARY = "binary"
    BOOLEAN = "boolean"
    DATE = "date"
    DOUBLE = "double"
    FLOAT = "float"
    INT = "int"
    INTERVAL = "interval"
    SMALLINT = "smallint"
    STRING = "string"
    TIMESTAMP = "timestamp"
    TIMESTAMP_NTZ = "timestamp_ntz"
    TINYINT = "tinyint"
    VARIANT = "variant"
    VOID = "void"

    BYTE = "tinyint"  # noqa: PIE796 - an alias
    INTEGER = "int"  # noqa: PIE796 - an alias
    LONG = "bigint"  # noqa: PIE796 - an alias
    SHORT = "smallint"  # noqa: PIE796 - an alias

    def __str__(self) -> str:
        return self.value

    @classmethod
    def _missing_(cls, value: object) -> DataType | None:
        word = value.lower() if isinstance(value, str) else ""
        return cls._value2member_map_.get(_OTHER_NAMES.get(word, word))  # type: ignore[return-value] # typed as Enum


_OTHER_NAMES = {
    "bool": "boolean",
    "byte": "tinyint",
    "integer": "int",
    "long": "bigint",
    "null": "void",
    "real": "float",
    "short": "smallint",
    "timestamp_ltz": "timestamp",
}
