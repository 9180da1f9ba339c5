"""Components for the everyday: read, query, write."""

from __future__ import annotations

from .read import Read, ReadSettings
from .sql import Sql, SqlSettings
from .write import Write, WriteSettings

__all__ = ["Read", "ReadSettings", "Sql", "SqlSettings", "Write", "WriteSettings"]
