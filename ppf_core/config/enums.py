"""The settings that are one of a few words."""

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
    """What a component does: brings data in, changes it, or writes it out."""

    SOURCE = "source"
    TRANSFORMATION = "transformation"
    SINK = "sink"


class Environment(str, Enum):
    """Where a pipeline runs."""

    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"
    TEST = "test"


class PipelineMode(str, Enum):
    """Whether a pipeline ends by itself; `streaming` is read but refused by `validate_pipeline`."""

    BATCH = "batch"
    STREAMING = "streaming"


class DeployMode(str, Enum):
    """Where the driver of a Spark application runs (`spark.submit.deployMode`)."""

    CLIENT = "client"
    CLUSTER = "cluster"


class MetricsRegistryKind(str, Enum):
    """Who keeps the metrics of a run."""

    MEMORY = "memory"
    PROMETHEUS = "prometheus"
    OPENTELEMETRY = "opentelemetry"


class AuditSinkKind(str, Enum):
    """Where audit events go: to the log, or to a file of JSON lines."""

    LOG = "log"
    FILE = "file"


class QualityCheckType(str, Enum):
    """What a quality check looks at."""

    ROW_COUNT = "row_count"
    NULLS = "nulls"
    UNIQUE = "unique"
    RANGE = "range"
    SCHEMA = "schema"
    SQL = "sql"


class CheckFailureAction(str, Enum):
    """What a failed check does: fail at once, warn only, or fail after more than `max_failures` failures."""

    FAIL = "fail"
    WARN = "warn"
    THRESHOLD = "threshold"


class ConfigChangeAction(str, Enum):
    """What to do with a checkpoint that was written by a pipeline of another structure."""

    FAIL = "fail"
    RESTART = "restart"
