"""Asset events: pipeline, version, rows and bytes of the run, as extra of the events of a task's outlets."""

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

__all__ = ["extend_outlet_events"]


def extend_outlet_events(
    context: Mapping[str, Any],
    outlets: Sequence[Any],
    config: PipelineConfig,
    counts: Mapping[str, Sequence[DataCount]],
) -> None:
    """Add `pipeline`, `pipeline_version`, `rows` and `bytes` to the extra of each asset's event.

    Rows and bytes are those written to the asset, if a component wrote to a path or table that is the asset's URI or
    name; otherwise those written to all targets. They include what earlier tries wrote. If an amount is unknown, it is
    omitted. Keys that an event already has are not changed.

    Args:
        context: The task's context.
        outlets: The task's outlets.
        config: The pipeline.
        counts: The counts of each component of the task that has completed, in this try or earlier.
    """
    events = context.get("outlet_events")
    if events is None:
        return
    written = [count for listed in counts.values() for count in listed if count.kind is DataKind.TARGET]
    all_counted = _are_all_sinks_counted(config, counts)
    for outlet in outlets:
        if isinstance(outlet, Asset):
            names = {_normalized(outlet.uri), _normalized(outlet.name)}
            own = [count for count in written if _normalized(count.name) in names]
            event = events[outlet]
            run = {"pipeline": config.name, "pipeline_version": config.version}
            event.extra = {**run, **_amounts(own or (written if all_counted else [])), **event.extra}


def _amounts(counts: Sequence[DataCount]) -> dict[str, int]:
    amounts = {"rows": total_rows(counts), "bytes": total_bytes(counts)}
    return {name: amount for name, amount in amounts.items() if amount is not None}


def _are_all_sinks_counted(config: PipelineConfig, counts: Mapping[str, Sequence[DataCount]]) -> bool:
    """Return whether the task has counts of what each of its sinks wrote, in this try or an earlier try."""
    return all(
        any(count.kind is DataKind.TARGET for count in counts[component.name])
        for component in config.components
        if component.component_type is ComponentType.SINK and component.name in counts
    )


def _normalized(name: str) -> str:
    """Return an address in a form that is equal for `s3a://bucket/a/` and `s3://bucket/a`, `/a` and `file:///a`."""
    return re.sub(r"^([A-Za-z][A-Za-z0-9+.-]*:)?/*", "", name).rstrip("/")
