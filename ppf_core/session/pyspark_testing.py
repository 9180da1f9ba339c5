"""Lazy import of PySpark's test helpers, which load pandas and pyarrow into every process."""

from __future__ import annotations

import sys
from importlib import import_module
from threading import Lock
from types import ModuleType
from typing import Any

__all__ = ["postpone_test_helpers"]

HELPERS = "pyspark.testing.utils"
_replacing_lock = Lock()


def postpone_test_helpers() -> None:
    """Replace `pyspark.testing.utils` with a stand-in until its test helpers are used.

    PySpark imports it on the first call, and in `functions.lit`, to check whether NumPy is installed, and it imports
    pandas and pyarrow if they are installed: half a second, and 80 MiB (PySpark 4.3, `pyspark.sql.types`). The stand-in
    answers whether NumPy has been imported, since before that no value is NumPy's. Any other attribute loads the real
    module, which replaces the stand-in.
    """
    import pyspark

    with _replacing_lock:
        if HELPERS not in sys.modules:
            package = HELPERS.rpartition(".")[0]
            if package not in sys.modules:
                setattr(pyspark, "testing", _StandIn(package))  # noqa: B010 - missing in PySpark's stubs
            sys.modules[HELPERS] = _StandIn(HELPERS)


class _StandIn(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name == "have_numpy" and self.__name__ == HELPERS:
            return sys.modules.get("numpy") is not None
        if name.startswith("__"):
            # `inspect` and `warnings` look up such names in all modules.
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        with _replacing_lock:
            if sys.modules.get(self.__name__) is self:
                del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)
