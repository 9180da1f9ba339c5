"""Keeps PySpark from loading its test helpers, and with them pandas and pyarrow, into every process."""

from __future__ import annotations

import sys
from importlib import import_module
from threading import Lock
from types import ModuleType
from typing import Any

__all__ = ["postpone_test_helpers"]

HELPERS = "pyspark.testing.utils"
_putting_in_place = Lock()


def postpone_test_helpers() -> None:
    """Let PySpark import `pyspark.testing.utils` only for what it is there for.

    PySpark asks it with the first call of all, and in `functions.lit`, whether NumPy is installed; it imports pandas
    and pyarrow, where they are installed, to answer: half a second, and 80 MiB (PySpark 4.3, `pyspark.sql.types`). A
    stand-in answers that one question instead, with whether NumPy has been imported, since nothing is NumPy's before.
    Whatever else is looked for in it is the real module's, which takes its place at that moment.
    """
    import pyspark

    with _putting_in_place:
        if HELPERS not in sys.modules:
            package = HELPERS.rpartition(".")[0]
            if package not in sys.modules:
                setattr(pyspark, "testing", _StandIn(package))  # noqa: B010 - PySpark's stubs do not have it
            sys.modules[HELPERS] = _StandIn(HELPERS)


class _StandIn(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name == "have_numpy" and self.__name__ == HELPERS:
            return sys.modules.get("numpy") is not None
        if name.startswith("__"):
            # Those who look through all modules, as `inspect` and `warnings` do, ask for such names.
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        with _putting_in_place:
            if sys.modules.get(self.__name__) is self:
                del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)
