"""Errors of hand-overs."""

from __future__ import annotations

from ppf_core.errors import PpfError

__all__ = ["HandOverDamagedError"]


class HandOverDamagedError(PpfError):
    """Missing or changed files in the hand-over of `component`, which has to be replayed."""

    def __init__(self, component: str, reason: str) -> None:
        super().__init__(f"the hand-over of component {component!r} cannot be restored: {reason}")
        self.component = component
        self.reason = reason

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.component, self.reason)
