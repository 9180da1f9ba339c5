"""All that can be known to be wrong with a pipeline before it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppf_core.config import ClassPathError, ValidationResult, validate_pipeline
from ppf_core.loader import validate_component_settings, validate_schemas

from .quality_checks import check_problems

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ppf_core.config import PipelineConfig

__all__ = ["static_checks"]


def static_checks(config: PipelineConfig) -> ValidationResult:
    """What `validate_pipeline` finds, and what the classes and checks that it names have to say.

    Components' settings are checked by their classes, where these can; quality checks are made, though not run.
    When all that is in order, the schemas that components declare are compared. No component is made, no secret
    resolved, and Spark is not started. Each line begins with the path of the setting.
    """
    found = validate_pipeline(config)
    errors = [
        *found.errors,
        *_settings(config, found.errors),
        *(f"{problem.path}: {problem.message}" for problem in check_problems(config.quality)),
    ]
    return ValidationResult(errors or validate_schemas(config), found.warnings)


def _settings(config: PipelineConfig, known: Sequence[str]) -> Iterator[str]:
    """What the components' classes say against their `config` blocks, or have against being a component at all."""
    for index, component in enumerate(config.components):
        place = f'components[{index}] "{component.name}": class_path: '
        if any(problem.startswith(place) for problem in known):
            continue
        try:
            for problem in validate_component_settings(component):
                yield f"components[{index}].config: {problem}"
        except ClassPathError as error:
            yield f"{place}{error}"
