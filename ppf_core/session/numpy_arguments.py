"""Keeps PySpark from loading pandas, pyarrow and its own test helpers into every process that starts Spark."""

from __future__ import annotations

import sys
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["look_for_numpy_only_where_it_is"]


def look_for_numpy_only_where_it_is() -> None:
    """Let PySpark ask whether an argument of a call to the JVM is NumPy's only where NumPy has been imported.

    It asks with the first call of all, and imports `pyspark.testing` for it, which imports pandas and pyarrow where
    they are installed: half a second, and 80 MiB (PySpark 4.3, `pyspark.sql.types.NumpyScalarConverter`). Nothing is
    NumPy's before somebody has imported it; for what is, PySpark answers as ever.
    """
    from pyspark.sql import types

    for name in ("NumpyScalarConverter", "NumpyArrayConverter"):
        converter = getattr(types, name, None)  # what another PySpark does not have needs no care
        if converter is not None and not hasattr(converter.can_convert, "__wrapped__"):
            converter.can_convert = _for_numpy(converter.can_convert)


def _for_numpy(can_convert: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    @wraps(can_convert)
    def can_convert_where_numpy_is(converter: Any, argument: Any) -> bool:
        numpy: Any = sys.modules.get("numpy")
        return (
            numpy is not None
            and isinstance(argument, (numpy.generic, numpy.ndarray))
            and can_convert(converter, argument)
        )

    return can_convert_where_numpy_is
