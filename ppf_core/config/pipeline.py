"""Config of a pipeline: the root of a pipeline file."""

from __future__ import annotations

from functools import cached_property

from pydantic import Field
from pydantic.dataclasses import dataclass

from .component import ComponentConfig
from .enums import ComponentType, Environment, PipelineMode
from .errors import UnknownComponentError
from .execution import CheckpointConfig, ExecutionConfig
from .graph import topological_order
from .hooks import HooksConfig
from .quality import QualityConfig
from .scalars import STRICT_KEYS, Text
from .secrets import SecretsConfig
from .spark import SparkConfig

__all__ = ["PipelineConfig"]


@dataclass(frozen=True, config=STRICT_KEYS)
class PipelineConfig:
    """A pipeline, as a pipeline file describes it.

    A file may omit `spark` or `spark.app_name`: the Spark application is then named after the pipeline.
    """

    name: Text
    version: Text
    spark: SparkConfig
    components: list[ComponentConfig]
    environment: Environment = Environment.DEV
    mode: PipelineMode = PipelineMode.BATCH
    hooks: HooksConfig = Field(default_factory=HooksConfig)
    secrets: SecretsConfig | None = None
    tags: dict[str, Text] = Field(default_factory=dict)
    quality: QualityConfig = Field(default_factory=QualityConfig)
    execution: ExecutionConfig = Field(default_factory=ExecutionConfig)
    checkpoint: CheckpointConfig = Field(default_factory=CheckpointConfig)

    def get_component(self, name: str) -> ComponentConfig:
        """Return the component of that name.

        Raises:
            UnknownComponentError: there is none; a KeyError that suggests the nearest name.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise UnknownComponentError(name, self._by_name) from None

    def get_execution_order(self) -> list[str]:
        """Return all names, also of disabled components, each after its dependencies, otherwise in file order.

        Raises:
            DependencyCycleError: components depend on each other in a cycle.
        """
        return list(self._order)

    def materializes(self, component: ComponentConfig) -> bool:
        """Return whether the component's views are written as Parquet: its `materialize`, else the pipeline's.

        The pipeline's setting covers transformations only: sinks create no views, and sources can be read again.
        """
        if component.materialize is not None:
            return component.materialize
        return self.checkpoint.materialize and component.component_type is ComponentType.TRANSFORMATION

    @cached_property
    def _order(self) -> tuple[str, ...]:
        # Cached: validation, planning and drawing use it, and it is the most expensive property.
        return tuple(
            topological_order({component.name: component.depends_on for component in self.components})
        )

    @cached_property
    def _by_name(self) -> dict[str, ComponentConfig]:
        # Used once per component: searching the list would take n * n steps in a run of n components.
        return {component.name: component for component in self.components}
