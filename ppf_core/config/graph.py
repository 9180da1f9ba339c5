"""The order in which things that depend on each other can be done."""

from __future__ import annotations

import heapq
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from .errors import DependencyCycleError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["find_cycle", "topological_order"]


def topological_order(dependencies: Mapping[str, Collection[str]]) -> list[str]:
    """Every name after all that it depends on; where that leaves a choice, the first in the mapping.

    A dependency that is not itself a key is left out: it is reported elsewhere, and nothing can be said of
    its place.

    Raises:
        DependencyCycleError: names depend on each other in a circle; it says which.
    """
    sorter = _sorter(dependencies)
    try:
        sorter.prepare()
    except CycleError as error:
        raise DependencyCycleError(_forwards(error, dependencies)) from None
    place = {name: index for index, name in enumerate(dependencies)}
    names = list(dependencies)
    # The sorter hands out what is ready in batches. A heap over file positions makes the order depend on the
    # file alone, and keeps a branch that is listed first ahead of one listed later.
    ready = [place[name] for name in sorter.get_ready()]
    heapq.heapify(ready)
    order: list[str] = []
    while ready:
        name = names[heapq.heappop(ready)]
        order.append(name)
        sorter.done(name)
        for next_name in sorter.get_ready():
            heapq.heappush(ready, place[next_name])
    return order


def find_cycle(dependencies: Mapping[str, Collection[str]]) -> list[str] | None:
    """One circle of dependencies, first name repeated at the end (`[a, b, a]`: a depends on b), or None."""
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
    # graphlib lists the circle from what is needed to what needs it, and begins anywhere. A reader follows depends_on
    # the other way, and finds the first name of the file first.
    circle = list(reversed(error.args[1]))[:-1]
    place = {name: index for index, name in enumerate(dependencies)}
    start = min(range(len(circle)), key=lambda index: place[circle[index]])
    return [*circle[start:], *circle[: start + 1]]
