"""Start of Spark's JVM, whose standard error is read line by line."""

from __future__ import annotations

import os
import re
import threading
from typing import TYPE_CHECKING

from . import internals

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["start_jvm"]

_MEANINGLESS = re.compile(
    # Java's warnings about options that Spark always passes.
    rb"WARNING: (Using incubator modules: jdk\.incubator\.vector|package sun\.security\.action not in java\.base)\s*"
)
_LONGEST = 64 * 1024
_LAST_WORDS_SECONDS = 5.0
_STDERR = 2

_starting = threading.Lock()


def start_jvm(conf: dict[str, str], on_line: Callable[[str], object] | None = None) -> None:
    """Start the JVM that PySpark would start with `conf`, unless this process has a JVM or needs none.

    A thread passes each line of the JVM's standard error to `on_line` (default: to the standard error of this process)
    until the process ends. Two meaningless warnings of Java are left out.

    Raises:
        PySparkRuntimeError: the JVM ended during its start. All its lines have been passed on before.
    """
    if _is_for_connect(conf):
        return
    from pyspark import SparkConf

    with _starting:
        if internals.has_gateway():
            return
        read_end, write_end = os.pipe()
        reader = threading.Thread(
            target=_pass_on, args=(read_end, on_line), name="ppf-jvm-stderr", daemon=True
        )
        reader.start()
        try:
            wanted = SparkConf().setAll(list(conf.items()))
            gateway = internals.launch_gateway(wanted, write_end)
        except BaseException:
            os.close(write_end)
            reader.join(_LAST_WORDS_SECONDS)
            raise
        os.close(write_end)
        internals.use_gateway(gateway)


def _is_for_connect(conf: dict[str, str]) -> bool:
    """Return whether PySpark is to use Spark Connect, where it starts a JVM itself or needs none."""
    mode = conf.get("spark.api.mode") or os.environ.get("SPARK_API_MODE", "")
    return (
        "SPARK_REMOTE" in os.environ
        or "SPARK_CONNECT_MODE_ENABLED" in os.environ
        or (mode.lower() or "classic") != "classic"
        or os.environ.get("SPARK_CONNECT_MODE") == "1"
    )


def _pass_on(read_end: int, on_line: Callable[[str], object] | None) -> None:
    with os.fdopen(read_end, "rb") as output:
        while line := output.readline(_LONGEST):
            if _MEANINGLESS.fullmatch(line):
                continue
            if on_line is not None:
                try:
                    on_line(line.decode("utf-8", "replace").rstrip())
                    continue
                except Exception:  # noqa: BLE001, S110 - written below: the JVM blocks if its output is not read
                    pass
            # To the descriptor, as the JVM itself would: `sys.stderr` may be redirected for Python's output.
            os.write(_STDERR, line)
