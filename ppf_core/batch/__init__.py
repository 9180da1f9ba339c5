"""Built-in components: Read, Sql and Write."""

from __future__ import annotations

from .own_input import OwnInputError
from .read import Read, ReadSettings
from .sql import Sql, SqlSettings
from .write import Write, WriteSettings

__all__ = ["OwnInputError", "Read", "ReadSettings", "Sql", "SqlSettings", "Write", "WriteSettings"]
