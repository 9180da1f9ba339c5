"""View tracker: finds the temp views that a component created, replaced or dropped."""

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
    """Changes of a component to the temp views of the session, by name.

    `made` are the views that it created or replaced, `dropped` those that it removed.
    """

    made: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


@dataclass
class _Tracked:
    """State of a running component; `made` maps views to identities, and is empty if it declares its outputs."""

    outputs: Sequence[str]
    views_before: Collection[str]
    made: dict[str, object] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    is_final: bool = False


class ViewTracker:
    """Compares the temp views of the session before and after a component.

    If a component declares `outputs`, the tracker only checks that these views exist. Otherwise it compares
    `TempViews.identities`.

    Components may run in parallel, and Spark does not record which component changed a view. So a view that changed
    while several components ran counts as made by each of them that declares no `outputs`, unless one of them declares
    this view. A resumed run may thus replay more than necessary, but never less. A view that vanished counts as dropped
    by each.

    The tracker is thread-safe.
    """

    def __init__(self, session: SparkSessionWrapper) -> None:
        self._session = session
        self._views = TempViews(session)
        self._lock = threading.Lock()
        self._last: dict[str, object] | None = None  # the last snapshot; with identities if `_exact`
        self._exact = False
        self._running: dict[str, _Tracked] = {}

    def before(self, component: ComponentConfig) -> None:
        """Record the views before `component` runs; while no component runs, the last snapshot stays valid."""
        with self._lock:
            exact = not component.outputs
            if self._running:
                self._update(exact=exact)
            elif self._last is None or (exact and not self._exact):
                self._last = self._snapshot(exact=exact)
            self._running[component.name] = _Tracked(component.outputs, frozenset(self._last or ()))

    def so_far(self, component: ComponentConfig) -> ViewChanges:
        """Return the changes of `component`, which is still running.

        Raises:
            ComponentError: a declared output does not exist.
        """
        with self._lock:
            return self._so_far(component)

    def after(self, component: ComponentConfig) -> ViewChanges:
        """Return the changes of `component`, which has ended, and stop tracking it.

        Raises:
            ComponentError: a declared output does not exist.
        """
        with self._lock:
            tracked = self._running[component.name]
            changes = _changes(tracked) if tracked.is_final else self._so_far(component)
            del self._running[component.name]
            return changes

    def forget(self, component: ComponentConfig) -> None:
        """Stop tracking a component that failed, so that its views do not count as made by the next component."""
        with self._lock:
            self._running.pop(component.name, None)
            if not self._running:
                self._last = None

    @contextmanager
    def redefining(
        self, views: Collection[str], by: ComponentConfig | None = None
    ) -> Iterator[tuple[str, ...]]:
        """Let the runner itself redefine or drop `views` without counting the changes as those of a component.

        Yields the views that may be redefined. With `by`, `views` are the views that `by` made according to `so_far`:
        those that a parallel component has replaced since are left out, and later changes do not count as made by
        `by`.
        """
        with self._lock:
            tracked = self._running[by.name] if by is not None else None
            if tracked is not None and not tracked.outputs:
                current = self._views.identities(views)
                tracked.made = {
                    name: current[name] for name in views if current.get(name) == tracked.made.get(name)
                }
                views = tracked.made
            yield tuple(views)
            if self._last is not None:
                redefined = self._views.identities(views) if self._exact else dict.fromkeys(views)
                unchanged = {name: seen for name, seen in self._last.items() if name not in views}
                self._last = unchanged | redefined
            if tracked is not None:
                tracked.is_final = True

    def drop(self, views: Collection[str]) -> None:
        """Drop views on behalf of the runner."""
        with self.redefining(views):
            for name in views:
                self._views.drop(name)

    def _so_far(self, component: ComponentConfig) -> ViewChanges:
        self._update(exact=False)
        if component.outputs:
            self._refuse_missing(component)
        return _changes(self._running[component.name])

    def _update(self, *, exact: bool) -> None:
        """Take a snapshot, and assign the changes since the last to the running components.

        `exact` takes identities also if no running component needs them.
        """
        if not self._last and not self._session.started:
            self._last, self._exact = {}, True  # no session, no views
            return
        running = [tracked for tracked in self._running.values() if not tracked.is_final]
        exact = exact or any(not tracked.outputs for tracked in running)
        before, comparable = self._last or {}, exact and self._exact
        self._last = now = self._snapshot(exact=exact)
        removed = before.keys() - now.keys()
        declared = {name for tracked in running for name in tracked.outputs}
        changed = {
            name: identity
            for name, identity in now.items()
            if comparable and before.get(name) != identity and name not in declared
        }
        for tracked in running:
            tracked.dropped |= removed.intersection(tracked.views_before)
            tracked.dropped -= now.keys()
            if not tracked.outputs:
                tracked.made.update(changed)
                for name in removed:
                    tracked.made.pop(name, None)

    def _refuse_missing(self, component: ComponentConfig) -> None:
        existing = self._last or {}
        unseen = [name for name in component.outputs if name not in existing]
        # Spark may know a view under another spelling.
        missing = [name for name in unseen if not self._session.spark.catalog.tableExists(quoted(name))]
        if missing:
            raise ComponentError(
                f"component {component.name!r} declares outputs {component.outputs} but made no temp view "
                f"{', '.join(missing)}; the session's views are: {', '.join(sorted(existing)) or 'none'}"
            )

    def _snapshot(self, *, exact: bool) -> dict[str, object]:
        self._exact = exact
        return self._views.identities() if exact else dict.fromkeys(self._views.names())


def _changes(tracked: _Tracked) -> ViewChanges:
    made = tracked.outputs or sorted(tracked.made)
    return ViewChanges(tuple(made), tuple(sorted(tracked.dropped)))
