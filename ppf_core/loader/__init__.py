"""Finds component classes and makes components of them."""

from __future__ import annotations

from .loading import (
    instantiate_component,
    load_component_class,
    validate_component_class,
    validate_component_settings,
)

__all__ = [
    "instantiate_component",
    "load_component_class",
    "validate_component_class",
    "validate_component_settings",
]
