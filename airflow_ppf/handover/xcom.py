"""XCom `ppf_handover`: the records of a task's components, for the tasks downstream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ppf_core.errors import PpfError
from ppf_core.runner import CompletedComponent, CompletedComponents, RecordCodec, RecordError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["HANDOVER_XCOM", "UpstreamHandOverError", "UpstreamHandOvers", "handover_xcom"]

HANDOVER_XCOM = "ppf_handover"


class UpstreamHandOverError(PpfError):
    """The hand-over of an upstream component cannot be used, for a `reason`; the component has to run again."""

    def __init__(self, component: str, task_id: str, reason: str) -> None:
        super().__init__(
            f"expected the views of component {component!r} from task {task_id}, got none: {reason}. "
            f"Clear task {task_id} together with its downstream tasks to create them again"
        )
        self.component = component
        self.task_id = task_id
        self.reason = reason

    def __reduce__(self) -> tuple[type, tuple[str, str, str]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.component, self.task_id, self.reason)


@dataclass(frozen=True)
class _HandedOver:
    """A component's record and, in a shared session, the digest of the settings that it ran with."""

    record: CompletedComponent
    settings: str | None = None


@dataclass(frozen=True)
class _Entries:
    """The components of a task; None for one that was not selected."""

    components: dict[str, _HandedOver | None]


_CODEC = RecordCodec(_Entries)


def handover_xcom(
    completed: CompletedComponents, components: Iterable[str], settings: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the value of the XCom for the components of a task.

    Args:
        completed: What the task's run has completed.
        components: The components of the task.
        settings: Digests of the settings that they ran with. With these, a task that does not find their views in the
            shared session may run them again.
    """
    entries = {
        name: _HandedOver(completed.record(name), settings[name] if settings is not None else None)
        if name in completed
        else None
        for name in components
    }
    value: dict[str, Any] = _CODEC.to_plain(_Entries(entries))
    return value


class UpstreamHandOvers:
    """The hand-overs of the components that upstream tasks ran.

    Args:
        makers: The task of each upstream component.
        xcoms: The XCom of each of these tasks; None where there is none. XComs are untrusted.
        shared: Whether views may be in a shared session only, or have to be replayed.

    Raises:
        UpstreamHandOverError: a task has pushed no XCom, or one that does not hold a hand-over of its component.
    """

    def __init__(self, makers: Mapping[str, str], xcoms: Mapping[str, Any], *, shared: bool = False) -> None:
        self.makers = makers
        self._settings: dict[str, str | None] = {}
        records: dict[str, CompletedComponent] = {}
        for name, task_id in makers.items():
            entries = _read(xcoms.get(task_id), name, task_id)
            if name not in entries:
                raise _unusable(name, task_id, "it has no entry for the component")
            if (entry := entries[name]) is None:
                continue  # not selected, so it did not run
            handover = entry.record.handover
            is_written = handover is not None and handover.is_written
            if entry.record.views and not is_written and not shared:
                raise _unusable(name, task_id, "it has no directory for its views")
            records[name] = entry.record
            self._settings[name] = entry.settings
        self.completed = CompletedComponents(records, records)
        """Records of the components that upstream tasks completed."""

    def settings_digest(self, component: str) -> str | None:
        """Return the digest of the settings that the component ran with; None outside a shared session."""
        return self._settings[component]


def _read(xcom: Any, component: str, task_id: str) -> dict[str, _HandedOver | None]:
    if xcom is None:
        raise UpstreamHandOverError(
            component,
            task_id,
            f"it has not pushed the XCom {HANDOVER_XCOM} in this run, which it does when it succeeds",
        )
    try:
        return _CODEC.from_plain(xcom).components
    except RecordError as error:
        raise _unusable(component, task_id, str(error)) from error


def _unusable(component: str, task_id: str, reason: str) -> UpstreamHandOverError:
    return UpstreamHandOverError(
        component, task_id, f"its XCom {HANDOVER_XCOM} does not say where they are ({reason})"
    )
