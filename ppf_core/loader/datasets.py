"""Datasets and views that component classes declare."""

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
    """Return the inputs and outputs that a component's class declares (`DatasetContract`); never raise.

    They are informational: failures are logged as warnings, and the datasets left out.
    """
    return _declared(component, "input_datasets"), _declared(component, "output_datasets")


def declared_views(config: PipelineConfig) -> dict[str, SchemaDefinition]:
    """Return the columns of temp views that components declare, by the view's name in lower case; never raise.

    If several components create a view, the last declaration applies.
    """
    views: dict[str, SchemaDefinition] = {}
    for name in config.get_execution_order():
        component = config.get_component(name)
        for view, schema in _result_of(component, "output_schemas", {}).items():
            if isinstance(schema, SchemaDefinition):
                views[view.lower()] = schema
            else:
                views.pop(view.lower(), None)
    return views


def _declared(component: ComponentConfig, method: str) -> list[Dataset]:
    datasets = list(_result_of(component, method, ()))
    if all(isinstance(dataset, Dataset) for dataset in datasets):
        return datasets
    logger.warning("%s: expected %s() to return a list of Dataset, got %r", component.name, method, datasets)
    return []


def _result_of(component: ComponentConfig, method: str, default: Any) -> Any:
    try:
        declare: Any = getattr(load_component_class(component.class_path), method, None)
        return default if declare is None else declare(dict(component.config))
    except Exception as error:  # noqa: BLE001 - a component's own code may raise anything
        logger.warning("%s: %s() failed: %s: %s", component.name, method, type(error).__name__, error)
        return default
