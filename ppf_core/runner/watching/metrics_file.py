"""Metrics file, written at the end of a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from ppf_core.metrics import PrometheusRegistry
from ppf_core.runner.hooks import NoOpHooks

if TYPE_CHECKING:
    from ppf_core.config import PipelineConfig
    from ppf_core.metrics import MeterRegistry
    from ppf_core.runner.result import PipelineResult

__all__ = ["MetricsFileHooks"]


class MetricsFileHooks(NoOpHooks):
    """Writes the metrics of `registry` to `path` at the end of a run, and replaces the file if it exists.

    The format is the JSON of `get_metrics()`; for a `PrometheusRegistry` it is the text exposition format, which the
    textfile collector of the node exporter reads. Missing folders are created.
    """

    def __init__(self, registry: MeterRegistry, path: str | Path) -> None:
        self._registry = registry
        self._path = Path(path)

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Write the file."""
        if isinstance(self._registry, PrometheusRegistry):
            text = self._registry.exposition()
        else:
            text = json.dumps(self._registry.get_metrics(), indent=2) + "\n"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_name(f".{self._path.name}.partial")
        partial.write_text(text, encoding="utf-8")
        partial.replace(self._path)  # a collector that reads now gets a whole file
