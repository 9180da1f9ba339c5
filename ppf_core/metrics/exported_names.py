"""Metric names as exported to another system."""

from __future__ import annotations

from .errors import MetricError

__all__ = ["ExportedNames"]


class ExportedNames:
    """Refuses metric names that another system cannot distinguish, since their values would mix there."""

    def __init__(self, system: str) -> None:
        self._system = system
        self._owners: dict[str, str] = {}

    def claim(self, name: str, exported: str) -> str:
        """Reserve `exported` for `name` and return it; raise `MetricError` if another name has it."""
        owner = self._owners.setdefault(exported, name)
        if owner != name:
            raise MetricError(
                name, f"is {exported!r} in {self._system}, and so is {owner!r}; rename one of the two"
            )
        return exported
