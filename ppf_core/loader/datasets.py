"""Asks components which data outside of the pipeline they read and write."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from ppf_core.component import Dataset
from ppf_core.schema import SchemaDefinition

from .loading import load_component_class

if TYPE_CHECKING:
    from ppf_core.config import ComponentConfig, PipelineConfig

__all__ = ["declared_datasets", "declared_views"]

logger = logging.getLogger(__name__)


def declared_datasets(component: ComponentConfig) -> tuple[list[Dataset], list[Dataset]]:
    """The component's inputs and outputs, as its class declares them (`DatasetContract`); never raises.

    It is for the record only: what cannot be found out is a warning and left out.
    """
    return _declared(component, "input_datasets"), _declared(component, "output_datasets")


def declared_views(config: PipelineConfig) -> dict[str, SchemaDefinition]:
    """The columns of temp views, by the views' names in lower case, as their makers declare them; never raises.

    Of several makers of one view, the last one's.
    """
    views: dict[str, SchemaDefinition] = {}
    for name in config.get_execution_order():
        component = config.get_component(name)
        for view, schema in _asked(component, "output_schemas", {}).items():
            if isinstance(schema, SchemaDefinition):
                views[view.lower()] = schema
            else:
                views.pop(view.lower(), None)
    return views


def _declared(component: ComponentConfig, method: str) -> list[Dataset]:
    datasets = list(_asked(component, method, ()))
    if all(isinstance(one, Dataset) for one in datasets):
        return datasets
    logger.warning("%s: expected %s() to give a list of Dataset, got %r", component.name, method, datasets)
    return []


def _asked(component: ComponentConfig, method: str, default: Any) -> Any:
    try:
        ask: Any = getattr(load_component_class(component.class_path), method, None)
        return default if ask is None else ask(dict(component.config))
    except Exception as error:  # noqa: BLE001 - a component's own code may raise anything
        logger.warning("%s: %s() failed: %s: %s", component.name, method, type(error).__name__, error)
        return default
