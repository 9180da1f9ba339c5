"""A client of Airflow's REST API, for the demo and the end-to-end tests."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx

from dev.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

__all__ = ["AirflowApiError", "AirflowClient", "DagImportError", "TaskId"]

Json = dict[str, Any]

_LONG_AGO = datetime(1970, 1, 1, tzinfo=timezone.utc)

FINISHED = ("success", "failed")


class AirflowApiError(RuntimeError):
    """Airflow refused a request; `status` is the HTTP status, and the message has Airflow's answer."""

    def __init__(self, request: str, status: int, text: str) -> None:
        """Take method and path as `request`."""
        self.status = status
        super().__init__(f"{request}: HTTP {status}: {text}")


class DagImportError(RuntimeError):
    """DAG files could not be imported; `errors` maps each file to its stack trace."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        """Put all stack traces into the message."""
        self.errors = dict(errors)
        super().__init__("\n".join(f"{file} cannot be imported:\n{trace}" for file, trace in errors.items()))


@dataclass(frozen=True)
class TaskId:
    """One task of one run; the same in each try."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int = -1

    @property
    def path(self) -> str:
        """Path of the task in the API; most paths about a task begin with it."""
        return f"{_run_path(self.dag_id, self.run_id)}/taskInstances/{quote(self.task_id, safe='')}"


