"""State of a run in a checkpoint, and its JSON format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ppf_core.runner.completed import STRICT_RECORD, CompletedComponent, CompletedComponents, RecordCodec

from . import first_format
from .errors import CheckpointSupersededError, CheckpointUnreadableError
from .try_record import TryRecord

__all__ = ["FORMAT_VERSION", "CheckpointState", "refuse_if_superseded"]

FORMAT_VERSION = 2
"""Written into every checkpoint; one with a higher number is refused rather than guessed at."""

STATUSES = ("in_progress", "completed", "failed")


@dataclass
class CheckpointState:
    """Completed components of a run, how its last try ended, and its history.

    `tries` is the history, the present try last. Its `owner` is a random id of the process that works on the run,
    which is how two of them notice each other. `records` holds what is known about each completed component; one
    that did nothing worth recording is not in it.

    Raises:
        ValueError: an empty id, or a status other than `in_progress`, `completed`, `failed`.
    """

    run_id: str
    pipeline_name: str
    pipeline_fingerprint: str
    completed_components: list[str] = field(default_factory=list)
    failed_component: str | None = None
    status: str = "in_progress"
    created_at: str = ""
    updated_at: str = ""
    tries: list[TryRecord] = field(default_factory=list)
    records: dict[str, CompletedComponent] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what no run can have."""
        for name in ("run_id", "pipeline_name"):
            if not getattr(self, name):
                raise ValueError(f"{name}: expected a non-empty text, got {getattr(self, name)!r}")
        if self.status not in STATUSES:
            raise ValueError(f"status: expected one of {', '.join(STATUSES)}, got {self.status!r}")

    def copy(self) -> CheckpointState:
        """Return an independent copy."""
        return replace(
            self,
            completed_components=list(self.completed_components),
            tries=list(self.tries),
            records=dict(self.records),
        )

    @property
    def completed(self) -> CompletedComponents:
        """The completed components with their records."""
        return CompletedComponents(self.completed_components, self.records)

    @property
    def owner(self) -> str | None:
        """The owner of the present try; None for a state that was made by hand."""
        return self.tries[-1].owner if self.tries else None

    def history(self) -> list[TryRecord]:
        """Return the tries before the present try, with how the last of them ended."""
        if not self.tries:
            return []
        *earlier, last = self.tries
        return [*earlier, last.with_end(self._end_of_last_try())]

    def _end_of_last_try(self) -> str:
        if self.status == "completed":
            end = "completed"
        elif self.status == "in_progress":
            end = "killed or lost: it left no result"
        else:
            end = f"failed at {self.failed_component}" if self.failed_component else "failed"
        count = len(self.completed_components)
        return f"{end}; {count} component{'' if count == 1 else 's'} completed by {self.updated_at}"

    def require_run(self, run_id: str, pipeline_name: str, where: str) -> None:
        """Refuse to be taken for the state of another run than it is; `where` names the place it was found in.

        Raises:
            CheckpointUnreadableError: it is that of another run or pipeline.
        """
        if (self.run_id, self.pipeline_name) != (run_id, pipeline_name):
            raise self.misplaced(where)

    def misplaced(self, where: str) -> CheckpointUnreadableError:
        """Return the error for a state that was stored under another run's name."""
        return CheckpointUnreadableError(
            where, f"it belongs to run {self.run_id!r} of pipeline {self.pipeline_name!r}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the state as plain values for JSON."""
        plain: dict[str, Any] = _CODEC.to_plain(self._document())
        return plain

    def to_json(self) -> str:
        """Return the state as one line of JSON."""
        return _CODEC.to_json(self._document()).decode()

    def _document(self) -> _Document:
        return _Document(FORMAT_VERSION, **vars(self))

    @classmethod
    def from_dict(cls, document: object, where: str) -> CheckpointState:
        """Read what `to_dict` made; `where` names its place in errors.

        Raises:
            CheckpointUnreadableError: any part of it is not what it must be. Nothing is guessed.
        """
        try:
            return cls(**_decoded(document))
        except (TypeError, ValueError) as error:
            raise CheckpointUnreadableError(where, str(error)) from error

    @classmethod
    def from_json(cls, text: str | bytes, where: str) -> CheckpointState:
        """Read what `to_json` made; errors as `from_dict`."""
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:
            reason = "it is empty" if not text.strip() else f"it is not JSON ({error})"
            raise CheckpointUnreadableError(where, reason) from error
        return cls.from_dict(document, where)


def refuse_if_superseded(stored: CheckpointState | None, new: CheckpointState) -> None:
    """Let `new` replace `stored` only if no one else has begun a try since `new`'s did.

    A state without tries was made by hand and always replaces. The rule every store keeps: the owner of what is
    stored must occur in the history of what is to be saved. A try that took over has it there, a superseded try has
    not.

    Raises:
        CheckpointSupersededError: someone else has.
    """
    if stored is None or stored.owner is None or new.owner is None:
        return
    if all(record.owner != stored.owner for record in new.tries):
        raise CheckpointSupersededError(new.run_id, new.pipeline_name)


@dataclass(frozen=True)
class _Document:
    """The stored form of a `CheckpointState`: every key has to be there."""

    __pydantic_config__ = STRICT_RECORD

    format: int
    run_id: str
    pipeline_name: str
    pipeline_fingerprint: str
    completed_components: list[str]
    failed_component: str | None
    status: str
    created_at: str
    updated_at: str
    tries: list[TryRecord]
    records: dict[str, CompletedComponent]


_CODEC = RecordCodec(_Document)


def _decoded(document: object) -> dict[str, Any]:
    if not isinstance(document, Mapping):
        raise TypeError(f"expected an object, got {type(document).__name__}")
    version = document.get("format")
    if type(version) is not int or version < 1:
        raise ValueError(
            f"format: expected a whole number from 1, got {version!r}; this is no checkpoint of ours"
        )
    if version > FORMAT_VERSION:
        raise ValueError(
            f"format {version} is newer than {FORMAT_VERSION}, the newest that this version reads"
        )
    if version == 1:
        return first_format.decode(document)
    values = vars(_CODEC.from_plain(dict(document))).copy()
    del values["format"]
    return values
