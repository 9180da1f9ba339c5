"""Addresses of run reports: one page per try of a task instance, on disk and under the api-server."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

__all__ = ["ADDRESS_PREFIX", "ReportKey", "file_name"]

ADDRESS_PREFIX = "/ppf"
"""The part of the api-server's address space that belongs to the provider."""


@dataclass(frozen=True)
class ReportKey:
    """One try of a task instance; says where its report is, so that nobody has to say which file is meant."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    try_number: int

    @property
    def folder(self) -> str:
        """The folder of all tries, one path segment: letters, digits, dashes, whatever is in the ids."""
        from ppf_core.runner import directory_name

        return directory_name(self.dag_id, self.run_id, self.task_id, str(self.map_index))

    @property
    def address(self) -> str:
        """Where the api-server shows it, below `ADDRESS_PREFIX`; those of the other tries are beside it."""
        ids = (self.dag_id, self.run_id, self.task_id, str(self.map_index))
        return f"/reports/{'/'.join(quote(one, safe='') for one in ids)}/{file_name(self.try_number)}"


def file_name(try_number: int) -> str:
    """The name of a try's file."""
    return f"try-{try_number}.html"
