"""Set of completed components with their records."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .component import CompletedComponent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Set

__all__ = ["CompletedComponents"]

_NOTHING = CompletedComponent()


class CompletedComponents(set[str]):
    """Names of completed components, with the record of each.

    A plain set of names is accepted wherever one of these is; without records nothing is restored or replayed. Set
    operations keep the records of the components that remain; where two operands have a record of a component, that of
    the right operand counts.

    Args:
        names: The completed components; those of another `CompletedComponents` bring their records.
        records: Further records, by name. Records of other components are left out.
    """

    def __init__(
        self, names: Iterable[str] = (), records: Mapping[str, CompletedComponent] | None = None
    ) -> None:
        super().__init__(names)
        known = {**_records_of(names), **(records or {})}
        self._records = {name: record for name, record in known.items() if name in self}

    @property
    def records(self) -> Mapping[str, CompletedComponent]:
        """The records by name; a component about which nothing is known has none."""
        return MappingProxyType(self._records)

    def record(self, name: str) -> CompletedComponent:
        """Return the record of a component, an empty one if nothing is known about it."""
        return self._records.get(name, _NOTHING)

    def without(self, names: Iterable[str]) -> CompletedComponents:
        """Return the same components except `names`."""
        return self.difference(names)

    def copy(self) -> CompletedComponents:
        """Return an independent copy."""
        return CompletedComponents(self)

    def union(self, *others: Iterable[Any]) -> CompletedComponents:  # type: ignore[override]  # names only
        """Return the components of all sets."""
        names = super().union(*others)
        return CompletedComponents(names, self._records | _merged(others))

    def intersection(self, *others: Iterable[Any]) -> CompletedComponents:
        """Return the components that are in all sets."""
        names = super().intersection(*others)
        return CompletedComponents(names, self._records | _merged(others))

    def difference(self, *others: Iterable[Any]) -> CompletedComponents:
        """Return the components that are in no other set."""
        return CompletedComponents(super().difference(*others), self._records)

    def symmetric_difference(  # type: ignore[override]  # names only
        self, other: Iterable[Any]
    ) -> CompletedComponents:
        """Return the components that are in one of both sets."""
        names = super().symmetric_difference(other)
        return CompletedComponents(names, self._records | _records_of(other))

    def update(self, *others: Iterable[Any]) -> None:
        """Add the components of other sets."""
        super().update(*others)
        self._records |= _merged(others)
        self._prune()

    def discard(self, name: object) -> None:
        """Remove a component, if it is there."""
        super().discard(name)
        self._prune()

    def remove(self, name: str) -> None:
        """Remove a component."""
        super().remove(name)
        self._prune()

    def pop(self) -> str:
        """Remove and return any component."""
        name = super().pop()
        self._prune()
        return name

    def clear(self) -> None:
        """Remove all components."""
        super().clear()
        self._records.clear()

    def intersection_update(self, *others: Iterable[Any]) -> None:
        """Keep the components that are in all sets."""
        super().intersection_update(*others)
        self._prune()

    def difference_update(self, *others: Iterable[Any]) -> None:
        """Remove the components of other sets."""
        super().difference_update(*others)
        self._prune()

    def symmetric_difference_update(self, other: Iterable[Any]) -> None:
        """Keep the components that are in one of both sets."""
        more = _records_of(other)
        super().symmetric_difference_update(other)
        self._records |= more
        self._prune()

    def __or__(self, other: Set[Any]) -> CompletedComponents:  # type: ignore[override]  # names only
        return self.union(other)

    def __ror__(self, other: Set[Any]) -> CompletedComponents:
        return CompletedComponents(other).union(self)

    def __and__(self, other: Set[Any]) -> CompletedComponents:
        return self.intersection(other)

    def __rand__(self, other: Set[Any]) -> CompletedComponents:
        return self.intersection(other)

    def __sub__(self, other: Set[Any]) -> CompletedComponents:
        return self.difference(other)

    def __xor__(self, other: Set[Any]) -> CompletedComponents:  # type: ignore[override]  # names only
        return self.symmetric_difference(other)

    def __rxor__(self, other: Set[Any]) -> CompletedComponents:
        return self.symmetric_difference(other)

    def __ior__(self, other: Set[Any]) -> CompletedComponents:  # type: ignore[override]  # names only
        self.update(other)
        return self

    def __iand__(self, other: Set[Any]) -> CompletedComponents:
        self.intersection_update(other)
        return self

    def __isub__(self, other: Set[Any]) -> CompletedComponents:
        self.difference_update(other)
        return self

    def __ixor__(self, other: Set[Any]) -> CompletedComponents:  # type: ignore[override]  # names only
        self.symmetric_difference_update(other)
        return self

    def __reduce__(self) -> tuple[type, tuple[list[str], dict[str, CompletedComponent]]]:
        """Pickle and copy with the records."""
        return type(self), (sorted(self), self._records)

    def _prune(self) -> None:
        """Drop the records of components that are not in the set any more."""
        self._records = {name: record for name, record in self._records.items() if name in self}


def _records_of(names: object) -> dict[str, CompletedComponent]:
    return dict(names.records) if isinstance(names, CompletedComponents) else {}


def _merged(others: Iterable[object]) -> dict[str, CompletedComponent]:
    merged: dict[str, CompletedComponent] = {}
    for other in others:
        merged |= _records_of(other)
    return merged
