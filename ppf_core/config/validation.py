"""What can be known to be wrong with a pipeline before anything runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .class_path import resolve_class_path
from .enums import ComponentType, PipelineMode
from .errors import ClassPathError, DependencyCycleError
from .graph import find_cycle, topological_order
from .nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .pipeline import PipelineConfig

__all__ = ["DryRunComponent", "DryRunResult", "ValidationResult", "dry_run", "validate_pipeline"]

_LONGEST_NAME = 250


@dataclass(frozen=True)
class ValidationResult:
    """What is wrong (`errors`: the pipeline cannot run) and what is odd (`warnings`), a line each."""

    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def is_valid(self) -> bool:
        """Whether there are no errors."""
        return not self.errors


@dataclass(frozen=True)
class DryRunComponent:
    """What a component is; `tries` is the most often that it would be run."""

    name: str
    component_type: ComponentType
    class_path: str
    depends_on: list[str]
    enabled: bool
    tries: int


@dataclass(frozen=True)
class DryRunResult:
    """What a run would do: components in the order in which they would run (empty if there is none)."""

    pipeline_name: str
    execution_order: list[str]
    components: list[DryRunComponent]
    validation: ValidationResult

    @property
    def is_valid(self) -> bool:
        """Whether the pipeline can run."""
        return self.validation.is_valid


def validate_pipeline(config: PipelineConfig, *, classes: bool = True) -> ValidationResult:
    """All that is wrong with a pipeline, without Spark: names, the graph, and whether its classes exist.

    The modules of the classes are imported; nothing is constructed. Without `classes` nothing is imported either.
    """
    found = _classes(config) if classes else ()
    errors = [*_mode(config), *_names(config), *_graph(config), *found, *_checks(config)]
    return ValidationResult(errors, list(_warnings(config)))


def dry_run(config: PipelineConfig) -> DryRunResult:
    """What a run would do, and whether it could; no Spark is started and no component is made."""
    dependencies = {component.name: component.depends_on for component in config.components}
    order = [] if find_cycle(dependencies) else topological_order(dependencies)
    components = []
    for component in map(config.get_component, order):
        retry = component.effective_retry
        components.append(
            DryRunComponent(
                component.name,
                component.component_type,
                component.class_path,
                list(component.depends_on),
                component.enabled,
                retry.max_attempts if retry is not None else 1,
            )
        )
    return DryRunResult(config.name, order, components, validate_pipeline(config))


def _mode(config: PipelineConfig) -> Iterator[str]:
    if config.mode is PipelineMode.STREAMING:
        yield "mode: expected batch, got streaming, which is not supported"


def _names(config: PipelineConfig) -> Iterator[str]:
    if wrong := _wrong_name(config.name):
        yield f"name: {wrong}"
    for index, component in enumerate(config.components):
        if wrong := _wrong_name(component.name):
            yield f"components[{index}].name: {wrong}"
    counts = Counter(component.name for component in config.components)
    for name, count in counts.items():
        if count > 1:
            places = [str(i) for i, component in enumerate(config.components) if component.name == name]
            yield f'components: expected names that differ, got "{name}" {count} times (at {", ".join(places)})'


def _wrong_name(name: str) -> str | None:
    if not name.strip():
        return "expected a name, got an empty one"
    if name != name.strip() or not name.isprintable():
        return f"expected a name without control characters and without spaces around it, got {name!r}"
    if len(name) > _LONGEST_NAME:
        return f"expected a name of at most {_LONGEST_NAME} characters, got {len(name)}"
    return None


def _graph(config: PipelineConfig) -> Iterator[str]:
    names = {component.name for component in config.components}
    dependencies: dict[str, list[str]] = {}
    for index, component in enumerate(config.components):
        where = f'components[{index}] "{component.name}": depends_on: '
        for needed in component.depends_on:
            if needed == component.name:
                yield f"{where}expected other components, got itself"
            elif needed not in names:
                near = did_you_mean(needed, names - {component.name})
                yield f'{where}expected the name of a component, got "{needed}"{near}'
        dependencies[component.name] = [needed for needed in component.depends_on if needed != component.name]
    if cycle := _cycle(config, dependencies):
        yield f"components: expected an order to run in, got a dependency cycle: {' -> '.join(cycle)}"


def _cycle(config: PipelineConfig, dependencies: dict[str, list[str]]) -> list[str] | None:
    """A circle other than of one component with itself. A pipeline that has an order keeps it for its run."""
    try:
        config.get_execution_order()
    except DependencyCycleError:
        return find_cycle(dependencies)
    return None


def _classes(config: PipelineConfig) -> Iterator[str]:
    found: dict[str, type | ClassPathError] = {}

    def resolved(class_path: str) -> type | ClassPathError:
        # Hundreds of components may share a class; one that fails on import is slow to try again.
        if class_path not in found:
            try:
                found[class_path] = resolve_class_path(class_path)
            except ClassPathError as error:
                found[class_path] = error
        return found[class_path]

    for index, component in enumerate(config.components):
        cls = resolved(component.class_path)
        where = f'components[{index}] "{component.name}": class_path: '
        if isinstance(cls, ClassPathError):
            yield f"{where}{cls}"
        elif not callable(getattr(cls, "run", None)):
            yield f"{where}expected a class with a method run(), got {component.class_path}, which has none"
    others = [(f"hooks.custom[{i}]", hook.class_path) for i, hook in enumerate(config.hooks.custom)]
    if config.secrets is not None:
        others += [
            (f"secrets.providers.{name}", one.class_path) for name, one in config.secrets.providers.items()
        ]
    for where, class_path in others:
        if isinstance(error := resolved(class_path), ClassPathError):
            yield f"{where}.class_path: {error}"


def _checks(config: PipelineConfig) -> Iterator[str]:
    names = {component.name for component in config.components}
    for index, check in enumerate(config.quality.checks):
        if check.after is not None and check.after not in names:
            near = did_you_mean(check.after, names)
            yield f'quality.checks[{index}].after: expected the name of a component, got "{check.after}"{near}'


def _warnings(config: PipelineConfig) -> Iterator[str]:
    disabled = {component.name for component in config.components if not component.enabled}
    if not config.components:
        yield "components: the list is empty, so there is nothing to run"
    elif len(disabled) == len({component.name for component in config.components}):
        yield "components: all of them are disabled, so there is nothing to run"
    for index, component in enumerate(config.components):
        if component.enabled and (behind := _named(disabled, component.depends_on)):
            yield f'components[{index}] "{component.name}": will be skipped, since it depends on {behind} (disabled)'
    materializing = [one.name for one in config.components if one.enabled and config.materializes(one)]
    if materializing and config.checkpoint.root is None:
        yield f"checkpoint.root: {_named(set(materializing), materializing)} can only materialize with such a place"
    for index, check in enumerate(config.quality.checks):
        if check.after in disabled:
            yield f'quality.checks[{index}]: will not run, since it comes after "{check.after}" (disabled)'


def _named(names: set[str], among: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in among if name in names)
