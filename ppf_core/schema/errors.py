"""The error of a schema."""

from __future__ import annotations

from ppf_core.errors import PpfError

__all__ = ["SchemaError"]


class SchemaError(PpfError, ValueError):
    """A schema is not written as one; the message names the column, and what was expected there."""
