"""Enumerations: settings with a fixed set of values."""

from __future__ import annotations

from enum import Enum

__all__ = [
    "AuditSinkKind",
    "CheckFailureAction",
    "ComponentType",
    "ConfigChangeAction",
    "DeployMode",
    "Environment",
    "MetricsRegistryKind",
    "PipelineMode",
    "QualityCheckType",
]


class ComponentType(str, Enum):
    """Kind of a component: it reads, transforms or writes data."""

    SOURCE = "source"
    TRANSFORMATION = "transformation"
    SINK = "sink"


class Environment(str, Enum):
    """Environment of a pipeline; a label."""

    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"
    TEST = "test"


class PipelineMode(str, Enum):
    """Batch or streaming; `streaming` can be read, but `validate_pipeline` refuses it."""

    BATCH = "batch"
    STREAMING = "streaming"


class DeployMode(str, Enum):
    """Deploy mode of a Spark application's driver (`spark.submit.deployMode`)."""

    CLIENT = "client"
    CLUSTER = "cluster"


class MetricsRegistryKind(str, Enum):
    """Metrics library that records a run."""

    MEMORY = "memory"
    PROMETHEUS = "prometheus"
    OPENTELEMETRY = "opentelemetry"


class AuditSinkKind(str, Enum):
    """Sink of audit events: the log, or a file of JSON lines."""

    LOG = "log"
    FILE = "file"


class QualityCheckType(str, Enum):
    """Type of a quality check."""

    ROW_COUNT = "row_count"
    NULLS = "nulls"
    UNIQUE = "unique"
    RANGE = "range"
    SCHEMA = "schema"
    SQL = "sql"


class CheckFailureAction(str, Enum):
    """Effect of a failed check: fail at once, warn only, or fail after more than `max_failures` failures."""

    FAIL = "fail"
    WARN = "warn"
    THRESHOLD = "threshold"


class ConfigChangeAction(str, Enum):
    """Handling of a checkpoint whose pipeline had another structure."""

    FAIL = "fail"
    RESTART = "restart"
