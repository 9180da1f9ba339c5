"""Our names as another system has to spell them."""

from __future__ import annotations

from .errors import MetricError

__all__ = ["ExportedNames"]


class ExportedNames:
    """Sees to it that no two of our names become one over there, where their numbers would mix unseen."""

    def __init__(self, system: str) -> None:
        self._system = system
        self._owners: dict[str, str] = {}

    def claim(self, name: str, exported: str) -> str:
        """`exported`, which is `name` from now on; `MetricError` if it is another name already."""
        owner = self._owners.setdefault(exported, name)
        if owner != name:
            raise MetricError(
                name, f"is {exported!r} in {self._system}, and so is {owner!r}; rename one of the two"
            )
        return exported
