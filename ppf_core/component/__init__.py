"""The steps of a pipeline: what they are and what they may be able to do."""

from __future__ import annotations

from .base import DataFlow, PipelineComponent
from .errors import ComponentError, ComponentExecutionError, ComponentInstantiationError
from .protocols import ConfigurableInstance, Resource, RunAware, SchemaContract
from .run_identity import RunIdentity
from .settings import WithSettings

__all__ = [
    "ComponentError",
    "ComponentExecutionError",
    "ComponentInstantiationError",
    "ConfigurableInstance",
    "DataFlow",
    "PipelineComponent",
    "Resource",
    "RunAware",
    "RunIdentity",
    "SchemaContract",
    "WithSettings",
]
