"""What is remembered of a run, and its form as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from ppf_core.component import DataCount
from ppf_core.errors import PpfError
from ppf_core.runner.handover import HandOverRecord

__all__ = [
    "FORMAT_VERSION",
    "CheckpointError",
    "CheckpointState",
    "CheckpointSupersededError",
    "CheckpointUnreadableError",
    "PipelineConfigChangedError",
    "TryRecord",
    "refuse_if_superseded",
]

FORMAT_VERSION = 1
"""Written into every checkpoint; one with a higher number is refused rather than guessed at."""

_ENDED = "ended"
_NOT_ALWAYS_THERE = ("dropped", "counts")

STATUSES = ("in_progress", "completed", "failed")


class CheckpointError(PpfError):
    """A checkpoint cannot be used."""


class PipelineConfigChangedError(CheckpointError):
    """The checkpoint was made by a pipeline of another structure."""

    def __init__(self, run_id: str, pipeline_name: str) -> None:
        super().__init__(
            f"the components or dependencies of pipeline {pipeline_name!r} have changed since the checkpoint of run "
            f"{run_id!r} was made: start afresh (checkpoint.on_config_change = restart, or delete the checkpoint), "
            "or bring back the structure it had"
        )
        self.run_id = run_id
        self.pipeline_name = pipeline_name

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.run_id, self.pipeline_name)


class CheckpointUnreadableError(CheckpointError):
    """What is stored is torn, foreign, or of a newer format; `where` and `reason` say which and why."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"checkpoint {where} cannot be read: {reason}; delete it to start afresh")
        self.where = where
        self.reason = reason

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.where, self.reason)


class CheckpointSupersededError(CheckpointError):
    """A later try, or another process, has taken over the run; this one must not go on."""

    def __init__(self, run_id: str, pipeline_name: str) -> None:
        super().__init__(
            f"run {run_id!r} of pipeline {pipeline_name!r} was taken over by another try or process: "
            "this one stops, its unsaved progress is the other's to redo"
        )
        self.run_id = run_id
        self.pipeline_name = pipeline_name

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.run_id, self.pipeline_name)


@dataclass(frozen=True)
class TryRecord:
    """One try of a run: who made it and when it started (ISO 8601).

    `details` is what the caller knows of the try: its host and process, or a try number. The try after it adds under
    `ended` what it finds of its end, since one that was killed can say nothing of that itself.
    """

    owner: str
    started_at: str
    details: dict[str, str] = field(default_factory=dict)

    @property
    def ended(self) -> str:
        """How it ended, in words; empty for one that goes on or that an earlier release has noted."""
        return self.details.get(_ENDED, "")

    @property
    def maker(self) -> dict[str, str]:
        """Who made it: the details without its end."""
        return {name: value for name, value in self.details.items() if name != _ENDED}


