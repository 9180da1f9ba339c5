"""A whole pipeline."""

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
    """A whole pipeline, as a pipeline file describes it.

    In a file `spark` and `spark.app_name` may be left out: the application is then named after the pipeline.
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
        """The component of that name.

        Raises:
            UnknownComponentError: there is none; a KeyError that says which name comes nearest.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise UnknownComponentError(name, self._by_name) from None

    def get_execution_order(self) -> list[str]:
        """All names, disabled ones too, each after all that it depends on; in file order where that is free.

        Raises:
            DependencyCycleError: components depend on each other in a circle.
        """
        return list(self._order)

    def materializes(self, component: ComponentConfig) -> bool:
        """Whether the component's views are written as Parquet: as it says itself, else as the pipeline says.

        What the pipeline says is for transformations: a sink hands nothing on, and reading again is what a source
        is for.
        """
        if component.materialize is not None:
            return component.materialize
        return self.checkpoint.materialize and component.component_type is ComponentType.TRANSFORMATION

    @cached_property
    def _order(self) -> tuple[str, ...]:
        # Asked for by validation, by the plan, and by whatever draws the graph: the dearest of what can be kept.
        return tuple(topological_order({one.name: one.depends_on for one in self.components}))

    @cached_property
    def _by_name(self) -> dict[str, ComponentConfig]:
        # Looked up once per component: a list search would make a run of n components cost n * n.
        return {component.name: component for component in self.components}
