"""Starts Spark's JVM, and hears what it writes on its standard error."""

from __future__ import annotations

import os
import re
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["start_jvm"]

_SAYS_NOTHING = re.compile(
    # Java's, of options that Spark gives it whether or not it needs them.
    rb"WARNING: (Using incubator modules: jdk\.incubator\.vector|package sun\.security\.action not in java\.base)\s*"
)
_LONGEST = 64 * 1024
_LAST_WORDS_SECONDS = 5.0
_STDERR = 2

_starting = threading.Lock()


def start_jvm(conf: dict[str, str], tell: Callable[[str], object] | None = None) -> None:
    """Start the JVM that PySpark would start with `conf`, unless this process has one or is to have none.

    What it writes on standard error, as long as this process lives, goes line by line to `tell`, in a thread of its
    own; by default to this process's standard error. Two lines of Java's are left out that mean nothing.

    Raises:
        PySparkRuntimeError: it ended before it was up. All that it wrote has been told by then.
    """
    if _is_for_connect(conf):
        return
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway

    with _starting:
        if SparkContext._gateway is not None:
            return
        read_end, write_end = os.pipe()
        reader = threading.Thread(target=_pass_on, args=(read_end, tell), name="ppf-jvm-stderr", daemon=True)
        reader.start()
        try:
            wanted = SparkConf().setAll(list(conf.items()))
            gateway = launch_gateway(wanted, {"stderr": write_end})  # type: ignore[no-untyped-call]
        except BaseException:
            os.close(write_end)
            reader.join(_LAST_WORDS_SECONDS)
            raise
        os.close(write_end)
        SparkContext._ensure_initialized(gateway=gateway)


def _is_for_connect(conf: dict[str, str]) -> bool:
    """Whether PySpark would start a JVM in its own way, or none."""
    mode = conf.get("spark.api.mode") or os.environ.get("SPARK_API_MODE", "")
    return (
        "SPARK_REMOTE" in os.environ
        or "SPARK_CONNECT_MODE_ENABLED" in os.environ
        or (mode.lower() or "classic") != "classic"
        or os.environ.get("SPARK_CONNECT_MODE") == "1"
    )


def _pass_on(read_end: int, tell: Callable[[str], object] | None) -> None:
    with os.fdopen(read_end, "rb") as output:
        while line := output.readline(_LONGEST):
            if _SAYS_NOTHING.fullmatch(line):
                continue
            if tell is not None:
                try:
                    tell(line.decode("utf-8", "replace").rstrip())
                    continue
                except Exception:  # noqa: BLE001, S110 - it must be told, and a JVM that nobody hears stands still
                    pass
            # The descriptor, as the JVM itself would: `sys.stderr` may be somebody's who wants Python's words only.
            os.write(_STDERR, line)
