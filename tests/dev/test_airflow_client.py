"""Requests of the client to an Airflow that is not ready for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from dev.airflow_client import AirflowApiError, AirflowClient

LOCKED = {"detail": {"reason": "Database error", "orig_error": "database is locked"}}
OTHER = {"detail": {"reason": "Database error", "orig_error": "no such table: dag"}}
MADE = {"dag_run_id": "r"}


class Airflow(HTTPServer):
    """Gives the `answers`, one after the other."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.answers: list[tuple[int, object]] = []
        self.asked: list[str] = []


class Answers(BaseHTTPRequestHandler):
    server: Airflow

    def do_POST(self) -> None:
        self.server.asked.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        status, document = self.server.answers.pop(0)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class names it
        """Say nothing."""


@pytest.fixture
def airflow() -> Iterator[Airflow]:
    with Airflow() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def client(airflow: Airflow) -> Iterator[AirflowClient]:
    client = AirflowClient(f"http://127.0.0.1:{airflow.server_port}", sleep=lambda _: None)
    yield client
    client.close()


def test_what_met_a_locked_database_is_asked_again(airflow: Airflow, client: AirflowClient) -> None:
    airflow.answers = [(500, LOCKED), (500, LOCKED), (200, MADE)]
    assert client.trigger("d", {"x": 1}) == "r"
    assert len(airflow.asked) == 3
    assert len(set(airflow.asked)) == 1


def test_what_failed_for_another_reason_is_not(airflow: Airflow, client: AirflowClient) -> None:
    airflow.answers = [(500, OTHER)]
    with pytest.raises(AirflowApiError, match="no such table"):
        client.trigger("d")
    assert len(airflow.asked) == 1
