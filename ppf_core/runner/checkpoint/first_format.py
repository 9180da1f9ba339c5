"""Checkpoints of format 1, written by release 0.1.0: one mapping for each fact instead of one record a component."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ppf_core.component import DataCount
from ppf_core.runner.completed import STRICT_RECORD, CompletedComponent, HandOverRecord, RecordCodec

from .try_record import TryRecord

__all__ = ["decode"]


@dataclass(frozen=True)
class _Document:
    __pydantic_config__ = STRICT_RECORD

    format: int
    run_id: str
    pipeline_name: str
    pipeline_fingerprint: str
    completed_components: list[str]
    failed_component: str | None
    status: str
    created_at: str
    updated_at: str
    views: dict[str, list[str]]
    tries: list[TryRecord]
    handovers: dict[str, HandOverRecord]
    dropped: dict[str, list[str]] = field(default_factory=dict)
    counts: dict[str, list[DataCount]] = field(default_factory=dict)


_CODEC = RecordCodec(_Document)
_FACTS = ("views", "handovers", "dropped", "counts")


def decode(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a `CheckpointState`.

    Raises:
        RecordError: a part of the document is not what format 1 has there.
    """
    stored = _CODEC.from_plain(dict(document))
    values = {name: value for name, value in vars(stored).items() if name not in ("format", *_FACTS)}
    names = dict.fromkeys([*stored.views, *stored.handovers, *stored.dropped, *stored.counts])
    records = {
        name: CompletedComponent(
            views=tuple(stored.views.get(name, ())),
            handover=stored.handovers.get(name),
            dropped=tuple(stored.dropped.get(name, ())),
            counts=tuple(stored.counts.get(name, ())),
        )
        for name in names
    }
    return {**values, "records": records}
