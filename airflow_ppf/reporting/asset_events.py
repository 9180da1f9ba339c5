"""What the events of a task's assets say of the run that wrote them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset

from ppf_core.component import DataKind, total_bytes, total_rows
from ppf_core.config import ComponentType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ppf_core.component import DataCount
    from ppf_core.config import PipelineConfig

__all__ = ["tell_outlets"]


def tell_outlets(
    context: Mapping[str, Any],
    outlets: Sequence[Any],
    config: PipelineConfig,
    counts: Mapping[str, Sequence[DataCount]],
) -> None:
    """Add to each asset's event the `pipeline`, its `pipeline_version`, and the `rows` and `bytes` that were written.

    These are what was written to the asset's own place, if a component says that it wrote there (its path or table is
    the asset's URI or name); otherwise to all targets together. What an earlier try had written counts as well. Where
    it is not known how much it was, they are left out. Nothing that is in an event already is changed.

    `counts` tells what was written by each component of the task that has completed, now or earlier.
    """
    events = context.get("outlet_events")
    if events is None:
        return
    written = [count for of_one in counts.values() for count in of_one if count.kind is DataKind.TARGET]
    whole = _is_whole(config, counts)
    for outlet in outlets:
        if isinstance(outlet, Asset):
            places = {_place(outlet.uri), _place(outlet.name)}
            own = [count for count in written if _place(count.name) in places]
            event = events[outlet]
            told = {"pipeline": config.name, "pipeline_version": config.version}
            event.extra = {**told, **_amounts(own or (written if whole else [])), **event.extra}


def _amounts(counts: Sequence[DataCount]) -> dict[str, int]:
    amounts = {"rows": total_rows(counts), "bytes": total_bytes(counts)}
    return {name: amount for name, amount in amounts.items() if amount is not None}


def _is_whole(config: PipelineConfig, counts: Mapping[str, Sequence[DataCount]]) -> bool:
    """Whether this task has counted all that its sinks have written, in this try or in an earlier one."""
    return all(
        any(count.kind is DataKind.TARGET for count in counts[one.name])
        for one in config.components
        if one.component_type is ComponentType.SINK and one.name in counts
    )


def _place(name: str) -> str:
    """An address as another system may write it: `s3a://bucket/a/` and `s3://bucket/a`, `/a` and `file:///a`."""
    return re.sub(r"^([A-Za-z][A-Za-z0-9+.-]*:)?/*", "", name).rstrip("/")
