"""Web application for run reports in Airflow's api-server, for users who may read the task's log."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from fastapi import FastAPI

__all__ = ["ReportServer", "report_application"]

HEADERS = {
    # The page may come from any worker. A sandbox without scripts separates it from Airflow's own pages: whatever it
    # contains, it can neither act on behalf of the reader nor load anything.
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-cache",
}


class ReportServer:
    """ASGI application that is created on the first request.

    Every Airflow process loads plugins, tasks included; only the api-server needs the web framework.
    """

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        """Handle an ASGI request."""
        await report_application()(scope, receive, send)


@cache
def report_application() -> FastAPI:
    """Return the FastAPI application of this process."""
    from fastapi import Depends, FastAPI, HTTPException
    from fastapi.responses import HTMLResponse

    from airflow_ppf.airflow_api import task_log_permission
    from airflow_ppf.reporting.report import read_report, reports_setting
    from airflow_ppf.reporting.report_address import ReportKey

    application = FastAPI(title="PPF run reports", docs_url=None, redoc_url=None, openapi_url=None)
    # A report has the same content as the log; the check takes the dag_id from the path.
    may_read = Depends(task_log_permission())

    @application.get(
        "/reports/{dag_id}/{run_id}/{task_id}/{map_index}/try-{try_number}.html",
        dependencies=[may_read],
        response_class=HTMLResponse,
    )
    def show(dag_id: str, run_id: str, task_id: str, map_index: int, try_number: int) -> HTMLResponse:
        root = reports_setting()
        if root is None:
            raise HTTPException(404, "no folder for reports: set the option reports in the section ppf")
        page = read_report(root, ReportKey(dag_id, run_id, task_id, map_index, try_number))
        if page is None:
            raise HTTPException(404, "this try has no report")
        return HTMLResponse(page, headers=HEADERS)

    return application
