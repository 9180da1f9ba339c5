"""SQL text of names and values: quoted identifiers and literals."""

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
"""Types of a bound; a `datetime` is a `date` too."""

_TABLE_PART = re.compile(r"`(?:[^`]|``)+`|[^`.]+")


def quoted_column(name: str) -> str:
    """Quote a column name with backticks; its dots are part of the name and never refer to a field of a struct."""
    return "`" + name.replace("`", "``") + "`"


def quoted_table(name: str) -> str:
    """Quote each part of a table's or view's name with backticks; dots outside of backticks separate the parts.

    A text that is not such a name is returned unchanged, for Spark to refuse.
    """
    parts = _TABLE_PART.findall(name)
    if ".".join(parts) != name:
        return name
    return ".".join(part if part.startswith("`") else f"`{part}`" for part in parts)


def literal(value: Bound) -> str:
    """Format a value as a literal of Spark SQL.

    As everywhere in Spark SQL, a `datetime` without time zone is in the session's time zone.

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
    """Return the columns as a tuple; a single name is a single column.

    Raises:
        CheckDefinitionError: there is no column, or an entry is not a name.
    """
    names = (columns,) if isinstance(columns, str) else tuple(columns)
    if not names or not all(isinstance(name, str) and name for name in names):
        raise CheckDefinitionError(f"{where}: expected names of columns, got {columns!r}")
    return names
