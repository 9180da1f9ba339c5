"""Completed components with records, written as one mapping for each fact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ppf_core.component import DataCount
from ppf_core.runner import CompletedComponent, CompletedComponents, HandOverRecord


def completed_components(
    names: Iterable[str],
    views: Mapping[str, Iterable[str]] | None = None,
    handovers: Mapping[str, HandOverRecord] | None = None,
    dropped: Mapping[str, Iterable[str]] | None = None,
    counts: Mapping[str, Iterable[DataCount]] | None = None,
) -> CompletedComponents:
    """Return the components with the record of each."""
    facts = {*(views or {}), *(handovers or {}), *(dropped or {}), *(counts or {})}
    return CompletedComponents(names, records(facts, views, handovers, dropped, counts))


def records(
    names: Iterable[str],
    views: Mapping[str, Iterable[str]] | None = None,
    handovers: Mapping[str, HandOverRecord] | None = None,
    dropped: Mapping[str, Iterable[str]] | None = None,
    counts: Mapping[str, Iterable[DataCount]] | None = None,
) -> dict[str, CompletedComponent]:
    """Return the record of each of the components."""
    return {
        name: CompletedComponent(
            views=tuple((views or {}).get(name, ())),
            handover=(handovers or {}).get(name),
            dropped=tuple((dropped or {}).get(name, ())),
            counts=tuple((counts or {}).get(name, ())),
        )
        for name in names
    }
