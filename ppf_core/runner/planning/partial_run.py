"""A part of a pipeline that is a run of its own, while other runs are for the rest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError
from pydantic import dataclasses as checked

from ppf_core.config import STRICT_KEYS, ConfigError, Problem
from ppf_core.runner.handover import HandOverRecord

from .plan import CompletedComponents
from .selection import SelectedComponents

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ppf_core.config import PipelineConfig

__all__ = ["RunPart"]


@dataclass(frozen=True)
class RunPart:
    """What of a pipeline this run is for, and what other runs have handed over to it.

    Args:
        run: What tells the hand-overs of all these runs from those of any other pipeline's; they have it in common.
        selected: The components that are to run.
        elsewhere: What the others have completed upstream.
        settings: The `config` blocks of components as they are written, where this run has them as they are used:
            hand-overs are compared by them.
    """

    run: tuple[str, ...]
    selected: SelectedComponents
    elsewhere: CompletedComponents
    settings: Mapping[str, Any]

    @property
    def inputs(self) -> str:
        """A digest of what was handed over: another one where any of it was made again."""
        told = {name: asdict(one) for name, one in _told(self.elsewhere).items()}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode("ascii")).hexdigest()[:20]

    def runner_arguments(self, config: PipelineConfig) -> dict[str, Any]:
        """What `SimplePipelineRunner` is told of the part, where `config` is the pipeline as this run has it.

        Raises:
            ConfigError: the part is of another pipeline: it names components that this one does not have.
        """
        named = {*self.selected.names, *self.selected.forced, *self.elsewhere, *self.settings}
        if strangers := sorted(named - {one.name for one in config.components}):
            raise ConfigError(
                [
                    Problem(
                        "part",
                        f"expected components of the pipeline {config.name}, got {', '.join(strangers)}",
                    )
                ]
            )
        components = [
            replace(one, config=self.settings[one.name]) if one.name in self.settings else one
            for one in config.components
        ]
        return {
            "handover_run": self.run,
            "selection": self.selected,
            "elsewhere": self.elsewhere,
            "as_written": replace(config, components=components),
        }

    def to_json(self) -> bytes:
        """The part as what `from_json` reads, in the process that is to run it."""
        return _DOCUMENT.dump_json(
            _Document(
                run=self.run,
                components=sorted(self.selected.names),
                forced=sorted(self.selected.forced),
                elsewhere=_told(self.elsewhere),
                settings=dict(self.settings),
            )
        )

    @classmethod
    def from_json(cls, text: bytes, where: str) -> RunPart:
        """Read what `to_json` made; `where` names its place in errors.

        Raises:
            ConfigError: it is something else.
        """
        try:
            document = _DOCUMENT.validate_json(text)
        except ValidationError as error:
            problems = [
                Problem(f"{where}: {'.'.join(map(str, one['loc']))}".rstrip(": "), one["msg"])
                for one in error.errors(include_url=False, include_input=False)
            ]
            raise ConfigError(problems) from error
        told = document.elsewhere
        return cls(
            run=document.run,
            selected=SelectedComponents(frozenset(document.components), frozenset(document.forced)),
            elsewhere=CompletedComponents(
                told,
                {name: one.views for name, one in told.items()},
                {name: one.handover for name, one in told.items() if one.handover is not None},
                {name: one.dropped for name, one in told.items()},
            ),
            settings=document.settings,
        )


@checked.dataclass(frozen=True, config=STRICT_KEYS)
class _Elsewhere:
    views: tuple[str, ...]
    dropped: tuple[str, ...]
    handover: HandOverRecord | None


@checked.dataclass(frozen=True, config=STRICT_KEYS)
class _Document:
    run: tuple[str, ...]
    components: list[str]
    forced: list[str]
    elsewhere: dict[str, _Elsewhere]
    settings: dict[str, Any]


_DOCUMENT = TypeAdapter(_Document)


def _told(elsewhere: CompletedComponents) -> dict[str, _Elsewhere]:
    return {
        name: _Elsewhere(
            elsewhere.views.get(name, ()), elsewhere.dropped.get(name, ()), elsewhere.handovers.get(name)
        )
        for name in elsewhere
    }
