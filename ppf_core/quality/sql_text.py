"""Names and values as SQL writes them."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING

from .errors import CheckDefinitionError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Bound", "column_names", "literal", "quoted_column", "quoted_table"]

Bound = int | float | Decimal | date | str
"""What can stand as a bound; a `datetime` is a `date` too."""

_TABLE_PART = re.compile(r"`(?:[^`]|``)+`|[^`.]+")


def quoted_column(name: str) -> str:
    """The name in backticks; dots and backticks are part of it, so it never means a field of a struct."""
    return "`" + name.replace("`", "``") + "`"


def quoted_table(name: str) -> str:
    """A table's or view's name with each part in backticks; a dot parts, unless it is within backticks.

    What is not a name in this sense is returned as it is, for Spark to refuse.
    """
    parts = _TABLE_PART.findall(name)
    if ".".join(parts) != name:
        return name
    return ".".join(part if part.startswith("`") else f"`{part}`" for part in parts)


def literal(value: Bound) -> str:
    """The value as a literal of Spark SQL.

    A `datetime` without time zone is a time of the session's time zone, as it is everywhere in Spark SQL.

    Raises:
        CheckDefinitionError: the value is not a number, a date, a time or text, or is not a number (NaN).
    """
    if isinstance(value, bool) or not isinstance(value, Bound):
        raise CheckDefinitionError(f"Expected a number, a date, a time or text, got {value!r}")
    if isinstance(value, float | Decimal) and math.isnan(value):
        raise CheckDefinitionError(f"Expected a number to compare with, got {value!r}")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | Decimal) and math.isinf(value):
        return f"double('{'-' if value < 0 else ''}Infinity')"
    if isinstance(value, float):
        return f"{value!r}D"
    if isinstance(value, Decimal):
        return f"{value:f}BD"
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            value = value.astimezone(timezone.utc)
        return f"TIMESTAMP'{value.isoformat(' ')}'"
    if isinstance(value, date):
        return f"DATE'{value.isoformat()}'"
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def column_names(columns: str | Sequence[str], where: str) -> tuple[str, ...]:
    """The columns as a tuple, a single name being one column.

    Raises:
        CheckDefinitionError: there is none, or one is not a name.
    """
    names = (columns,) if isinstance(columns, str) else tuple(columns)
    if not names or not all(isinstance(name, str) and name for name in names):
        raise CheckDefinitionError(f"{where}: expected names of columns, got {columns!r}")
    return names
