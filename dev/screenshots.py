"""What `make screenshots` runs: a tour of Airflow's UI in a headless Chromium, and the pictures in docs/images.

A pipeline is triggered, fails, is cleared and resumes, all by clicking. Whatever is not to be seen ends the tour.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dev.browser import Browser, BrowserError, find_chromium
from dev.local_airflow import LocalAirflow, LocalAirflowError
from dev.places import CHECKOUT, EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PICTURES", "Tour", "main", "start_airflow"]

DAG_ID = "nyc_flights"
TASK_ID = "pipeline"
WIDTH, HEIGHT = 1200, 740
FORM_HEIGHT = 1130
UNFOLDED = "details[open] > summary"
"""A traceback in a log."""

PICTURES = (
    "trigger",
    "spark-link",
    "failed-try",
    "failed-report",
    "clear",
    "resumed-try",
    "report-link",
    "xcom",
    "resumed-report",
    "connection-form",
)
"""In the order in which they are taken."""


TOUR = {
    "pipelines/nyc_flights.conf": str(CHECKOUT / "dev" / "tour.conf"),
    # Whoever takes the tour clears the task, instead of waiting for a retry.
    "retries=2": "retries=0",
}
"""What the DAG of the tour has in the place of what the example's has."""


def start_airflow(folder: Path, say: Callable[[str], object] = lambda _: None) -> LocalAirflow:
    """An Airflow with the DAG of the tour; all that it keeps is in `folder`."""
    env = {
        "NYC_FLIGHTS_DIR": str(folder / "data"),
        # What the example's own components are imported from, in front of what the caller's Python has.
        "PYTHONPATH": os.pathsep.join(filter(None, [str(EXAMPLES), os.environ.get("PYTHONPATH")])),
    }
    return LocalAirflow(folder / "airflow", _dags(folder / "dags"), env=env, say=say)


def _dags(folder: Path) -> Path:
    """A DAG folder with the example's DAG, over the pipeline of the tour."""
    dag = (EXAMPLES / "nyc_flights.py").read_text()
    for example, tour in TOUR.items():
        if example not in dag:
            raise LocalAirflowError(f"the example nyc_flights.py has no {example} to be replaced by {tour}")
        dag = dag.replace(example, tour)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nyc_flights.py").write_text(dag)
    return folder


@dataclass
class Tour:
    """The tour through one Airflow; `folder` receives the pictures."""

    airflow: LocalAirflow
    browser: Browser
    folder: Path
    run_id: str = ""

    def take(self) -> None:
        """All of it.

        Raises:
            BrowserError: something was not to be seen.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.browser.resize(WIDTH, HEIGHT)
        self.browser.set_cookie(self.airflow.address, "_token", self.airflow.client.token)
        self._trigger()
        self._see_it_fail()
        self._clear()
        self._see_it_resume()
        self._see_the_connection_form()

    def _trigger(self) -> None:
        self.airflow.client.wait_for_dag(DAG_ID)
        self._open(f"/dags/{DAG_ID}")
        self.browser.click("Trigger Dag")
        self.browser.wait_for("lose_connection")
        self.browser.click(None, selector="[role=dialog] [data-scope=switch][data-part=control]")
        self.browser.wait_until("document.querySelector('[role=dialog] [data-scope=switch] input').checked")
        self._picture("trigger")
        self.browser.click("Trigger")
        self.browser.wait_until(f"location.pathname.startsWith('/dags/{DAG_ID}/runs/')")
        self.run_id = str(self.browser.evaluate("decodeURIComponent(location.pathname.split('/')[4])"))

    def _see_it_fail(self) -> None:
        self._wait_for_link("Spark UI")
        self._picture("spark-link")
        self.airflow.client.wait_for_run(DAG_ID, self.run_id, ["failed"])
        self._open_task()
        self.browser.wait_for("Failed", "publish_report failed", "publish_report (17 of 17)", "Post Execute")
        while self.browser.evaluate(f"document.querySelector({UNFOLDED!r}) !== null"):
            self.browser.click(None, selector=UNFOLDED)
        self._picture("failed-try")
        self._wait_for_link("Run report")
        self._open_report()
        self.browser.wait_for("partial success", "16 ran", "publish_report failed", "lost the connection")
        self._picture("failed-report")

    def _clear(self) -> None:
        self._open_task("/details")
        self.browser.wait_for("Extra Links")
        self.browser.click("Press shift+c to clear")
        self.browser.wait_for("Affected Tasks: 1")
        self._picture("clear")
        self.browser.click("Confirm")
        self.airflow.client.wait_for_run(DAG_ID, self.run_id, ["success"])

    def _see_it_resume(self) -> None:
        self._open_task()
        self.browser.wait_for("Success", "Task Tries")
        self.browser.wait_for(
            "Resuming: 16 of 17 components", "Plan: 17 components", "flights_with_weather restored"
        )
        self._picture("resumed-try")
        self._wait_for_link("Run report")
        self._picture("report-link")
        self._open_task("/xcom")
        self.browser.wait_for("ppf_report_link", "return_value")
        self.browser.click("Expand all extra JSON")
        self.browser.wait_for('"status"')
        self._picture("xcom")
        self._open_task("/details")
        self._open_report()
        self.browser.wait_for("1 restored", "15 completed earlier", "Timeline")
        self._picture("resumed-report")
        self.browser.click("its report")
        self.browser.wait_for("publish_report failed")

    def _see_the_connection_form(self) -> None:
        self._open("/connections")
        self.browser.click("Add Connection")
        self.browser.wait_for("Connection Type")
        self.browser.click(
            None, selector="[role=dialog] [role=combobox], [role=dialog] input[aria-autocomplete]"
        )
        self.browser.click("PPF pipeline", selector="[role=option]")
        self.browser.click("Standard Fields")
        self.browser.wait_until("!document.body.innerText.includes('Token of the Connect server')")
        self.browser.click("Extra Fields")
        self.browser.wait_for("Spark master or Connect URL", "Hand-over root", "Checkpoint store")
        self.browser.resize(WIDTH, FORM_HEIGHT)
        self._picture("connection-form")

    def _open(self, path: str) -> None:
        self.browser.open(f"{self.airflow.address}{path}")

    def _open_task(self, page: str = "") -> None:
        self._open(f"/dags/{DAG_ID}/runs/{self.run_id}/tasks/{TASK_ID}{page}")
        self.browser.wait_for("PipelineOperator")

    def _wait_for_link(self, name: str) -> None:
        self._open_task("/details")
        self.browser.wait_for("Extra Links", name)

    def _open_report(self) -> None:
        address = self.browser.evaluate(
            "[...document.querySelectorAll('a')].find(a => a.innerText === 'Run report').href"
        )
        self.browser.open(str(address))

    def _picture(self, name: str) -> None:
        (self.folder / f"{name}.png").write_bytes(self.browser.picture())


def main() -> int:
    """Takes the pictures; 0 when all was to be seen, 1 when not, 2 where there is no Chromium."""
    if find_chromium() is None:
        print("no Chromium found; Debian's package is called chromium", file=sys.stderr)
        return 2

    def say(text: str) -> None:
        print(text, flush=True)

    folder = CHECKOUT / "docs" / "images"
    with tempfile.TemporaryDirectory(prefix="ppf-") as place:
        try:
            with start_airflow(Path(place), say) as airflow, Browser() as browser:
                say("taking the pictures")
                Tour(airflow, browser, folder).take()
        except (BrowserError, LocalAirflowError, TimeoutError) as error:
            print(error, file=sys.stderr)
            return 1
    say(f"{len(PICTURES)} pictures in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
