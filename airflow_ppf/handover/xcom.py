"""How one task tells the next where its views are: the XCom `ppf_handover`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ppf_core.errors import PpfError
from ppf_core.runner import CompletedComponents, HandOverRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import TypeGuard

__all__ = ["HANDOVER_XCOM", "UpstreamHandOverError", "handovers_of", "handovers_to_xcom", "told_settings"]

HANDOVER_XCOM = "ppf_handover"
_WRITTEN = ("directory", "manifest_sha256")
_PLACE = (*_WRITTEN, "session")


class UpstreamHandOverError(PpfError):
    """What a task should have handed over of a component cannot be used, for a `reason`; it has to run again."""

    def __init__(self, component: str, task_id: str, reason: str) -> None:
        super().__init__(
            f"expected the views of component {component!r} from task {task_id}, got none: {reason}. "
            f"Clear task {task_id} together with what is downstream of it, and they are made again"
        )
        self.component = component
        self.task_id = task_id
        self.reason = reason

    def __reduce__(self) -> tuple[type, tuple[str, str, str]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.component, self.task_id, self.reason)


def handovers_to_xcom(
    completed: CompletedComponents, components: Iterable[str], settings: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What others have to know of the components: for each its views, where they are, and which it dropped.

    None for one that did not run, since it was not selected. With `settings`, digests of what each component was
    run with, others may also run it again: its views need not be anywhere.
    """
    told: dict[str, Any] = dict.fromkeys(components)
    for name in completed.intersection(told):
        told[name] = {"views": list(completed.views.get(name, ()))}
        if dropped := completed.dropped.get(name):
            told[name]["dropped"] = list(dropped)
        if record := completed.handovers.get(name):
            place = {"directory": record.directory, "manifest_sha256": record.manifest_sha256}
            told[name] |= {
                **(place if record.is_written else {}),
                **({"session": record.session} if record.session else {}),
            }
        if settings is not None:
            told[name]["settings"] = settings[name]
    return told


def told_settings(told: Mapping[str, Any], component: str, task_id: str) -> str:
    """The digest of what the component was run with; for what `handovers_of` has read."""
    return str(told[task_id][component].get("settings"))


def handovers_of(
    told: Mapping[str, Any], makers: Mapping[str, str], *, shared: bool = False
) -> CompletedComponents:
    """The components that `makers` names, as their tasks have told of them, without those that did not run.

    Args:
        told: The XComs by task id; None where there is none. They are not trusted.
        makers: The task of each component.
        shared: Whether views may have been handed on in a shared session only, or not at all.

    Raises:
        UpstreamHandOverError: a task has told nothing of its component, or nothing that makes sense.
    """
    views: dict[str, tuple[str, ...]] = {}
    dropped: dict[str, tuple[str, ...]] = {}
    records: dict[str, HandOverRecord] = {}
    for name, task_id in makers.items():
        components = told.get(task_id)
        if components is None:
            raise UpstreamHandOverError(
                name,
                task_id,
                f"it has not pushed the XCom {HANDOVER_XCOM} in this run, which it does when it succeeds",
            )
        if isinstance(components, dict) and name in components and components[name] is None:
            continue
        entry = components.get(name) if isinstance(components, dict) else None
        if not _makes_sense(entry, shared):
            raise UpstreamHandOverError(
                name, task_id, f"its XCom {HANDOVER_XCOM} does not say where they are"
            )
        views[name], dropped[name] = tuple(entry["views"]), tuple(entry.get("dropped", ()))
        if views[name] and (place := {key: entry[key] for key in _PLACE if key in entry}):
            records[name] = HandOverRecord(**place)
    return CompletedComponents(views, views, records, dropped)


def _makes_sense(entry: Any, shared: bool) -> TypeGuard[dict[str, Any]]:
    if not isinstance(entry, dict):
        return False
    lists = [entry.get("views"), entry.get("dropped", [])]
    if not all(isinstance(names, list) and all(isinstance(name, str) for name in names) for names in lists):
        return False
    place = {key: entry[key] for key in _PLACE if key in entry}
    if not all(isinstance(text, str) for text in place.values()):
        return False
    is_written = all(place.get(key) for key in _WRITTEN)
    if shared and not any(key in place for key in _WRITTEN):
        return True
    return is_written or not entry["views"]
