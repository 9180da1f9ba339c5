"""Static checks of a pipeline: all that can be found wrong before it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppf_core.config import ClassPathError, Problem, ValidationResult, of_component, validate_pipeline
from ppf_core.loader import validate_component_settings, validate_schemas

from .quality_checks import check_problems

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ppf_core.config import PipelineConfig

__all__ = ["static_checks"]


def static_checks(config: PipelineConfig) -> ValidationResult:
    """Check what `validate_pipeline` checks, settings of components, quality checks and declared schemas.

    Components' settings are checked by their classes, where these can; quality checks are made, though not run.
    When all that is in order, the schemas that components declare are compared. No component is made, no secret
    resolved, and Spark is not started.
    """
    valid = validate_pipeline(config)
    errors = [
        *valid.error_problems,
        *_settings(config, valid.error_problems),
        *check_problems(config.quality),
    ]
    return ValidationResult.of(errors or validate_schemas(config), valid.warning_problems)


def _settings(config: PipelineConfig, known: Sequence[Problem]) -> Iterator[Problem]:
    """Yield what components' classes find wrong with their `config` blocks, or why they cannot be components."""
    wrong = {problem.path for problem in known}
    for index, component in enumerate(config.components):
        class_path, block = f"components[{index}].class_path", f"components[{index}].config"
        if class_path in wrong:
            continue
        try:
            for problem in validate_component_settings(component):
                path = f"{block}.{problem.path}" if problem.path else block
                yield Problem(path, f"{problem.message}{of_component(component.name)}")
        except ClassPathError as error:
            yield Problem(class_path, f"{error}{of_component(component.name)}")
