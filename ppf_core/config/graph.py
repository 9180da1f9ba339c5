"""Topological order and cycles of a dependency graph."""

from __future__ import annotations

import heapq
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from .errors import DependencyCycleError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["find_cycle", "topological_order"]


def topological_order(dependencies: Mapping[str, Collection[str]]) -> list[str]:
    """Return the names, each after its dependencies, and otherwise in the order of the mapping.

    A dependency that is not a key is left out; `validate_pipeline` reports it.

    Raises:
        DependencyCycleError: names depend on each other in a cycle.
    """
    sorter = _sorter(dependencies)
    try:
        sorter.prepare()
    except CycleError as error:
        raise DependencyCycleError(_forwards(error, dependencies)) from None
    position = {name: index for index, name in enumerate(dependencies)}
    names = list(dependencies)
    # The sorter returns ready names in batches. With a heap of file positions the order depends on the file alone,
    # and a branch that is listed first stays ahead of a branch that is listed later.
    ready = [position[name] for name in sorter.get_ready()]
    heapq.heapify(ready)
    order: list[str] = []
    while ready:
        name = names[heapq.heappop(ready)]
        order.append(name)
        sorter.done(name)
        for next_name in sorter.get_ready():
            heapq.heappush(ready, position[next_name])
    return order


def find_cycle(dependencies: Mapping[str, Collection[str]]) -> list[str] | None:
    """Return a dependency cycle, first name repeated at the end (`[a, b, a]`: a depends on b), or None."""
    try:
        _sorter(dependencies).prepare()
    except CycleError as error:
        return _forwards(error, dependencies)
    return None


def _sorter(dependencies: Mapping[str, Collection[str]]) -> TopologicalSorter[str]:
    return TopologicalSorter(
        {n: [d for d in needed if d in dependencies] for n, needed in dependencies.items()}
    )


def _forwards(error: CycleError, dependencies: Mapping[str, Collection[str]]) -> list[str]:
    # graphlib lists a cycle from dependency to dependent, with an arbitrary start. Readers follow `depends_on` in the
    # other direction, and expect the name that is first in the file.
    cycle = list(reversed(error.args[1]))[:-1]
    position = {name: index for index, name in enumerate(dependencies)}
    start = min(range(len(cycle)), key=lambda index: position[cycle[index]])
    return [*cycle[start:], *cycle[: start + 1]]
