"""Temp views of a Spark session: list, identify and drop them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from ppf_core.session import internals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ppf_core.session import SparkSessionWrapper

__all__ = ["PUBLISHED", "TempViews", "quoted"]

PUBLISHED = "__ppf_handover_"
"""Prefix of views in a shared session that are there only to be handed over: no component of this process made them."""

_PARALLEL_CALLS = 4
"""Parallel calls to a Spark Connect server."""


def quoted(view: str) -> str:
    """Quote the name of a temp view, which may contain any characters, for SQL and for Spark's methods."""
    return f"`{view.replace('`', '``')}`"


class TempViews:
    """Lists, identifies and drops the temp views of a session.

    In classic mode, the identity of a view is that of its plan object in the JVM: replacing a view by an equal plan
    changes it. On Spark Connect, where the objects of the server are out of reach, it is the hash of the analysed plan:
    replacing a view by an equal plan does not change it.

    A session that is not started has no views, and none of the methods starts it.
    """

    def __init__(self, session: SparkSessionWrapper) -> None:
        self._session = session

    def names(self) -> set[str]:
        """Return the names of all temp views."""
        if not self._session.started:
            return set()
        if self._session.is_connect_mode:
            rows = self._session.spark.sql("SHOW VIEWS").collect()
            names = {row["viewName"] for row in rows if row["isTemporary"]}
            return {name for name in names if not name.startswith(PUBLISHED)}
        return internals.temp_view_names(self._session.spark)

    def identities(self, names: Iterable[str] | None = None) -> dict[str, object]:
        """Return an identity for each view, or each of `names`, which changes when the view is replaced.

        Views that do not exist are omitted: a component that runs in parallel may drop a view at any time.
        """
        wanted = sorted(self.names() if names is None else names)
        if not wanted or not self._session.started:
            return {}
        spark = self._session.spark
        if self._session.is_connect_mode:
            from pyspark.errors import AnalysisException

            identify = partial(
                _existing,
                identity=lambda name: spark.table(quoted(name)).semanticHash(),
                missing=AnalysisException,
            )
            # Each view is a call to the server, which spends most of its time waiting.
            with ThreadPoolExecutor(_PARALLEL_CALLS) as threads:
                parts = threads.map(
                    identify, (wanted[start::_PARALLEL_CALLS] for start in range(_PARALLEL_CALLS))
                )
                return {name: identity for part in parts for name, identity in part.items()}
        from py4j.protocol import Py4JJavaError

        return _existing(wanted, internals.temp_view_identity(spark), Py4JJavaError)

    def drop(self, name: str) -> None:
        """Drop a view; do nothing if it does not exist."""
        if self._session.started:
            self._session.spark.catalog.dropTempView(name)  # this method alone takes no quotes


def _existing(
    names: list[str], identity: Callable[[str], object], missing: type[Exception]
) -> dict[str, object]:
    identities = {}
    for name in names:
        with suppress(missing):
            identities[name] = identity(name)
    return identities
