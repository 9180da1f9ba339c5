"""Which temp views a component made, replaced or dropped."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ppf_core.component import ComponentError

from .temp_views import TempViews, quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ppf_core.config import ComponentConfig
    from ppf_core.session import SparkSessionWrapper

__all__ = ["ViewChanges", "ViewTracker", "quoted"]


@dataclass(frozen=True)
class ViewChanges:
    """What a component did to the session's temp views, by name.

    `made` are there now and were not, or not so, before. `dropped` were there before and are not now.
    """

    made: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


@dataclass
class _Tracked:
    """What is known of a component that runs: `made` with identities, unless it declares its outputs."""

    outputs: Sequence[str]
    there: Collection[str]
    made: dict[str, object] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    is_over: bool = False


class ViewTracker:
    """Compares the session's temp views before and after a component.

    A component that declares `outputs` is believed as to what it made, once those views are seen to exist; only names
    are looked at. For any other, all views are looked at as `TempViews.identities` tells them.

    Components may overlap. Whose view it is that changed while several ran cannot be seen; so it counts as made
    by each of those that ran and declare no `outputs`, unless one that ran declares it. What is replayed may
    thereby be too much, but never too little. What vanished counts as dropped by each.

    Threads may share a tracker.
    """

    def __init__(self, session: SparkSessionWrapper) -> None:
        self._session = session
        self._views = TempViews(session)
        self._lock = threading.Lock()
        self._last: dict[str, object] | None = None  # what was seen last; identities only if `_exact`
        self._exact = False
        self._running: dict[str, _Tracked] = {}

    def before(self, component: ComponentConfig) -> None:
        """Look before `component` runs; what was seen after the last one, if nothing runs, is still true."""
        with self._lock:
            exact = not component.outputs
            if self._running:
                self._look(exact=exact)
            elif self._last is None or (exact and not self._exact):
                self._last = self._snapshot(exact=exact)
            self._running[component.name] = _Tracked(component.outputs, frozenset(self._last or ()))

    def so_far(self, component: ComponentConfig) -> ViewChanges:
        """What `component`, which goes on, has done since `before`.

        Raises:
            ComponentError: a view that it declares does not exist.
        """
        with self._lock:
            return self._so_far(component)

    def after(self, component: ComponentConfig) -> ViewChanges:
        """What `component`, which has ended, did since `before`; errors as for `so_far`."""
        with self._lock:
            tracked = self._running[component.name]
            changes = _changes(tracked) if tracked.is_over else self._so_far(component)
            del self._running[component.name]
            return changes

    def forget(self, component: ComponentConfig) -> None:
        """After a component that failed half-way: what it made is not the next one's."""
        with self._lock:
            self._running.pop(component.name, None)
            if not self._running:
                self._last = None

    @contextmanager
    def redefining(
        self, views: Collection[str], by: ComponentConfig | None = None
    ) -> Iterator[tuple[str, ...]]:
        """While the runner itself defines `views` anew, or drops them: no component's doing.

        It yields those of them that it may define. Where they are what `by` has made, as `so_far` told, that leaves
        out what a component beside has replaced since then; and nothing more counts as made by `by`.
        """
        with self._lock:
            tracked = self._running[by.name] if by is not None else None
            if tracked is not None and not tracked.outputs:
                now = self._views.identities(views)
                tracked.made = {name: now[name] for name in views if now.get(name) == tracked.made.get(name)}
                views = tracked.made
            yield tuple(views)
            if self._last is not None:
                now = self._views.identities(views) if self._exact else dict.fromkeys(views)
                self._last = {name: is_ for name, is_ in self._last.items() if name not in views} | now
            if tracked is not None:
                tracked.is_over = True

    def drop(self, views: Collection[str]) -> None:
        """Drop views for the runner."""
        with self.redefining(views):
            for name in views:
                self._views.drop(name)

    def _so_far(self, component: ComponentConfig) -> ViewChanges:
        self._look(exact=False)
        if component.outputs:
            self._refuse_missing(component)
        return _changes(self._running[component.name])

    def _look(self, *, exact: bool) -> None:
        """See what has changed since the last look, and whose it may be; `exact` for one that is about to begin."""
        if not self._last and not self._session.started:
            self._last, self._exact = {}, True  # without a session there are no views, and were none
            return
        running = [tracked for tracked in self._running.values() if not tracked.is_over]
        exact = exact or any(not tracked.outputs for tracked in running)
        before, comparable = self._last or {}, exact and self._exact
        self._last = now = self._snapshot(exact=exact)
        gone = before.keys() - now.keys()
        declared = {name for tracked in running for name in tracked.outputs}
        changed = {
            name: identity
            for name, identity in now.items()
            if comparable and before.get(name) != identity and name not in declared
        }
        for tracked in running:
            tracked.dropped |= gone.intersection(tracked.there)
            tracked.dropped -= now.keys()
            if not tracked.outputs:
                tracked.made.update(changed)
                for name in gone:
                    tracked.made.pop(name, None)

    def _refuse_missing(self, component: ComponentConfig) -> None:
        there = self._last or {}
        unseen = [name for name in component.outputs if name not in there]
        # Spark may know a view by another spelling.
        missing = [name for name in unseen if not self._session.spark.catalog.tableExists(quoted(name))]
        if missing:
            raise ComponentError(
                f"component {component.name!r} declares outputs {component.outputs} but made no temp view "
                f"{', '.join(missing)}; the session's views are: {', '.join(sorted(there)) or 'none'}"
            )

    def _snapshot(self, *, exact: bool) -> dict[str, object]:
        self._exact = exact
        return self._views.identities() if exact else dict.fromkeys(self._views.names())


def _changes(tracked: _Tracked) -> ViewChanges:
    made = tracked.outputs or sorted(tracked.made)
    return ViewChanges(tuple(made), tuple(sorted(tracked.dropped)))
