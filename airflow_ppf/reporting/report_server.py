"""Shows run reports beside Airflow's own pages, to those who may read the task's log."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from fastapi import FastAPI

__all__ = ["ReportServer", "report_application"]

HEADERS = {
    # The page may come from any worker. A sandbox without scripts makes it a stranger to Airflow's own pages: whatever
    # it contains, it can neither act in the reader's name nor load anything.
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-cache",
}


class ReportServer:
    """An ASGI application that is made when it is first asked for something.

    Every Airflow process loads plugins, the tasks' too; only the api-server needs the web framework.
    """

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        """As ASGI has it."""
        await report_application()(scope, receive, send)


@cache
def report_application() -> FastAPI:
    """The application behind it; one for the process."""
    from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
    from airflow.api_fastapi.core_api.security import requires_access_dag
    from fastapi import Depends, FastAPI, HTTPException
    from fastapi.responses import HTMLResponse

    from airflow_ppf.reporting.report import read_report, reports_setting
    from airflow_ppf.reporting.report_address import ReportKey

    application = FastAPI(title="PPF run reports", docs_url=None, redoc_url=None, openapi_url=None)
    # A report says what the log says; the check takes the path's dag_id.
    may_read = Depends(requires_access_dag("GET", DagAccessEntity.TASK_LOGS))

    @application.get(
        "/reports/{dag_id}/{run_id}/{task_id}/{map_index}/try-{try_number}.html",
        dependencies=[may_read],
        response_class=HTMLResponse,
    )
    def show(dag_id: str, run_id: str, task_id: str, map_index: int, try_number: int) -> HTMLResponse:
        place = reports_setting()
        if place is None:
            raise HTTPException(404, "no place for reports: set the option reports in the section ppf")
        page = read_report(place, ReportKey(dag_id, run_id, task_id, map_index, try_number))
        if page is None:
            raise HTTPException(404, "there is no report of this try")
        return HTMLResponse(page, headers=HEADERS)

    return application
