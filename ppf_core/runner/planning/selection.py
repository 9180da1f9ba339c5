"""Selection of the components that a run is for: select, exclude, from, until, force."""

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
    """Components of one pipeline that a `Selection` matches, and those of them that run even if completed."""

    names: frozenset[str]
    forced: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Selection:
    """Patterns that select components of a pipeline; without a pattern, all of them.

    A pattern is a component's name, or a glob of names (`clean_*`, `?`, `[ab]`). `NAME+` selects it and
    everything downstream, `+NAME` it and everything upstream, and `+NAME+` both. A pattern that is the exact name of a
    component selects that component.

    Args:
        select: Only these.
        exclude: Not these; takes precedence over all others.
        from_: Only these and everything downstream.
        until: Only these and everything upstream.
        force: These even if they are recorded as completed; not what is downstream (that is `NAME+`).
    """

    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    from_: tuple[str, ...] = field(default=(), metadata={"name": "from"})
    until: tuple[str, ...] = ()
    force: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Mapping[str, Sequence[str] | str | None]) -> Selection:
        """Return the selection of `select`, `exclude`, `from`, `until` and `force`: each a pattern, several, or none.

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
            if not isinstance(listed, list | tuple) or not all(
                isinstance(pattern, str) for pattern in listed
            ):
                problems.append(
                    Problem(name, f"expected names of components, or globs of names, got {value!r}")
                )
            elif name in names:
                patterns[names[name]] = tuple(pattern.strip() for pattern in listed if pattern.strip())
        if problems:
            raise ConfigError(problems)
        return cls(**patterns)

    def __bool__(self) -> bool:
        """Return whether there is any pattern."""
        return any(getattr(self, each.name) for each in fields(self))

    def __str__(self) -> str:
        """Return the patterns as on a command line."""
        given = ((each.metadata.get("name", each.name), getattr(self, each.name)) for each in fields(self))
        return ", ".join(f"{name} {' '.join(patterns)}" for name, patterns in given if patterns)

    def of_pipeline(self, config: PipelineConfig) -> SelectedComponents:
        """Return the selected components of a pipeline.

        Raises:
            ConfigError: patterns that no component matches, all of them; or nothing is left to run.
            DependencyCycleError: components depend on each other in a circle.
        """
        graph = _Graph(config)
        problems: list[Problem] = []
        matched = {
            each.name: self._matched(
                each.metadata.get("name", each.name), getattr(self, each.name), graph, problems
            )
            for each in fields(self)
        }
        if problems:
            raise ConfigError(problems)
        chosen = set(graph.names)
        if self.select:
            chosen &= matched["select"]
        if self.from_:
            chosen &= graph.downstream(matched["from_"])
        if self.until:
            chosen &= graph.upstream(matched["until"])
        chosen -= matched["exclude"]
        if not chosen and graph.names:
            raise ConfigError([Problem("", f"expected something that is left to run, got none with {self}")])
        if self and not chosen & graph.able:
            only = ", ".join(name for name in graph.names if name in chosen)
            message = (
                "expected a component that can run, got only disabled components and those downstream of them "
                f"({only}) with {self}"
            )
            raise ConfigError([Problem("", message)])
        if idle := sorted(matched["force"] - chosen):
            raise ConfigError(
                [Problem("force", f"expected components that are selected, got {', '.join(idle)}")]
            )
        return SelectedComponents(frozenset(chosen), frozenset(matched["force"]))

    @staticmethod
    def _matched(name: str, patterns: Iterable[str], graph: _Graph, problems: list[Problem]) -> set[str]:
        matched: set[str] = set()
        for pattern in patterns:
            names = graph.matching(pattern)
            if not names:
                near = did_you_mean(pattern.strip("+"), graph.names)
                message = (
                    f'expected a component\'s name or a glob of names, got "{pattern}", which none has{near}'
                )
                problems.append(Problem(name, message))
            matched |= names
        return matched


class _Graph:
    """Dependencies of a pipeline in both directions."""

    def __init__(self, config: PipelineConfig) -> None:
        self.names = config.get_execution_order()
        self._needs = {name: config.get_component(name).depends_on for name in self.names}
        self._needed_by: dict[str, list[str]] = {name: [] for name in self.names}
        for name, needs in self._needs.items():
            for need in needs:
                self._needed_by.setdefault(need, []).append(name)
        disabled = {name for name in self.names if not config.get_component(name).enabled}
        self.able = set(self.names) - self.downstream(disabled)

    def matching(self, pattern: str) -> set[str]:
        if pattern in self._needs:
            return {pattern}
        glob = pattern.removeprefix("+").removesuffix("+")
        named = {glob} if glob in self._needs else {name for name in self.names if fnmatchcase(name, glob)}
        upstream = self.upstream(named) if pattern.startswith("+") else set()
        downstream = self.downstream(named) if pattern.endswith("+") else set()
        return named | upstream | downstream

    def upstream(self, names: set[str]) -> set[str]:
        """Return these and everything upstream."""
        return self._reached(names, lambda name: self._needs.get(name, ()))

    def downstream(self, names: set[str]) -> set[str]:
        """Return these and everything downstream."""
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
