"""Record of one completed component."""

from __future__ import annotations

from dataclasses import dataclass

from ppf_core.component import DataCount

from .handover_record import HandOverRecord
from .strict import STRICT_RECORD

__all__ = ["CompletedComponent"]


@dataclass(frozen=True)
class CompletedComponent:
    """Record of a completed component. A new fact about completed components is a new field here.

    Args:
        views: Temp views that it created or replaced.
        handover: Where these views can be restored from; None if they were neither written nor published.
        dropped: Temp views that it dropped.
        counts: Rows and bytes of each materialised view and each target that it wrote.

    Raises:
        ValueError: there is a hand-over and no views.
    """

    __pydantic_config__ = STRICT_RECORD

    views: tuple[str, ...] = ()
    handover: HandOverRecord | None = None
    dropped: tuple[str, ...] = ()
    counts: tuple[DataCount, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a hand-over without views, of which nothing could be restored."""
        if self.handover is not None and not self.views:
            raise ValueError("expected views beside a hand-over, got none")
