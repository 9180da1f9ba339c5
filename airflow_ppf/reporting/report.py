"""Run reports of tasks: where they are written and read, and their address in the api-server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from airflow_ppf.airflow_api import has_file_system
from airflow_ppf.reporting.report_address import ADDRESS_PREFIX, ReportKey, file_name
from ppf_core.runner import ReportDestination, ReportFile

if TYPE_CHECKING:
    from airflow_ppf.task.identity import TaskIdentity
    from ppf_core.runner import TryRecord

__all__ = [
    "TaskReport",
    "read_report",
    "report_destination",
    "reports_setting",
]


class TaskReport(ReportDestination):
    """Destination of the report of a task's try.

    Args:
        root: A folder or an fsspec address, under which each task instance has a folder.
        key: The try.
        shown: Whether the api-server shows reports from there.
        log: The logger for the location of the report.
    """

    def __init__(self, root: str, key: ReportKey, *, shown: bool, log: Any) -> None:
        self._root = root
        self._key = key
        self._shown = shown
        self._log = log
        self._written = False

    @property
    def address(self) -> str:
        """Address of the written report in the api-server; empty if it is not written or not shown."""
        if not (self._written and self._shown):
            return ""
        from airflow.sdk.configuration import conf

        base = str(conf.get("api", "base_url", fallback="") or "").rstrip("/")
        return f"{base}{ADDRESS_PREFIX}{self._key.address}"

    def write(self, page: str) -> None:
        """Write the report; readers see the whole page or none, on a local disk and in an object store.

        Raises:
            OSError: the report cannot be written.
            ValueError: no file system is known for the address.
        """
        file = _folder(self._root) / self._key.folder / file_name(self._key.try_number)
        if isinstance(file, Path):
            ReportFile(file).write(page)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(page, encoding="utf-8")
        self._written = True
        self._log.info("Run report: %s", file)

    def page_of_try(self, record: TryRecord) -> str | None:
        """Return the file name of an earlier try's report, if there is one."""
        number = record.details.get("try_number", "")
        if not (number.isascii() and number.isdecimal()):
            return None
        name = file_name(int(number))
        return name if (_folder(self._root) / self._key.folder / name).exists() else None


def reports_setting() -> str | None:
    """Return Airflow's option `[ppf] reports`, where tasks write reports and the api-server reads them."""
    from airflow.sdk.configuration import conf

    return conf.get("ppf", "reports", fallback=None) or None


def report_destination(identity: TaskIdentity, root: str | None, log: Any) -> TaskReport | None:
    """Return the destination of a task's report: the folder of the option, else the hand-over root, else None."""
    key = ReportKey(
        identity.dag_id, identity.run_id, identity.task_id, identity.map_index, identity.try_number
    )
    if (shown := reports_setting()) is not None:
        return TaskReport(shown, key, shown=True, log=log)
    if root is not None:
        return TaskReport(f"{root.rstrip('/')}/reports", key, shown=False, log=log)
    return None


def read_report(root: str, key: ReportKey) -> str | None:
    """Return the report of a try, if there is one under `root`.

    No other file can be read: the path consists of digests of the ids, and links out of the folder are not followed.
    """
    folder = _folder(root)
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


def _folder(root: str) -> Any:
    parts = urlsplit(root)
    if parts.scheme in ("", "file"):
        return Path(unquote(parts.path) if parts.scheme else root).expanduser()
    # Imported here because parsing a DAG does not need them, and fsspec is slow to load.
    from airflow.sdk import ObjectStoragePath
    from upath import UPath

    is_airflows = "@" in parts.netloc or has_file_system(parts.scheme)
    return ObjectStoragePath(root) if is_airflows else UPath(root)
