"""The record of completed components: one type and one codec for checkpoints, XCom and partial runs."""

from __future__ import annotations

from .codec import RecordCodec, RecordError
from .component import CompletedComponent
from .components import CompletedComponents
from .handover_record import HandOverRecord
from .strict import STRICT_RECORD

__all__ = [
    "STRICT_RECORD",
    "CompletedComponent",
    "CompletedComponents",
    "HandOverRecord",
    "RecordCodec",
    "RecordError",
]
