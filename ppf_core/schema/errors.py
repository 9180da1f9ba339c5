"""Error of schema definitions."""

from __future__ import annotations

from ppf_core.errors import PpfError

__all__ = ["SchemaError"]


class SchemaError(PpfError, ValueError):
    """A schema definition is invalid; the message names the column and the expected text."""
