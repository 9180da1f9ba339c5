"""Validation and dry run of a pipeline, without Spark."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .class_path import resolve_class_path
from .enums import ComponentType, PipelineMode
from .errors import ClassPathError, DependencyCycleError, Problem, of_component
from .graph import find_cycle, topological_order
from .key_path import path_text
from .nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .key_path import KeyPath
    from .pipeline import PipelineConfig

__all__ = ["DryRunComponent", "DryRunResult", "ValidationResult", "dry_run", "validate_pipeline"]

_LONGEST_NAME = 250


@dataclass(frozen=True)
class ValidationResult:
    """Errors, with which a pipeline cannot run, and warnings.

    `errors` and `warnings` are lines of text; `error_problems` and `warning_problems` are the same with key paths.
    """

    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    error_problems: tuple[Problem, ...] = ()
    warning_problems: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, errors: Iterable[Problem], warnings: Iterable[Problem] = ()) -> ValidationResult:
        """Return the result with these problems, as text too."""
        errors, warnings = tuple(errors), tuple(warnings)
        return cls(list(map(str, errors)), list(map(str, warnings)), errors, warnings)

    @property
    def is_valid(self) -> bool:
        """Whether there are no errors."""
        return not self.errors


@dataclass(frozen=True)
class DryRunComponent:
    """A component in a dry run; `max_attempts` comes from its retry settings."""

    name: str
    component_type: ComponentType
    class_path: str
    depends_on: list[str]
    enabled: bool
    max_attempts: int


@dataclass(frozen=True)
class DryRunResult:
    """Components in the order in which a run would execute them; without an order, the list is empty."""

    pipeline_name: str
    execution_order: list[str]
    components: list[DryRunComponent]
    validation: ValidationResult

    @property
    def is_valid(self) -> bool:
        """Whether the pipeline can run."""
        return self.validation.is_valid


def validate_pipeline(config: PipelineConfig, *, classes: bool = True) -> ValidationResult:
    """Check names, the graph and whether the classes exist, without Spark.

    The modules of the classes are imported; nothing is constructed. With `classes=False` nothing is imported either.
    """
    missing = _classes(config) if classes else ()
    errors = [*_mode(config), *_names(config), *_graph(config), *missing, *_checks(config)]
    return ValidationResult.of(errors, _warnings(config))


def dry_run(config: PipelineConfig) -> DryRunResult:
    """Return the components that a run would execute and the problems it would have, without Spark or instances."""
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


def _mode(config: PipelineConfig) -> Iterator[Problem]:
    if config.mode is PipelineMode.STREAMING:
        yield Problem("mode", "expected batch, got streaming, which is not supported")


def _names(config: PipelineConfig) -> Iterator[Problem]:
    if wrong := _wrong_name(config.name):
        yield Problem("name", wrong)
    for index, component in enumerate(config.components):
        if wrong := _wrong_name(component.name):
            yield Problem(f"components[{index}].name", wrong)
    counts = Counter(component.name for component in config.components)
    for name, count in counts.items():
        if count > 1:
            indices = [str(i) for i, component in enumerate(config.components) if component.name == name]
            yield Problem(
                "components",
                f'expected unique names, got "{name}" {count} times (at {", ".join(indices)})',
            )


def _wrong_name(name: str) -> str | None:
    if not name.strip():
        return "expected a name, got an empty text"
    if name != name.strip() or not name.isprintable():
        return f"expected a name without control characters and without spaces around it, got {name!r}"
    if len(name) > _LONGEST_NAME:
        return f"expected a name of at most {_LONGEST_NAME} characters, got {len(name)}"
    return None


def _graph(config: PipelineConfig) -> Iterator[Problem]:
    names = {component.name for component in config.components}
    dependencies: dict[str, list[str]] = {}
    for index, component in enumerate(config.components):
        path, named = f"components[{index}].depends_on", of_component(component.name)
        for needed in component.depends_on:
            if needed == component.name:
                yield Problem(path, f"expected other components, got itself{named}")
            elif needed not in names:
                near = did_you_mean(needed, names - {component.name})
                yield Problem(path, f'expected the name of a component, got "{needed}"{near}{named}')
        dependencies[component.name] = [needed for needed in component.depends_on if needed != component.name]
    if cycle := _cycle(config, dependencies):
        yield Problem(
            "components", f"expected an order to run in, got a dependency cycle: {' -> '.join(cycle)}"
        )


def _cycle(config: PipelineConfig, dependencies: dict[str, list[str]]) -> list[str] | None:
    """Return a cycle of several components, or None. An order that is computed here is kept for the run."""
    try:
        config.get_execution_order()
    except DependencyCycleError:
        return find_cycle(dependencies)
    return None


def _classes(config: PipelineConfig) -> Iterator[Problem]:
    results: dict[str, type | ClassPathError] = {}

    def resolved(class_path: str) -> type | ClassPathError:
        # Hundreds of components may share a class, and a failing import is slow to repeat.
        if class_path not in results:
            try:
                results[class_path] = resolve_class_path(class_path)
            except ClassPathError as error:
                results[class_path] = error
        return results[class_path]

    for index, component in enumerate(config.components):
        cls = resolved(component.class_path)
        path, named = f"components[{index}].class_path", of_component(component.name)
        if isinstance(cls, ClassPathError):
            yield Problem(path, f"{cls}{named}")
        elif not callable(getattr(cls, "run", None)):
            message = f"expected a class with a method run(), got {component.class_path}, which has no run()"
            yield Problem(path, f"{message}{named}")
    others: list[tuple[KeyPath, str]] = [
        (("hooks", "custom", index), hook.class_path) for index, hook in enumerate(config.hooks.custom)
    ]
    if config.secrets is not None:
        providers = config.secrets.providers.items()
        others += [(("secrets", "providers", name), provider.class_path) for name, provider in providers]
    for block, class_path in others:
        if isinstance(error := resolved(class_path), ClassPathError):
            yield Problem(path_text((*block, "class_path")), str(error))


def _checks(config: PipelineConfig) -> Iterator[Problem]:
    names = {component.name for component in config.components}
    for index, check in enumerate(config.quality.checks):
        if check.after is not None and check.after not in names:
            near = did_you_mean(check.after, names)
            yield Problem(
                f"quality.checks[{index}].after",
                f'expected the name of a component, got "{check.after}"{near}',
            )


def _warnings(config: PipelineConfig) -> Iterator[Problem]:
    disabled = {component.name for component in config.components if not component.enabled}
    if not config.components:
        yield Problem("components", "the list is empty, so there is nothing to run")
    elif len(disabled) == len({component.name for component in config.components}):
        yield Problem("components", "all of them are disabled, so there is nothing to run")
    for index, component in enumerate(config.components):
        if component.enabled and (needed := _named(disabled, component.depends_on)):
            message = f"will be skipped, since it depends on {needed} (disabled)"
            yield Problem(f"components[{index}]", f"{message}{of_component(component.name)}")
    materializing = [each.name for each in config.components if each.enabled and config.materializes(each)]
    if materializing and config.checkpoint.root is None:
        names = _named(set(materializing), materializing)
        yield Problem("checkpoint.root", f"expected a root, to materialize the views of {names}, got none")
    for index, check in enumerate(config.quality.checks):
        if check.after in disabled:
            yield Problem(
                f"quality.checks[{index}]", f'will not run, since it comes after "{check.after}" (disabled)'
            )


def _named(names: set[str], among: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in among if name in names)
