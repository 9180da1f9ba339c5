"""Config of hooks: the block `hooks {}`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from .enums import AuditSinkKind, MetricsRegistryKind
from .scalars import STRICT_KEYS, Settings, Text

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "AuditHooksConfig",
    "CustomHookConfig",
    "HooksConfig",
    "LoggingHooksConfig",
    "MetricsHooksConfig",
    "ReportHooksConfig",
]


@dataclass(frozen=True, config=STRICT_KEYS)
class LoggingHooksConfig:
    """Log of a run's events, by the logger `logger`."""

    enabled: bool = True
    logger: Text = "ppf.pipeline"


@dataclass(frozen=True, config=STRICT_KEYS)
class MetricsHooksConfig:
    """Metrics of a run.

    `path` is a file that the metrics are written to at the end of a run: JSON from `memory`, the text exposition
    format from `prometheus`. OpenTelemetry has its own exporters and takes no `path`.
    """

    enabled: bool = True
    registry: MetricsRegistryKind = MetricsRegistryKind.MEMORY
    path: Text | None = None

    @model_validator(mode="after")
    def _path_has_a_format(self) -> Self:
        if self.path is not None and self.registry is MetricsRegistryKind.OPENTELEMETRY:
            raise ValueError(
                "expected no path with registry = opentelemetry (it has its own exporters), got one"
            )
        return self


@dataclass(frozen=True, config=STRICT_KEYS)
class AuditHooksConfig:
    """Audit trail of a run.

    `path` is the file of the `file` sink (JSON lines). `trace_id` is the id that the events of a run share; if it is
    left out, each run gets a new id.
    """

    enabled: bool = False
    sinks: list[AuditSinkKind] = Field(default_factory=lambda: [AuditSinkKind.LOG])
    path: Text | None = None
    trace_id: Text | None = None

    @model_validator(mode="after")
    def _file_sink_has_a_path(self) -> Self:
        if AuditSinkKind.FILE in self.sinks and self.path is None:
            raise ValueError('expected path, the file that the sink "file" writes to, got none')
        if AuditSinkKind.FILE not in self.sinks and self.path is not None:
            raise ValueError('expected "file" among sinks, since path is given, got only "log"')
        if self.enabled and not self.sinks:
            raise ValueError("expected at least one of log, file in sinks, got an empty list")
        return self


@dataclass(frozen=True, config=STRICT_KEYS)
class ReportHooksConfig:
    """Report of a run, an HTML page that is written to the file `path`; without `path` there is no report."""

    path: Text | None = None


@dataclass(frozen=True, config=STRICT_KEYS)
class CustomHookConfig:
    """A custom hook: its class and the keyword arguments of its constructor."""

    class_path: Text
    config: Settings = Field(default_factory=dict)


@dataclass(frozen=True, config=STRICT_KEYS)
class HooksConfig:
    """Hooks of a run."""

    logging: LoggingHooksConfig = Field(default_factory=LoggingHooksConfig)
    metrics: MetricsHooksConfig = Field(default_factory=MetricsHooksConfig)
    audit: AuditHooksConfig = Field(default_factory=AuditHooksConfig)
    report: ReportHooksConfig = Field(default_factory=ReportHooksConfig)
    custom: list[CustomHookConfig] = Field(default_factory=list)
