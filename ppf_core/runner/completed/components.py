"""Set of completed components with their records."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .component import CompletedComponent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Set

__all__ = ["CompletedComponents"]

_NOTHING = CompletedComponent()


class CompletedComponents(set[str]):
    """Names of completed components, with the record of each.

    A plain set of names is accepted wherever one of these is; without records nothing is restored or replayed.

    Args:
        names: The completed components.
        records: Their records, by name. Records of other components are left out, and so is the hand-over of a
            component that has no views.
    """

    def __init__(
        self, names: Iterable[str] = (), records: Mapping[str, CompletedComponent] | None = None
    ) -> None:
        super().__init__(names)
        self._records = {
            name: record if record.views or record.handover is None else replace(record, handover=None)
            for name, record in (records or {}).items()
            if name in self
        }

    @property
    def records(self) -> Mapping[str, CompletedComponent]:
        """The records by name; a component about which nothing is known has none."""
        return MappingProxyType(self._records)

    def record(self, name: str) -> CompletedComponent:
        """Return the record of a component, an empty one if nothing is known about it."""
        return self._records.get(name, _NOTHING)

    def without(self, names: Iterable[str]) -> CompletedComponents:
        """Return the same components except `names`."""
        return CompletedComponents(self.difference(names), self._records)

    def __or__(self, other: Set[Any]) -> CompletedComponents:  # type: ignore[override]  # a union of names is one of names
        """Return the components of both; for a component in both, the record of `other` counts if it has one."""
        more = other.records if isinstance(other, CompletedComponents) else {}
        return CompletedComponents(self.union(other), {**self._records, **more})

    def __reduce__(self) -> tuple[type, tuple[list[str], dict[str, CompletedComponent]]]:
        """Pickle and copy with the records."""
        return type(self), (sorted(self), self._records)
