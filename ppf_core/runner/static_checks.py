"""Static checks: problems of a pipeline that can be found without running it."""

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
    """Validate the structure of a pipeline, the settings of its components and its quality checks.

    Component classes validate their own settings if they can; quality checks are built but not run. If there are no
    errors, the schemas that components declare are compared. No component is created, no secret is resolved, and
    Spark is not started.
    """
    structure = validate_pipeline(config)
    errors = [
        *structure.error_problems,
        *_component_problems(config, structure.error_problems),
        *check_problems(config.quality),
    ]
    return ValidationResult.of(errors or validate_schemas(config), structure.warning_problems)


def _component_problems(config: PipelineConfig, known: Sequence[Problem]) -> Iterator[Problem]:
    """Yield problems of component classes and their settings, apart from class paths that are `known` as wrong."""
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
