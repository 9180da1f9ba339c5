"""Errors in pipeline files.

PpfError
├── ConfigError (also a ValueError)          invalid settings; all of them in `problems`
│   └── DependencyCycleError                 components depend on each other in a cycle
├── UnknownComponentError (also a KeyError)  no component has that name
└── ClassPathError (also a ValueError)       a class path cannot be resolved to a class
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ppf_core.errors import PpfError

from .nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "ClassPathError",
    "ConfigError",
    "DependencyCycleError",
    "Problem",
    "UnknownComponentError",
    "of_component",
]


@dataclass(frozen=True)
class Problem:
    """A single problem with a setting, and its location.

    `path` is the key path of the setting, such as `components[1].retry.max_attempts` (indices start at zero);
    it is empty if the problem concerns the whole file. `file` and `line` (from one) are None if unknown.
    """

    path: str
    message: str
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        """Format as `file:line: path: message`, without the unknown parts."""
        location = (
            self.file if self.line is None else f"{self.file or 'line '}{':' if self.file else ''}{self.line}"
        )
        return ": ".join(part for part in (location, self.path, self.message) if part)


def of_component(name: str) -> str:
    """Return ` (component "...")` for the end of a message: an index alone is hard to find in a file."""
    return f' (component "{name}")'


class ConfigError(PpfError, ValueError):
    """A pipeline file or a setting is invalid; `problems` lists every problem, and the text has a line for each."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.problems,)


class DependencyCycleError(ConfigError):
    """Components depend on each other in a cycle; `cycle` names them and repeats the first name at the end."""

    def __init__(self, cycle: Iterable[str]) -> None:
        self.cycle = tuple(cycle)
        super().__init__(
            [
                Problem(
                    "components",
                    f"expected an order to run in, got a dependency cycle: {' -> '.join(self.cycle)}",
                )
            ]
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.cycle,)


class UnknownComponentError(PpfError, KeyError):
    """The pipeline has no component of the requested name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        self.known = tuple(known)
        shown = ", ".join(self.known[:10]) + (", ..." if len(self.known) > 10 else "")
        super().__init__(
            f'expected the name of a component, got "{name}"{did_you_mean(name, self.known)}; '
            f"the pipeline has: {shown or 'none'}"
        )

    def __str__(self) -> str:
        """Return the message without the quotes that KeyError puts around it."""
        return str(self.args[0])

    def __reduce__(self) -> tuple[type[UnknownComponentError], tuple[str, tuple[str, ...]]]:
        return type(self), (self.name, self.known)


class ClassPathError(PpfError, ValueError):
    """A class path such as `my.module.Clean` does not resolve to a class; the message names the missing part."""

    def __init__(self, class_path: str, message: str) -> None:
        self.class_path = class_path
        self.message = message
        super().__init__(message)

    def __reduce__(self) -> tuple[type[ClassPathError], tuple[str, str]]:
        return type(self), (self.class_path, self.message)
