"""Which temp views a component made or replaced."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ppf_core.component import ComponentError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from ppf_core.config import ComponentConfig
    from ppf_core.session import SparkSessionWrapper

__all__ = ["ViewTracker", "quoted"]


def quoted(view: str) -> str:
    """The name of a temp view as SQL and Spark's methods take it, whatever characters it has."""
    return f"`{view.replace('`', '``')}`"


class ViewTracker:
    """Compares the session's temp views before and after a component.

    A component that declares `outputs` is believed, once those views are seen to exist; for any other, all views
    are looked at. In classic mode a view is known by the identity of its plan object in the JVM, so that one
    replaced by an equal plan is seen as well, at about 0.4 ms a view. On Connect, where the server's objects
    cannot be reached, a view is known by the hash of its analysed plan; replaced by an equal plan it counts as
    unchanged.

    Components may overlap. Whose view it is that changed while several ran cannot be seen; so it counts as made
    by each of those that ran and declare no `outputs`, unless one that ran declares it. What is replayed may
    thereby be too much, but never too little.

    A session that nobody has started has no views, and is not started to look. Threads may share a tracker.
    """

    def __init__(self, session: SparkSessionWrapper) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._last: dict[str, object] | None = None
        self._running: dict[str, set[str]] = {}  # undeclared: what each has made, as far as has been seen
        self._declaring: dict[str, Sequence[str]] = {}

    def before(self, component: ComponentConfig) -> None:
        """Look before `component` runs; what was seen after the last one, if nothing runs, is still true."""
        with self._lock:
            if component.outputs:
                self._declaring[component.name] = component.outputs
                return
            if self._running:
                self._look()
            elif self._last is None or self._declaring:
                self._last = self._snapshot()
            self._running[component.name] = set()

    def after(self, component: ComponentConfig) -> tuple[str, ...]:
        """The views that `component` made or replaced since `before`, by name.

        Raises:
            ComponentError: a view that it declares does not exist.
        """
        with self._lock:
            if component.outputs:
                if self._running:
                    self._look()
                else:
                    self._last = None
                self._declaring.pop(component.name, None)
                return self._declared(component)
            self._look()
            return tuple(sorted(self._running.pop(component.name, ())))

    def forget(self, component: ComponentConfig) -> None:
        """After a component that failed half-way: what it made is not the next one's."""
        with self._lock:
            self._running.pop(component.name, None)
            self._declaring.pop(component.name, None)
            if not self._running:
                self._last = None

    def redefined(self, views: Collection[str]) -> None:
        """After the runner itself has defined `views` anew on what was written: no component's doing."""
        with self._lock:
            if not self._running:
                self._last = None
            elif self._last is not None:
                now = self._snapshot()
                self._last.update({name: now[name] for name in views if name in now})

    def _look(self) -> None:
        """See what has changed since the last look, and whose it may be."""
        before, now = self._last or {}, self._snapshot()
        self._last = now
        declared = {name for outputs in self._declaring.values() for name in outputs}
        changed = {name for name, identity in now.items() if before.get(name) != identity} - declared
        for made in self._running.values():
            made |= changed

    def _declared(self, component: ComponentConfig) -> tuple[str, ...]:
        spark = self._session.spark
        missing = [name for name in component.outputs if not spark.catalog.tableExists(quoted(name))]
        if missing:
            present = ", ".join(sorted(self._snapshot())) or "none"
            raise ComponentError(
                f"component {component.name!r} declares outputs {component.outputs} but made no temp view "
                f"{', '.join(missing)}; the session's views are: {present}"
            )
        return tuple(component.outputs)

    def _snapshot(self) -> dict[str, object]:
        if not self._session.started:
            return {}
        spark = self._session.spark
        if self._session.is_connect_mode:
            from pyspark.errors import AnalysisException

            names = [row["viewName"] for row in spark.sql("SHOW VIEWS").collect() if row["isTemporary"]]
            return _those_still_there(
                names, lambda name: spark.table(quoted(name)).semanticHash(), AnalysisException
            )
        from py4j.protocol import Py4JJavaError

        # The catalog's Python face describes each view with a query plan of its own, a thousand times slower.
        jvm: Any = spark.sparkContext._jvm
        catalog = spark._jsparkSession.sessionState().catalog()
        identity = jvm.java.lang.System.identityHashCode
        views = catalog.listLocalTempViews("*")
        names = [views.apply(position).table() for position in range(views.size())]
        return _those_still_there(
            names, lambda name: identity(catalog.getRawTempView(name).get()), Py4JJavaError
        )


def _those_still_there(
    names: list[str], identity: Callable[[str], object], gone: type[Exception]
) -> dict[str, object]:
    """Each view's identity, without those that a component beside has dropped since they were listed."""
    found = {}
    for name in names:
        with suppress(gone):
            found[name] = identity(name)
    return found
