"""Run reports in a real Airflow: who is shown which, and what else cannot be had in this way."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from dev.airflow_client import AirflowClient, TaskId
from dev.local_airflow import LocalAirflow
from dev.waiting import wait_until
from tests.support.ledger_run import LedgerRun, copy_dags

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.spark]


@pytest.fixture(scope="module")
def failed_task(airflow: LocalAirflow, dags_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> TaskId:
    """A task whose only try has failed."""
    copy_dags(dags_folder, "ledger*")
    run = LedgerRun(airflow.client, tmp_path_factory.mktemp("ledger"))
    run.trigger("ledger_one_try", times=1)
    run.wait_for("failed")
    return run.task


def links(client: AirflowClient, task: TaskId) -> dict[str, str | None]:
    links: dict[str, str | None] = client.get(f"{task.path}/links")["extra_links"]
    return links


def report_link(client: AirflowClient, task: TaskId) -> str:
    """Return the link, for which Airflow asks the operator only once it knows the state of the task."""
    return wait_until(lambda: links(client, task)["Run report"], f"the report link of {task}")


@pytest.fixture
def address(airflow_client: AirflowClient, failed_task: TaskId) -> str:
    return report_link(airflow_client, failed_task)


@pytest.fixture
def token(airflow_client: AirflowClient) -> dict[str, str]:
    return {"Authorization": f"Bearer {airflow_client.token}"}


def test_the_failed_try_is_shown_to_who_is_logged_in(
    airflow_client: AirflowClient, address: str, token: dict[str, str]
) -> None:
    by_header = httpx.get(address, headers=token, trust_env=False)
    by_cookie = httpx.get(address, headers={"Cookie": f"_token={airflow_client.token}"}, trust_env=False)
    assert by_header.status_code == by_cookie.status_code == 200
    assert "trouble failed" in by_header.text
    assert by_header.text == by_cookie.text


def test_whatever_is_in_the_page_can_do_nothing_in_the_readers_name(
    address: str, token: dict[str, str]
) -> None:
    headers = httpx.get(address, headers=token, trust_env=False).headers
    policy = [part.strip() for part in headers["content-security-policy"].split(";")]
    assert "sandbox" in policy, "without any allow-: no scripts, and no part in Airflow's origin"
    assert "default-src 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-type"].startswith("text/html")


def test_nobody_else_is_shown_anything(address: str) -> None:
    assert httpx.get(address, trust_env=False).status_code == 401
    assert httpx.get(address, headers={"Authorization": "Bearer x"}, trust_env=False).status_code in (
        401,
        403,
    )
    assert httpx.get(address, headers={"Cookie": "_token=x"}, trust_env=False).status_code in (401, 403)


@pytest.mark.parametrize(
    "path",
    [
        "{task}/-1/try-2.html",
        "{task}/0/try-1.html",
        "{task}/-1/try-1.html/..%2f..%2f..%2fairflow.cfg",
        "..%2f..%2f/x/pipeline/-1/try-1.html",
        "ledger_one_try/..%2f..%2fairflow.cfg/pipeline/-1/try-1.html",
        "%2e%2e/%2e%2e/%2e%2e/%2e%2e/try-1.html",
    ],
)
def test_nothing_but_a_report_can_be_had(
    airflow: LocalAirflow, failed_task: TaskId, token: dict[str, str], path: str
) -> None:
    task = f"{failed_task.dag_id}/{failed_task.run_id}/{failed_task.task_id}"
    address = f"{airflow.address}/ppf/reports/{path.format(task=task)}"
    answer = httpx.get(address, headers=token, trust_env=False)
    assert answer.status_code in (404, 422)
    assert "fernet" not in answer.text


def test_the_reports_of_a_failed_try_and_of_the_try_that_resumed_are_linked(
    airflow_client: AirflowClient, failed_task: TaskId, address: str, token: dict[str, str]
) -> None:
    airflow_client.clear(failed_task.dag_id, failed_task.run_id, [failed_task.task_id])
    airflow_client.wait_for_task(failed_task, ["success"], try_number=2, timeout_seconds=300)

    second = report_link(airflow_client, failed_task)
    assert second != address
    page = httpx.get(second, headers=token, trust_env=False).text
    assert 'href="try-1.html"' in page
    assert "completed earlier" in page
    assert httpx.get(httpx.URL(second).join("try-1.html"), headers=token, trust_env=False).status_code == 200
