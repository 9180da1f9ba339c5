"""Addresses of run reports: one page per try of a task instance, on disk and under the api-server."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

__all__ = ["ADDRESS_PREFIX", "ReportKey", "file_name"]

ADDRESS_PREFIX = "/ppf"
"""The part of the api-server's address space that belongs to the provider."""


@dataclass(frozen=True)
class ReportKey:
    """Try of a task instance, as the key from which the file and the address of its report follow."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    try_number: int

    @property
    def folder(self) -> str:
        """Folder of all tries, a single path segment of letters, digits and dashes for ids of any kind."""
        from ppf_core.runner import directory_name

        return directory_name(self.dag_id, self.run_id, self.task_id, str(self.map_index))

    @property
    def address(self) -> str:
        """Address in the api-server below `ADDRESS_PREFIX`, in the same folder for all tries."""
        ids = (self.dag_id, self.run_id, self.task_id, str(self.map_index))
        return f"/reports/{'/'.join(quote(part, safe='') for part in ids)}/{file_name(self.try_number)}"


def file_name(try_number: int) -> str:
    """Return the name of a try's file."""
    return f"try-{try_number}.html"
