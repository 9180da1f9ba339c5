"""What can be wrong with a hand-over."""

from __future__ import annotations

from ppf_core.errors import PpfError

__all__ = ["HandOverDamagedError"]


class HandOverDamagedError(PpfError):
    """The hand-over of `component` cannot be restored, because of `reason`; the component has to be replayed."""

    def __init__(self, component: str, reason: str) -> None:
        super().__init__(f"the hand-over of component {component!r} cannot be restored: {reason}")
        self.component = component
        self.reason = reason

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.component, self.reason)