class AirflowClient:
    """A client of one Airflow, made by `LocalAirflow`. All methods except `health` need `log_in` first.

    Args:
        address: For example `http://127.0.0.1:8080`.
        since: What Airflow parsed before this time, in an earlier start, is ignored.
        clock, sleep: Used to wait.
    """

    def __init__(
        self,
        address: str,
        *,
        since: datetime = _LONG_AGO,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._since = since
        self._clock = clock
        self._sleep = sleep
        # Requests to this machine do not go through a proxy of the environment.
        self._http = httpx.Client(base_url=address, timeout=30, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def log_in(self, username: str, password: str) -> None:
        """Get a token, which is valid for a day."""
        answer = self._http.post("/auth/token", json={"username": username, "password": password})
        self._http.headers["Authorization"] = f"Bearer {self._checked(answer)['access_token']}"

    @property
    def token(self) -> str:
        """Token that authenticates requests; the UI keeps it in the cookie `_token`."""
        return str(self._http.headers["Authorization"]).removeprefix("Bearer ")

    def health(self) -> Json | None:
        """Return the health of Airflow's services; None while nothing answers."""
        try:
            answer = self._http.get("/api/v2/monitor/health", timeout=5)
        except httpx.TransportError:
            return None
        return self._checked(answer) if answer.is_success else None

    def prepare_for_tasks(self) -> None:
        """Have the api-server build the execution API, which otherwise costs the first task four seconds."""
        self._checked(self._http.get("/execution/health", timeout=120))

    # DAGs

    def import_errors(self) -> dict[str, str]:
        """Return the stack traces by file name, relative to the DAG folder."""
        errors = self.get("/importErrors", limit=100)["import_errors"]
        return {
            error["filename"]: error["stack_trace"]
            for error in errors
            if _time(error["timestamp"]) >= self._since
        }

    def wait_for_dag(self, dag_id: str, *, file: str | None = None, timeout_seconds: float = 60.0) -> Json:
        """Wait until this start of Airflow has parsed the DAG; unpause it and return it.

        Args:
            dag_id: The DAG.
            file: Its file; errors in other files are then ignored.
            timeout_seconds: How long to wait.

        Raises:
            DagImportError: as soon as Airflow reports that the file, or any file without `file`, is broken.
            TimeoutError: the DAG did not appear.
        """

        def parsed() -> Json | None:
            dag = self._get_or_none(f"/dags/{quote(dag_id, safe='')}")
            parsed_at = dag and dag.get("last_parsed_time")
            if dag and parsed_at and _time(parsed_at) >= self._since:
                return dag
            errors = self.import_errors()
            if broken := {name: text for name, text in errors.items() if file is None or name == file}:
                raise DagImportError(broken)
            return None

        dag = self._wait(parsed, f"DAG {dag_id!r} to be parsed", timeout_seconds)
        if dag["is_paused"]:
            self._request("PATCH", f"/dags/{quote(dag_id, safe='')}", json={"is_paused": False})
        return dag

    # Connections

    def add_connection(self, conn_id: str, conn_type: str, **fields: Any) -> None:
        """Create or replace a connection; `extra` is a value that JSON can hold."""
        if "extra" in fields:
            fields["extra"] = json.dumps(fields["extra"])
        self._request(
            "PATCH",
            "/connections",
            json={
                "actions": [
                    {
                        "action": "create",
                        "action_on_existence": "overwrite",
                        "entities": [{"connection_id": conn_id, "conn_type": conn_type, **fields}],
                    }
                ]
            },
        )

    # Runs

    def trigger(
        self,
        dag_id: str,
        conf: Mapping[str, Any] | None = None,
        *,
        run_id: str | None = None,
        logical_date: datetime | None = None,
    ) -> str:
        """Start a run and return its id. `conf` also overrides params of the DAG."""
        body: Json = {
            "conf": dict(conf or {}),
            "logical_date": logical_date.isoformat() if logical_date else None,
        }
        if run_id is not None:
            body["dag_run_id"] = run_id
        made = self._request("POST", f"/dags/{quote(dag_id, safe='')}/dagRuns", json=body)
        return str(made["dag_run_id"])

    def run(self, dag_id: str, run_id: str) -> Json:
        """Return the run; its `["state"]` is queued, running, success or failed."""
        return self.get(_run_path(dag_id, run_id))

    def runs(self, dag_id: str, states: Collection[str] = ()) -> list[Json]:
        """Return the runs of a DAG; with `states`, only those in one of them."""
        runs: list[Json] = self.get(
            f"/dags/{quote(dag_id, safe='')}/dagRuns",
            limit=100,
            **({"state": list(states)} if states else {}),
        )["dag_runs"]
        return runs

    def set_run_state(self, dag_id: str, run_id: str, state: str) -> None:
        """Mark a run as success, failed or queued; running tasks are stopped."""
        self._request("PATCH", _run_path(dag_id, run_id), json={"state": state})

    def delete_run(self, dag_id: str, run_id: str) -> None:
        """Delete a run with its tasks, XComs and task state."""
        self._request("DELETE", _run_path(dag_id, run_id))

    def wait_for_run(
        self,
        dag_id: str,
        run_id: str,
        states: Collection[str] = FINISHED,
        *,
        timeout_seconds: float = 180.0,
    ) -> Json:
        """Wait until the run is in one of the states, and return it.

        Raises:
            TimeoutError: with the states of the run and of its tasks.
        """

        def there() -> Json | None:
            run = self.run(dag_id, run_id)
            return run if run["state"] in states else None

        def how_far() -> str:
            state = self.run(dag_id, run_id)["state"]
            tasks = [
                f"{task['task_id']} {task['state']} (try {task['try_number']})"
                for task in self.tasks(dag_id, run_id)
            ]
            return f"run {run_id!r} of {dag_id!r} to be {_either(states)}; it is {state}, its tasks: {tasks}"

        return self._wait(there, how_far, timeout_seconds)

    # Tasks

    def tasks(self, dag_id: str, run_id: str) -> list[Json]:
        """Return all tasks of a run, in their current try."""
        tasks: list[Json] = self.get(f"{_run_path(dag_id, run_id)}/taskInstances", limit=100)[
            "task_instances"
        ]
        return tasks

    def task(self, task: TaskId) -> Json:
        """Return the task in its current try: `["state"]`, `["try_number"]`, `["duration"]` (seconds) and more."""
        return self.get(f"{task.path}/{task.map_index}" if task.map_index >= 0 else task.path)

    def tries(self, task: TaskId) -> list[Json]:
        """Return all tries so far, the current try last."""
        mapped = f"/{task.map_index}" if task.map_index >= 0 else ""
        tries: list[Json] = self.get(f"{task.path}{mapped}/tries")["task_instances"]
        return sorted(tries, key=lambda each: int(each["try_number"]))

    def wait_for_task(
        self,
        task: TaskId,
        states: Collection[str],
        *,
        try_number: int | None = None,
        timeout_seconds: float = 120.0,
    ) -> Json:
        """Wait until the task is in one of the states (in try `try_number` or later), and return it.

        Raises:
            TimeoutError: with the state and try it is in.
        """

        def there() -> Json | None:
            now = self.task(task)
            late_enough = try_number is None or now["try_number"] >= try_number
            return now if now["state"] in states and late_enough else None

        def how_far() -> str:
            now = self.task(task)
            wanted = _either(states) + (f" in try {try_number}" if try_number else "")
            return f"{task} to be {wanted}; it is {now['state']} in try {now['try_number']}"

        return self._wait(there, how_far, timeout_seconds)

    def wait_for_pid(
        self, task: TaskId, *, try_number: int | None = None, timeout_seconds: float = 60.0
    ) -> int:
        """Return the process id of the task's own code (its parent is the supervisor)."""
        now = self.wait_for_task(task, ["running"], try_number=try_number, timeout_seconds=timeout_seconds)
        return int(now["pid"])

    def log(self, task: TaskId, try_number: int) -> list[Json]:
        """Return the lines of the log of a try: `event`, mostly `timestamp` and `level`, and further fields.

        The list is empty while there is no log.
        """
        lines: list[Json] = []
        token: str | None = None
        while True:
            asked = {"map_index": task.map_index, "full_content": True} | ({"token": token} if token else {})
            page = self._get_or_none(f"{task.path}/logs/{try_number}", **asked)
            if page is None:
                return lines
            lines += [line if isinstance(line, dict) else {"event": line} for line in page["content"]]
            token = page.get("continuation_token")
            # While the task runs there is always a token, and for the last page an empty one follows.
            if not token or not page["content"]:
                return lines

    def xcom(self, task: TaskId, key: str = "return_value") -> Any:
        """Return a value that the task pushed, or None."""
        entry = self._get_or_none(f"{task.path}/xcomEntries/{quote(key, safe='')}", map_index=task.map_index)
        return entry and entry["value"]

    def state_store(self, task: TaskId) -> Json:
        """Return the values in the task's state store, by key."""
        entries = self.get(f"{task.path}/state-store", map_index=task.map_index, limit=100)[
            "task_state_store"
        ]
        return {entry["key"]: entry["value"] for entry in entries}

    def set_state_value(self, task: TaskId, key: str, value: Any) -> None:
        """Write one value of the task's state store."""
        self._request(
            "PUT",
            f"{task.path}/state-store/{quote(key, safe='')}",
            params={"map_index": task.map_index},
            json={"value": value},
        )

    def clear(
        self,
        dag_id: str,
        run_id: str,
        task_ids: Sequence[str],
        *,
        only_failed: bool = False,
        downstream: bool = False,
    ) -> None:
        """Clear the tasks, as the UI does; their XComs stay until they run again."""
        body = {
            "dry_run": False,
            "dag_run_id": run_id,
            "task_ids": list(task_ids),
            "only_failed": only_failed,
            "include_downstream": downstream,
        }
        self._request("POST", f"/dags/{quote(dag_id, safe='')}/clearTaskInstances", json=body)

    def set_task_state(self, task: TaskId, state: str) -> None:
        """Mark the task as success, failed or skipped; if it runs, it is stopped."""
        path = f"{task.path}/{task.map_index}" if task.map_index >= 0 else task.path
        self._request("PATCH", path, json={"new_state": state})

    # Requests

    def get(self, path: str, **params: Any) -> Json:
        """Get any page of `/api/v2`.

        Raises:
            AirflowApiError: Airflow refused it.
        """
        return self._request("GET", path, params=params)

    def _get_or_none(self, path: str, **params: Any) -> Json | None:
        try:
            return self.get(path, **params)
        except AirflowApiError as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise

    def _request(self, method: str, path: str, **options: Any) -> Json:
        def answered() -> httpx.Response | None:
            answer = self._http.request(method, f"/api/v2{path}", **options)
            return None if _met_a_lock(answer) else answer

        what = f"{method} {path} to find the database unlocked"
        answer = wait_until(answered, what, timeout_seconds=60, clock=self._clock, sleep=self._sleep)
        return self._checked(answer)

    def _checked(self, answer: httpx.Response) -> Json:
        request = f"{answer.request.method} {answer.request.url.path}"
        if not answer.is_success:
            raise AirflowApiError(request, answer.status_code, answer.text[:2000])
        if not answer.content:
            return {}
        # Airflow answers an unknown path with the page of its UI.
        if "json" not in answer.headers.get("content-type", ""):
            raise AirflowApiError(request, answer.status_code, "not JSON: there is no such path")
        body: Json = answer.json()
        return body

    def _wait(
        self, probe: Callable[[], Json | None], what: Callable[[], str] | str, timeout_seconds: float
    ) -> Json:
        return wait_until(probe, what, timeout_seconds=timeout_seconds, clock=self._clock, sleep=self._sleep)


def _met_a_lock(answer: httpx.Response) -> bool:
    """Return whether the request was rolled back because SQLite was locked, so that it can be repeated.

    The api-server can wait for itself: a request blocks the end of another request's transaction and waits for
    that end, until SQLite gives up after five seconds.
    """
    return answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR and "database is locked" in answer.text


def _run_path(dag_id: str, run_id: str) -> str:
    return f"/dags/{quote(dag_id, safe='')}/dagRuns/{quote(run_id, safe='')}"


def _time(text: str) -> datetime:
    # Python 3.10 does not read the Z.
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _either(words: Collection[str]) -> str:
    return " or ".join(words)
