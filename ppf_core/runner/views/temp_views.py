"""The temp views of a session."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ppf_core.session import SparkSessionWrapper

__all__ = ["PUBLISHED", "TempViews", "quoted"]

PUBLISHED = "__ppf_handover_"
"""How the names of views begin that are in a session only to be handed on: no component made them in this process."""

_CALLS_AT_ONCE = 4
"""To a Connect server."""


def quoted(view: str) -> str:
    """The name of a temp view as SQL and Spark's methods take it, whatever characters it has."""
    return f"`{view.replace('`', '``')}`"


class TempViews:
    """Lists, tells apart and drops the temp views of a session.

    In classic mode a view is told by the identity of its plan object in the JVM, so that one replaced by an equal
    plan is another. On Connect, where the server's objects cannot be reached, it is told by the hash of its analysed
    plan; replaced by an equal plan it is the same.

    A session that nobody has started has no views, and is not started to look.
    """

    def __init__(self, session: SparkSessionWrapper) -> None:
        self._session = session

    def names(self) -> set[str]:
        """All of them."""
        if not self._session.started:
            return set()
        if self._session.is_connect_mode:
            rows = self._session.spark.sql("SHOW VIEWS").collect()
            names = {row["viewName"] for row in rows if row["isTemporary"]}
            return {name for name in names if not name.startswith(PUBLISHED)}
        # The catalog's Python face describes each view with a query plan of its own, a thousand times slower; and
        # taking the names one by one would be two calls to the JVM for each.
        listed: str = self._catalog().listLocalTempViews("*").mkString(" ")
        return {name.replace("``", "`") for name in re.findall(r"`((?:[^`]|``)*)`", listed)}

    def identities(self, names: Iterable[str] | None = None) -> dict[str, object]:
        """What tells each view, all or those of `names`, from what it was before it was replaced.

        One that is not there (any more: a component beside may drop it meanwhile) is left out.
        """
        wanted = sorted(self.names() if names is None else names)
        if not wanted or not self._session.started:
            return {}
        spark = self._session.spark
        if self._session.is_connect_mode:
            from pyspark.errors import AnalysisException

            hashed = partial(
                _those_there,
                identity=lambda name: spark.table(quoted(name)).semanticHash(),
                gone=AnalysisException,
            )
            # Each view is a call to the server, and most of its time is waiting.
            with ThreadPoolExecutor(_CALLS_AT_ONCE) as threads:
                parts = threads.map(
                    hashed, (wanted[start::_CALLS_AT_ONCE] for start in range(_CALLS_AT_ONCE))
                )
                return {name: identity for part in parts for name, identity in part.items()}
        from py4j.protocol import Py4JJavaError

        jvm: Any = spark.sparkContext._jvm
        identity, find = jvm.java.lang.System.identityHashCode, self._catalog().getRawTempView
        return _those_there(wanted, lambda name: identity(find(name).get()), Py4JJavaError)

    def drop(self, name: str) -> None:
        """Drop one; nothing happens if it is not there."""
        if self._session.started:
            self._session.spark.catalog.dropTempView(name)  # as it is: this one method takes no quotes

    def _catalog(self) -> Any:
        return self._session.spark._jsparkSession.sessionState().catalog()


def _those_there(
    names: list[str], identity: Callable[[str], object], gone: type[Exception]
) -> dict[str, object]:
    found = {}
    for name in names:
        with suppress(gone):
            found[name] = identity(name)
    return found
