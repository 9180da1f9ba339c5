"""Run of a part of a pipeline, beside runs of its other parts."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ppf_core.config import ConfigError, Problem
from ppf_core.runner.completed import (
    STRICT_RECORD,
    CompletedComponent,
    CompletedComponents,
    RecordCodec,
    RecordError,
)
from ppf_core.runner.run_key import RunKey

from .plan import Action
from .selection import SelectedComponents

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ppf_core.config import ComponentConfig, PipelineConfig

    from .plan import Plan

__all__ = ["PartialRun"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PartialRun:
    """The part of a pipeline that this run is for, and what other runs have handed over to it.

    Components completed elsewhere are restored, and replayed only if they were handed on in a shared session alone
    and that session is gone. The hand-overs stay for the other runs, unless this one succeeds and `checkpoint.keep`
    is off.

    Args:
        key: Identifies the hand-overs that all runs of the pipeline's parts share.
        selected: The components that run.
        elsewhere: The components that other runs have completed upstream.
        settings: The `config` blocks as written, by component, where the run has them rendered: hand-overs are
            compared by them.
        replayed: Returns a component of `elsewhere` with the settings for its replay, if this run does not have its
            rendered settings. It may refuse with an exception, which the run raises.
    """

    key: RunKey
    selected: SelectedComponents
    elsewhere: CompletedComponents = field(default_factory=CompletedComponents)
    settings: Mapping[str, Any] = field(default_factory=dict)
    replayed: Callable[[ComponentConfig], ComponentConfig] | None = None

    @property
    def inputs(self) -> str:
        """A digest of what was handed over; it changes when any of it is made again."""
        records = {name: self.elsewhere.record(name) for name in sorted(self.elsewhere)}
        return hashlib.sha256(_RECORDS.to_json(_Records(records))).hexdigest()[:20]

    def require_components_of(self, config: PipelineConfig) -> None:
        """Refuse to be a part of another pipeline.

        Raises:
            ConfigError: the part names components that `config` does not have.
        """
        named = {*self.selected.names, *self.selected.forced, *self.elsewhere, *self.settings}
        if strangers := sorted(named - {component.name for component in config.components}):
            message = f"expected components of the pipeline {config.name}, got {', '.join(strangers)}"
            raise ConfigError([Problem("part", message)])

    def as_written(self, config: PipelineConfig) -> PipelineConfig:
        """Return `config` with the settings of this part's components as they are written."""
        components = [
            replace(component, config=self.settings[component.name])
            if component.name in self.settings
            else component
            for component in config.components
        ]
        return replace(config, components=components)

    def joined_with(self, completed: CompletedComponents) -> CompletedComponents:
        """Return what this run and the others have completed.

        If another run has made its components again since this run's earlier try, that try counts for nothing: it ran
        on other inputs.
        """
        changed = [
            name
            for name, record in completed.records.items()
            if name in self.elsewhere
            and record.handover is not None
            and record.handover != self.elsewhere.record(name).handover
        ]
        if changed:
            logger.warning("Starting afresh: %s ran again upstream since the earlier try", ", ".join(changed))
            return self.elsewhere
        return completed | self.elsewhere

    def with_replays(self, plan: Plan) -> Plan:
        """Return the plan with the components of `elsewhere` in the form for their replay."""
        if self.replayed is None:
            return plan
        steps = [
            replace(step, component=self.replayed(step.component))
            if step.action is Action.REPLAY and step.component.name in self.elsewhere
            else step
            for step in plan.steps
        ]
        return replace(plan, steps=tuple(steps))

    def to_json(self) -> bytes:
        """Return the part as JSON, for the process that runs it; `replayed` stays here."""
        return _DOCUMENT.to_json(
            _Document(
                key=self.key,
                components=sorted(self.selected.names),
                forced=sorted(self.selected.forced),
                elsewhere={name: self.elsewhere.record(name) for name in self.elsewhere},
                settings=dict(self.settings),
            )
        )

    @classmethod
    def from_json(cls, text: bytes, where: str) -> PartialRun:
        """Read what `to_json` wrote; `where` names its file in errors.

        Raises:
            ConfigError: the text is something else.
        """
        try:
            document = _DOCUMENT.from_json(text)
        except RecordError as error:
            raise ConfigError(
                [replace(problem, path=f"{where}: {problem.path}".rstrip(": ")) for problem in error.problems]
            ) from error
        return cls(
            key=document.key,
            selected=SelectedComponents(frozenset(document.components), frozenset(document.forced)),
            elsewhere=CompletedComponents(document.elsewhere, document.elsewhere),
            settings=document.settings,
        )


@dataclass(frozen=True)
class _Document:
    __pydantic_config__ = STRICT_RECORD

    key: RunKey
    components: list[str]
    forced: list[str]
    elsewhere: dict[str, CompletedComponent]
    settings: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class _Records:
    records: dict[str, CompletedComponent]


_DOCUMENT = RecordCodec(_Document)
_RECORDS = RecordCodec(_Records)
