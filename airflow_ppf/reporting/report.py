"""Where the reports of tasks' runs are, and under which address Airflow shows them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from airflow_ppf.reporting.report_address import ADDRESS_PREFIX, ReportKey, file_name
from ppf_core.runner import ReportDestination, ReportFile

if TYPE_CHECKING:
    from airflow_ppf.task.identity import TaskIdentity
    from ppf_core.runner import TryRecord

__all__ = [
    "TaskReport",
    "read_report",
    "report_place",
    "reports_setting",
]


class TaskReport(ReportDestination):
    """The report of one try of a task.

    Args:
        place: A folder or an address for fsspec, under which each task instance has a folder.
        key: Which try.
        shown: Whether the api-server shows reports from there.
        log: Told where the report is.
    """

    def __init__(self, place: str, key: ReportKey, *, shown: bool, log: Any) -> None:
        self._place = place
        self._key = key
        self._shown = shown
        self._log = log
        self._written = False

    @property
    def address(self) -> str:
        """Where the api-server shows it, once it is written; empty if it does not."""
        if not (self._written and self._shown):
            return ""
        from airflow.sdk.configuration import conf

        base = str(conf.get("api", "base_url", fallback="") or "").rstrip("/")
        return f"{base}{ADDRESS_PREFIX}{self._key.address}"

    def write(self, page: str) -> None:
        """As `ReportDestination`. An object store has the whole page or none; so has a local disk.

        Raises:
            OSError: it cannot be written.
            ValueError: no file system is known for the address.
        """
        file = _folder(self._place) / self._key.folder / file_name(self._key.try_number)
        if isinstance(file, Path):
            ReportFile(file).write(page)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(page, encoding="utf-8")
        self._written = True
        self._log.info("Run report: %s", file)

    def page_of_try(self, record: TryRecord) -> str | None:
        """As `ReportDestination`."""
        number = record.details.get("try_number", "")
        if not (number.isascii() and number.isdecimal()):
            return None
        name = file_name(int(number))
        return name if (_folder(self._place) / self._key.folder / name).exists() else None


def reports_setting() -> str | None:
    """The option `reports` of the section `ppf`: from where the api-server shows reports, and tasks put them."""
    from airflow.sdk.configuration import conf

    return conf.get("ppf", "reports", fallback=None) or None


def report_place(identity: TaskIdentity, root: str | None, log: Any) -> TaskReport | None:
    """Where a task puts its report: as the option says, else under the hand-over root, else nowhere."""
    key = ReportKey(
        identity.dag_id, identity.run_id, identity.task_id, identity.map_index, identity.try_number
    )
    if (shown := reports_setting()) is not None:
        return TaskReport(shown, key, shown=True, log=log)
    if root is not None:
        return TaskReport(f"{root.rstrip('/')}/reports", key, shown=False, log=log)
    return None


def read_report(place: str, key: ReportKey) -> str | None:
    """The report, if there is one at `place`.

    Nothing but a report can be read: the path is made of digests of the ids, and a link to elsewhere is not followed.
    """
    folder = _folder(place)
    if isinstance(folder, Path):
        folder = folder.resolve()
    file = folder / key.folder / file_name(key.try_number)
    if isinstance(file, Path) and file.resolve() != file:
        return None
    try:
        text: str = file.read_text(encoding="utf-8")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, UnicodeDecodeError):
        return None
    return text


def _folder(place: str) -> Any:
    parts = urlsplit(place)
    if parts.scheme in ("", "file"):
        return Path(unquote(parts.path) if parts.scheme else place).expanduser()
    # Not where DAG files are parsed: fsspec takes its time.
    from airflow.sdk import ObjectStoragePath
    from airflow.sdk.io import has_fs
    from upath import UPath

    known = "@" in parts.netloc or has_fs(parts.scheme)
    return ObjectStoragePath(place) if known else UPath(place)
