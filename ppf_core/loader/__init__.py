"""Loader of components: finds classes, validates them before a run, and creates components."""

from __future__ import annotations

from .datasets import declared_datasets, declared_views
from .loading import (
    instantiate_component,
    load_component_class,
    validate_component_class,
    validate_component_settings,
)
from .schema_contracts import validate_schemas

__all__ = [
    "declared_datasets",
    "declared_views",
    "instantiate_component",
    "load_component_class",
    "validate_component_class",
    "validate_component_settings",
    "validate_schemas",
]
