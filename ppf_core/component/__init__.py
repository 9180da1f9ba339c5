"""Components of a pipeline: base classes, and protocols for optional features."""

from __future__ import annotations

from .base import DataFlow, PipelineComponent
from .data_count import DataCount, DataKind, total_bytes, total_rows
from .dataset import Dataset
from .errors import ComponentError, ComponentExecutionError, ComponentInstantiationError
from .protocols import ConfigurableInstance, CountsData, DatasetContract, Resource, RunAware, SchemaContract
from .row_counter import RowCounter
from .run_identity import RunIdentity
from .settings import WithSettings

__all__ = [
    "ComponentError",
    "ComponentExecutionError",
    "ComponentInstantiationError",
    "ConfigurableInstance",
    "CountsData",
    "DataCount",
    "DataFlow",
    "DataKind",
    "Dataset",
    "DatasetContract",
    "PipelineComponent",
    "Resource",
    "RowCounter",
    "RunAware",
    "RunIdentity",
    "SchemaContract",
    "WithSettings",
    "total_bytes",
    "total_rows",
]
