"""Table schemas: declared as text or read from Spark, and compared without Spark."""

from __future__ import annotations

from .data_type import DataType
from .definition import SchemaDefinition, SchemaField
from .errors import SchemaError

__all__ = ["DataType", "SchemaDefinition", "SchemaError", "SchemaField"]
