"""A part of a pipeline that is a task of its own."""

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
    """Some components of a pipeline, and what there is to do with them.

    Args:
        pipeline: The pipeline, without its templates rendered.
        components: Names of the components.
        begins: Whether the checks that come before the pipeline belong to the part.
        ends: Whether those that come after it do, and removing what was handed over.

    Raises:
        ConfigError: the pipeline has no component of such a name; it lists all of them.
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
        """The components that other tasks have to run before this one; none of what is switched off."""
        ahead = [one.name for one in self.pipeline.components] if self.ends else list(self.components)
        found: set[str] = set()
        while ahead:
            if (name := ahead.pop()) not in found:
                found.add(name)
                ahead += self.pipeline.get_component(name).depends_on
        return frozenset(found - set(self.components) - self._switched_off)

    @property
    def settings(self) -> dict[str, Any]:
        """The `config` block of each component."""
        return {name: self.pipeline.get_component(name).config for name in self.components}

    def with_settings(self, settings: Mapping[str, Any]) -> PipelinePart:
        """The same with other `config` blocks."""
        components = [
            replace(one, config=settings[one.name]) if one.name in settings else one
            for one in self.pipeline.components
        ]
        return replace(self, pipeline=replace(self.pipeline, components=components))

    def to_run(self, config: PipelineConfig, *, shared: bool = False) -> PipelineConfig:
        """`config` as it is for this part alone.

        Views are written, whatever it says, since the next task has no other way to them, unless a session is `shared`
        with it; and they are kept for it.
        """
        moments = {"before_pipeline": self.begins, "after_pipeline": self.ends}
        checks = [
            check
            for check in config.quality.checks
            if moments.get(check.effective_timing, check.after in self.components)
        ]
        components = [
            one if shared or one.component_type is ComponentType.SINK else replace(one, materialize=True)
            for one in config.components
        ]
        return replace(
            config,
            components=components,
            quality=replace(config.quality, checks=checks),
            checkpoint=replace(config.checkpoint, keep=config.checkpoint.keep or not self.ends),
        )

    @cached_property
    def _switched_off(self) -> set[str]:
        off: set[str] = set()
        for component in map(self.pipeline.get_component, self.pipeline.get_execution_order()):
            if not component.enabled or off.intersection(component.depends_on):
                off.add(component.name)
        return off
