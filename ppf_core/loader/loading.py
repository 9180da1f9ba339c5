"""Loads component classes and creates components."""

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
    """Return the class at a dotted path.

    Raises:
        ClassPathError: no such module or class, or the class has no `run()`; names the missing part.
    """
    cls = resolve_class_path(class_path)
    if problem := _class_problem(class_path, cls):
        raise ClassPathError(class_path, problem)
    return cls


def validate_component_class(class_path: str) -> list[str]:
    """Return the problems of the class at `class_path`, without creating an object; empty for a component class."""
    try:
        load_component_class(class_path)
    except ClassPathError as error:
        return [error.message]
    return []


def validate_component_settings(config: ComponentConfig) -> list[Problem]:
    """Return the problems that a component's class reports for its `config` block, with paths relative to it.

    The method `validate_config(config)`, which the built-in components have, returns problems or texts; without it
    the list is empty.
    """
    check = getattr(load_component_class(config.class_path), "validate_config", None)
    if check is None:
        return []
    problems = check(config.config)
    return [problem if isinstance(problem, Problem) else Problem("", str(problem)) for problem in problems]


def instantiate_component(config: ComponentConfig) -> Any:
    """Create a component by `from_config(config)` if its class has it, else with the settings as arguments.

    Raises:
        ComponentInstantiationError: the class is missing or its construction failed.
    """
    try:
        cls: Any = load_component_class(config.class_path)
        if hasattr(cls, "from_config"):
            return cls.from_config(dict(config.config))
        return cls(**config.config)
    except Exception as error:
        raise ComponentInstantiationError(config.class_path, error) from error


def _class_problem(class_path: str, cls: type) -> str | None:
    if not callable(getattr(cls, "run", None)):
        return f"{class_path} is not a component: it has no run() method"
    if abstract := sorted(getattr(cls, "__abstractmethods__", ())):
        return f"{class_path} is abstract: it lacks {', '.join(abstract)}"
    return None