@dataclass
class CheckpointState:
    """Which components of a run have completed.

    `views` tells, for each completed component, which temp views it made or replaced; a component that is not in
    it made none. `dropped` tells which it dropped. `handovers` tells where those of the materialised ones were
    written, and how they are found in a session that is shared. `counts` tells how much each has written, where that
    is known. `tries` is the history, the present try last. Its `owner` is a random id for each process that works on
    the run, which is how two of them notice each other.

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
    views: dict[str, list[str]] = field(default_factory=dict)
    tries: list[TryRecord] = field(default_factory=list)
    handovers: dict[str, HandOverRecord] = field(default_factory=dict)
    dropped: dict[str, list[str]] = field(default_factory=dict)
    counts: dict[str, list[DataCount]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what no run can have."""
        for name in ("run_id", "pipeline_name"):
            if not getattr(self, name):
                raise ValueError(f"{name}: expected a non-empty text, got {getattr(self, name)!r}")
        if self.status not in STATUSES:
            raise ValueError(f"status: expected one of {', '.join(STATUSES)}, got {self.status!r}")

    @property
    def owner(self) -> str | None:
        """Who works on the run; `None` for a state that was made by hand."""
        return self.tries[-1].owner if self.tries else None

    def history(self) -> list[TryRecord]:
        """The tries, for one that begins after them: the last one's end is noted as it is on record."""
        if not self.tries:
            return []
        *earlier, last = self.tries
        return [*earlier, replace(last, details={**last.details, _ENDED: self._end_of_last_try()})]

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
        """The error that says that this state is not what belongs in that place."""
        return CheckpointUnreadableError(
            where, f"it belongs to run {self.run_id!r} of pipeline {self.pipeline_name!r}"
        )

    def to_dict(self) -> dict[str, Any]:
        """The state as what JSON can hold."""
        document = _without_what_is_empty({"format": FORMAT_VERSION, **asdict(self)})
        for counts in document.get("counts", {}).values():
            for count in counts:
                count["kind"] = count["kind"].value
        return document

    def to_json(self) -> str:
        """The state as one line of JSON."""
        # Not from to_dict(): its copies would cost ten times the rest, after each component.
        document = _without_what_is_empty({"format": FORMAT_VERSION, **vars(self)})
        return json.dumps(document, separators=(",", ":"), default=vars)

    @classmethod
    def from_dict(cls, document: object, where: str) -> CheckpointState:
        """Read what `to_dict` made; `where` names its place in errors.

        Raises:
            CheckpointUnreadableError: any part of it is not what it must be. Nothing is guessed.
        """
        try:
            return cls(**_checked(document))
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
    stored must occur in the history of what is to be saved; whoever took over has it there, whoever was taken
    over has not.

    Raises:
        CheckpointSupersededError: someone else has.
    """
    if stored is None or stored.owner is None or new.owner is None:
        return
    if all(record.owner != stored.owner for record in new.tries):
        raise CheckpointSupersededError(new.run_id, new.pipeline_name)


def _without_what_is_empty(document: dict[str, Any]) -> dict[str, Any]:
    # Earlier releases know of neither and refuse what they do not know; many runs have none.
    for name in _NOT_ALWAYS_THERE:
        if not document[name]:
            del document[name]
    # The same goes for what is handed on in a shared session.
    document["handovers"] = {
        name: {
            key: value
            for key, value in (record if isinstance(record, dict) else vars(record)).items()
            if value
        }
        for name, record in document["handovers"].items()
    }
    return document


def _checked(document: object) -> dict[str, Any]:
    if not isinstance(document, Mapping):
        raise TypeError(f"expected an object, got {type(document).__name__}")
    values = dict(document)
    version = values.pop("format", None)
    if type(version) is not int or version < 1:
        raise ValueError(
            f"format: expected a whole number from 1, got {version!r}; this is no checkpoint of ours"
        )
    if version > FORMAT_VERSION:
        raise ValueError(
            f"format {version} is newer than {FORMAT_VERSION}, the newest that this version reads"
        )
    known = {entry.name for entry in fields(CheckpointState)}
    if unknown := sorted(set(values) - known):
        raise ValueError(f"unknown keys: {', '.join(map(str, unknown))}")
    for name in _NOT_ALWAYS_THERE:
        values.setdefault(name, {})
    if missing := sorted(known - set(values)):
        raise ValueError(f"missing keys: {', '.join(missing)}")
    for name in ("run_id", "pipeline_name", "pipeline_fingerprint", "status", "created_at", "updated_at"):
        _expect(name, values[name], str)
    if values["failed_component"] is not None:
        _expect("failed_component", values["failed_component"], str)
    _expect_texts("completed_components", values["completed_components"])
    for kind in ("views", "dropped"):
        _expect(kind, values[kind], dict)
        for component, views in values[kind].items():
            _expect_texts(f"{kind}.{component}", views)
    _expect("tries", values["tries"], list)
    values["tries"] = [_try_record(index, record) for index, record in enumerate(values["tries"])]
    _expect("handovers", values["handovers"], dict)
    values["handovers"] = {
        name: _handover(f"handovers.{name}", record) for name, record in values["handovers"].items()
    }
    _expect("counts", values["counts"], dict)
    values["counts"] = {name: _counts(f"counts.{name}", told) for name, told in values["counts"].items()}
    return values


def _counts(where: str, told: object) -> list[DataCount]:
    _expect(where, told, list)
    assert isinstance(told, list)  # noqa: S101 - narrows the type that _expect has checked
    return [_count(f"{where}[{index}]", count) for index, count in enumerate(told)]


def _count(where: str, count: object) -> DataCount:
    _expect(where, count, dict)
    assert isinstance(count, dict)  # noqa: S101 - narrows the type that _expect has checked
    if set(count) != {"name", "rows", "bytes", "kind"}:
        raise ValueError(f"{where}: expected name, rows, bytes and kind, got {sorted(map(str, count))}")
    _expect(f"{where}.name", count["name"], str)
    for unit in ("rows", "bytes"):
        if (number := count[unit]) is not None and (type(number) is not int or number < 0):
            raise ValueError(f"{where}.{unit}: expected a whole number from 0 or null, got {number!r}")
    return DataCount.from_dict(count)


def _handover(where: str, record: object) -> HandOverRecord:
    _expect(where, record, dict)
    assert isinstance(record, dict)  # noqa: S101 - narrows the type that _expect has checked
    if set(record) - {"session"} != {"directory", "manifest_sha256"} and set(record) != {"session"}:
        raise ValueError(
            f"{where}: expected directory and manifest_sha256, or session, got {sorted(map(str, record))}"
        )
    for name, value in record.items():
        _expect(f"{where}.{name}", value, str)
    return HandOverRecord(**record)


def _try_record(index: int, record: object) -> TryRecord:
    _expect(f"tries[{index}]", record, dict)
    assert isinstance(record, dict)  # noqa: S101 - narrows the type that _expect has checked
    if set(record) != {"owner", "started_at", "details"}:
        raise ValueError(
            f"tries[{index}]: expected owner, started_at and details, got {sorted(map(str, record))}"
        )
    for name in ("owner", "started_at"):
        _expect(f"tries[{index}].{name}", record[name], str)
    _expect(f"tries[{index}].details", record["details"], dict)
    for name, value in record["details"].items():
        _expect(f"tries[{index}].details.{name}", value, str)
    return TryRecord(**record)


def _expect(name: str, value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise TypeError(f"{name}: expected {kind.__name__}, got {type(value).__name__}")


def _expect_texts(name: str, value: object) -> None:
    _expect(name, value, list)
    assert isinstance(value, Sequence)  # noqa: S101 - narrows the type that _expect has checked
    for index, entry in enumerate(value):
        _expect(f"{name}[{index}]", entry, str)
