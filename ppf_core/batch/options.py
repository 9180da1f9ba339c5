"""Options of Spark's readers and writers."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

__all__ = ["Options"]


def _as_spark_writes_it(value: object) -> object:
    return (
        str(value).lower()
        if isinstance(value, bool)
        else str(value)
        if isinstance(value, int | float)
        else value
    )


Options = dict[str, Annotated[str, BeforeValidator(_as_spark_writes_it)]]
"""Options of a format; HOCON's numbers and booleans become the texts that Spark expects."""
