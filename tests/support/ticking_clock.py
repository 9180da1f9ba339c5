"""A clock that advances only when it is read."""

from __future__ import annotations

__all__ = ["Ticking"]


class Ticking:
    """A clock that advances by `step` seconds each time it is read."""

    def __init__(self, step: float = 0.0) -> None:
        self.now = 100.0
        self.step = step

    def __call__(self) -> float:
        """Return the time before it advances."""
        self.now += self.step
        return self.now - self.step
