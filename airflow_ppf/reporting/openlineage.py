"""OpenLineage lineage of a task: its input and output datasets, their columns and row counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_ppf.reporting.dataset_names import path_name, table_name
from ppf_core.component import DataKind
from ppf_core.loader import declared_datasets, declared_views
from ppf_core.runner import NoOpHooks, SkipReason
from ppf_core.secrets import SCHEME

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from airflow.providers.openlineage.extractors import OperatorLineage

    from ppf_core.component import DataCount, Dataset
    from ppf_core.config import ComponentConfig, PipelineConfig
    from ppf_core.runner import PipelineResult
    from ppf_core.schema import SchemaDefinition

__all__ = ["LineageHooks"]


class LineageHooks(NoOpHooks):
    """Hooks that collect a run's lineage; Airflow asks for it only if OpenLineage is installed.

    Components declare their datasets (`DatasetContract`), as the built-in components do. The lineage covers components
    that completed in this try or an earlier try, and components that failed.

    Args:
        components: The task's own components (default: all).
    """

    def __init__(self, components: Collection[str] | None = None) -> None:
        self._components = components
        self._config: PipelineConfig | None = None
        self._result: PipelineResult | None = None

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Keep the pipeline and its result."""
        self._config, self._result = config, result

    def facets(self) -> OperatorLineage[Any, Any] | None:
        """Return the run's inputs and outputs; `None` if nothing has run."""
        if self._config is None or self._result is None:
            return None
        from airflow.providers.openlineage.extractors import OperatorLineage
        from openlineage.client.event_v2 import InputDataset, OutputDataset

        config = self._config
        schemas = declared_views(config)
        inputs: dict[tuple[str, str], Any] = {}
        outputs: dict[tuple[str, str], Any] = {}
        counts = self._result.counts
        for component in _involved(config, self._result, self._components):
            reads, writes = declared_datasets(component)
            for dataset in reads:
                if (key := _key(dataset, config)) is not None:
                    inputs[key] = InputDataset(*key, facets=_facets(dataset, schemas))
            for dataset in writes:
                if (key := _key(dataset, config)) is not None:
                    outputs[key] = OutputDataset(
                        *key,
                        facets=_facets(dataset, schemas),
                        outputFacets=_statistics(dataset, counts.get(component.name, ())),
                    )
        return OperatorLineage(inputs=list(inputs.values()), outputs=list(outputs.values()))


def _involved(
    config: PipelineConfig, result: PipelineResult, own: Collection[str] | None
) -> list[ComponentConfig]:
    names = {entry.component_name for entry in result.component_results}
    names |= {entry.component_name for entry in result.skipped if entry.reason is SkipReason.COMPLETED}
    if own is not None:
        names &= set(own)
    return [component for component in config.components if component.name in names]


def _key(dataset: Dataset, config: PipelineConfig) -> tuple[str, str] | None:
    name = dataset.path or dataset.table or ""
    if SCHEME in name:
        return None  # the name is a secret
    if dataset.path:
        return path_name(name)
    return table_name(name, config.spark.to_spark_conf_dict())


def _facets(dataset: Dataset, schemas: dict[str, SchemaDefinition]) -> dict[str, Any]:
    from openlineage.client.facet_v2 import schema_dataset

    schema = dataset.schema or schemas.get((dataset.view or "").lower())
    if schema is None:
        return {}
    fields = [
        schema_dataset.SchemaDatasetFacetFields(name=field.name, type=_type_text(field.data_type))
        for field in schema.fields
    ]
    return {"schema": schema_dataset.SchemaDatasetFacet(fields=fields)}


def _statistics(dataset: Dataset, counts: Iterable[DataCount]) -> dict[str, Any]:
    from openlineage.client.facet_v2 import output_statistics_output_dataset

    for count in counts:
        if count.kind is DataKind.TARGET and count.name in (dataset.path, dataset.table):
            statistics = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
                rowCount=count.rows, size=count.bytes
            )
            return {"outputStatistics": statistics}
    return {}


def _type_text(data_type: Any) -> str:
    return str(getattr(data_type, "value", data_type))
