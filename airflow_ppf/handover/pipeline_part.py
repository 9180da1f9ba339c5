"""Part of a pipeline that one task runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from ppf_core.config import ComponentType, ConfigError, PipelineConfig, Problem, UnknownComponentError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

__all__ = ["PipelinePart"]


@dataclass(frozen=True)
class PipelinePart:
    """Components of a pipeline that one task runs.

    Args:
        pipeline: The pipeline, with templates not yet rendered.
        components: Names of the components.
        begins: Whether the checks before the pipeline belong to the part.
        ends: Whether the checks after the pipeline and the removal of hand-overs belong to the part.

    Raises:
        ConfigError: the pipeline has no component with one of the names; it lists all of them.
    """

    pipeline: PipelineConfig
    components: Sequence[str]
    begins: bool = False
    ends: bool = False

    def __post_init__(self) -> None:
        problems = []
        for name in self.components:
            try:
                self.pipeline.get_component(name)
            except UnknownComponentError as error:
                problems.append(Problem("components", str(error)))
        if problems:
            raise ConfigError(problems)

    @cached_property
    def upstream(self) -> frozenset[str]:
        """Upstream components that other tasks run, without disabled components."""
        everything = [component.name for component in self.pipeline.components]
        pending = everything if self.ends else list(self.components)
        reached: set[str] = set()
        while pending:
            if (name := pending.pop()) not in reached:
                reached.add(name)
                pending += self.pipeline.get_component(name).depends_on
        return frozenset(reached - set(self.components) - self._disabled)

    @property
    def settings(self) -> dict[str, Any]:
        """`config` block of each component."""
        return {name: self.pipeline.get_component(name).config for name in self.components}

    def with_settings(self, settings: Mapping[str, Any]) -> PipelinePart:
        """Return the part with other `config` blocks."""
        components = [
            replace(component, config=settings[component.name]) if component.name in settings else component
            for component in self.pipeline.components
        ]
        return replace(self, pipeline=replace(self.pipeline, components=components))

    def to_run(self, config: PipelineConfig, *, shared: bool = False) -> PipelineConfig:
        """Return `config` for a run of this part alone.

        All views are materialised and kept, since downstream tasks cannot get them otherwise, unless the tasks use a
        `shared` session.
        """
        timings = {"before_pipeline": self.begins, "after_pipeline": self.ends}
        checks = [
            check
            for check in config.quality.checks
            if timings.get(check.effective_timing, check.after in self.components)
        ]
        components = [
            component
            if shared or component.component_type is ComponentType.SINK
            else replace(component, materialize=True)
            for component in config.components
        ]
        return replace(
            config,
            components=components,
            quality=replace(config.quality, checks=checks),
            checkpoint=replace(config.checkpoint, keep=config.checkpoint.keep or not self.ends),
        )

    @cached_property
    def _disabled(self) -> set[str]:
        disabled: set[str] = set()
        for component in map(self.pipeline.get_component, self.pipeline.get_execution_order()):
            if not component.enabled or disabled.intersection(component.depends_on):
                disabled.add(component.name)
        return disabled
