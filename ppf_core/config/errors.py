"""What can be wrong with a pipeline file.

PpfError
├── ConfigError (also a ValueError)          every problem that was found, in `problems`
│   └── DependencyCycleError                 components wait for each other in a circle
├── UnknownComponentError (also a KeyError)  no component has that name
└── ClassPathError (also a ValueError)       a class path leads to no class
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
    """One thing that is wrong, and where.

    `path` is the way to the setting, such as `components[1].retry.max_attempts` (list indices start at zero);
    it is empty where the whole file is meant. `file` and `line` (from one) are None where they are not known.
    """

    path: str
    message: str
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        """`file:line: path: message`, without the parts that are not known."""
        place = (
            self.file if self.line is None else f"{self.file or 'line '}{':' if self.file else ''}{self.line}"
        )
        return ": ".join(part for part in (place, self.path, self.message) if part)


def of_component(name: str) -> str:
    """Return ` (component "...")` for the end of a message: an index alone is hard to find in a file."""
    return f' (component "{name}")'


class ConfigError(PpfError, ValueError):
    """A pipeline file or a setting is wrong; `problems` holds all that was found, one line each as text."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.problems,)


class DependencyCycleError(ConfigError):
    """Components depend on each other in a circle; `cycle` names them, the first one repeated at the end."""

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
    """No component of the pipeline has the name that was asked for."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        self.known = tuple(known)
        shown = ", ".join(self.known[:10]) + (", ..." if len(self.known) > 10 else "")
        super().__init__(
            f'expected the name of a component, got "{name}"{did_you_mean(name, self.known)}; '
            f"the pipeline has: {shown or 'none'}"
        )

    def __str__(self) -> str:
        """The message itself; a bare KeyError would show it quoted."""
        return str(self.args[0])

    def __reduce__(self) -> tuple[type[UnknownComponentError], tuple[str, tuple[str, ...]]]:
        return type(self), (self.name, self.known)


class ClassPathError(PpfError, ValueError):
    """A class path such as `my.module.Clean` leads to no class; the message says which part is missing."""

    def __init__(self, class_path: str, message: str) -> None:
        self.class_path = class_path
        self.message = message
        super().__init__(message)

    def __reduce__(self) -> tuple[type[ClassPathError], tuple[str, str]]:
        return type(self), (self.class_path, self.message)
