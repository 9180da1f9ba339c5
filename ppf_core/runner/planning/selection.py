"""Which components of a pipeline a run is for."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from ppf_core.config import ConfigError, Problem, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ppf_core.config import PipelineConfig

__all__ = ["SelectedComponents", "Selection"]


@dataclass(frozen=True)
class SelectedComponents:
    """What a `Selection` means for one pipeline: the names that it is for, and those of them that run in any case."""

    names: frozenset[str]
    forced: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Selection:
    """A choice of a pipeline's components; without any pattern, all of them.

    A pattern is a component's name, or a glob of names (`clean_*`, `?`, `[ab]`). `NAME+` is it and all that follows
    it, `+NAME` it and all that it needs, and `+NAME+` both. A component whose very name a pattern is, is meant by it.

    Args:
        select: Only these.
        exclude: Not these, whatever else says so.
        from_: Only these and what follows them.
        until: Only these and what they need.
        force: These, although they are recorded as completed; not what follows them (that is `NAME+`).
    """

    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    from_: tuple[str, ...] = field(default=(), metadata={"name": "from"})
    until: tuple[str, ...] = ()
    force: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Mapping[str, Sequence[str] | str | None]) -> Selection:
        """From `select`, `exclude`, `from`, `until` and `force`, each a pattern or several; None and "" are none.

        Raises:
            ConfigError: another name, or a value that is neither.
        """
        names = {each.metadata.get("name", each.name): each.name for each in fields(cls)}
        problems = [
            Problem(name, f"expected one of {', '.join(names)}{did_you_mean(name, names)}")
            for name in settings
            if name not in names
        ]
        patterns: dict[str, tuple[str, ...]] = {}
        for name, value in settings.items():
            listed = [value] if isinstance(value, str) else [] if value is None else value
            if not isinstance(listed, list | tuple) or not all(isinstance(one, str) for one in listed):
                problems.append(
                    Problem(name, f"expected names of components, or globs of names, got {value!r}")
                )
            elif name in names:
                patterns[names[name]] = tuple(one.strip() for one in listed if one.strip())
        if problems:
            raise ConfigError(problems)
        return cls(**patterns)

    def __bool__(self) -> bool:
        """Whether anything is chosen."""
        return any(getattr(self, each.name) for each in fields(self))

    def __str__(self) -> str:
        """The patterns, as on a command line."""
        given = ((each.metadata.get("name", each.name), getattr(self, each.name)) for each in fields(self))
        return ", ".join(f"{name} {' '.join(patterns)}" for name, patterns in given if patterns)

    def of_pipeline(self, config: PipelineConfig) -> SelectedComponents:
        """What is selected of `config`.

        Raises:
            ConfigError: patterns that no component matches, all of them; or nothing is left to run.
            DependencyCycleError: components depend on each other in a circle.
        """
        graph = _Graph(config)
        problems: list[Problem] = []
        found = {
            each.name: self._matched(
                each.metadata.get("name", each.name), getattr(self, each.name), graph, problems
            )
            for each in fields(self)
        }
        if problems:
            raise ConfigError(problems)
        chosen = set(graph.names)
        if self.select:
            chosen &= found["select"]
        if self.from_:
            chosen &= graph.behind(found["from_"])
        if self.until:
            chosen &= graph.before(found["until"])
        chosen -= found["exclude"]
        if not chosen and graph.names:
            raise ConfigError([Problem("", f"expected something that is left to run, got none with {self}")])
        if self and not chosen & graph.able:
            only = ", ".join(name for name in graph.names if name in chosen)
            message = f"expected something that can run, got only what is disabled or behind it ({only}) with {self}"
            raise ConfigError([Problem("", message)])
        if idle := sorted(found["force"] - chosen):
            raise ConfigError(
                [Problem("force", f"expected components that are selected, got {', '.join(idle)}")]
            )
        return SelectedComponents(frozenset(chosen), frozenset(found["force"]))

    @staticmethod
    def _matched(name: str, patterns: Iterable[str], graph: _Graph, problems: list[Problem]) -> set[str]:
        matched: set[str] = set()
        for pattern in patterns:
            one = graph.matching(pattern)
            if not one:
                near = did_you_mean(pattern.strip("+"), graph.names)
                message = (
                    f'expected a component\'s name or a glob of names, got "{pattern}", which none has{near}'
                )
                problems.append(Problem(name, message))
            matched |= one
        return matched


class _Graph:
    """Who needs whom."""

    def __init__(self, config: PipelineConfig) -> None:
        self.names = config.get_execution_order()
        self._needs = {name: config.get_component(name).depends_on for name in self.names}
        self._needed_by: dict[str, list[str]] = {name: [] for name in self.names}
        for name, needs in self._needs.items():
            for need in needs:
                self._needed_by.setdefault(need, []).append(name)
        disabled = {name for name in self.names if not config.get_component(name).enabled}
        self.able = set(self.names) - self.behind(disabled)

    def matching(self, pattern: str) -> set[str]:
        if pattern in self._needs:
            return {pattern}
        glob = pattern.removeprefix("+").removesuffix("+")
        named = {glob} if glob in self._needs else {name for name in self.names if fnmatchcase(name, glob)}
        before = self.before(named) if pattern.startswith("+") else set()
        behind = self.behind(named) if pattern.endswith("+") else set()
        return named | before | behind

    def before(self, names: set[str]) -> set[str]:
        """These and all that they need."""
        return self._reached(names, lambda name: self._needs.get(name, ()))

    def behind(self, names: set[str]) -> set[str]:
        """These and all that needs them."""
        return self._reached(names, lambda name: self._needed_by.get(name, ()))

    @staticmethod
    def _reached(names: set[str], step: Callable[[str], Iterable[str]]) -> set[str]:
        reached, ahead = set(names), list(names)
        while ahead:
            for name in step(ahead.pop()):
                if name not in reached:
                    reached.add(name)
                    ahead.append(name)
        return reached
