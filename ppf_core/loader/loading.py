"""Loading of component classes, and components made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ppf_core.component import ComponentInstantiationError
from ppf_core.config import ClassPathError, Problem, resolve_class_path

if TYPE_CHECKING:
    from ppf_core.config import ComponentConfig

__all__ = [
    "instantiate_component",
    "load_component_class",
    "validate_component_class",
    "validate_component_settings",
]


def load_component_class(class_path: str) -> type:
    """The class at a dotted path.

    Raises:
        ClassPathError: no such module or class, or the class has no `run()`; says which part is missing.
    """
    found = resolve_class_path(class_path)
    if problem := _shape_problem(class_path, found):
        raise ClassPathError(class_path, problem)
    return found


def validate_component_class(class_path: str) -> list[str]:
    """What is wrong with the class at `class_path`; empty when it can be a component. Nothing is made of it."""
    try:
        load_component_class(class_path)
    except ClassPathError as error:
        return [error.message]
    return []


def validate_component_settings(config: ComponentConfig) -> list[Problem]:
    """Return what a component's class finds wrong with its `config` block; paths are relative to the block.

    A class that has `validate_config(config)`, as the built-in components have, returns problems or texts; for other
    classes the list is empty.
    """
    check = getattr(load_component_class(config.class_path), "validate_config", None)
    if check is None:
        return []
    found = check(config.config)
    return [problem if isinstance(problem, Problem) else Problem("", str(problem)) for problem in found]


def instantiate_component(config: ComponentConfig) -> Any:
    """Make the component: by `from_config(config)` where the class has it, else with the settings as arguments.

    Raises:
        ComponentInstantiationError: the class is missing or its construction failed.
    """
    try:
        found = load_component_class(config.class_path)
        if hasattr(found, "from_config"):
            return found.from_config(dict(config.config))
        return found(**config.config)
    except Exception as error:
        raise ComponentInstantiationError(config.class_path, error) from error


def _shape_problem(class_path: str, found: type) -> str | None:
    if not callable(getattr(found, "run", None)):
        return f"{class_path} is no component: it has no run() method"
    if abstract := sorted(getattr(found, "__abstractmethods__", ())):
        return f"{class_path} is abstract: it lacks {', '.join(abstract)}"
    return None
