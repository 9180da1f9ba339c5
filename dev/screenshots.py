"""Screenshots for docs/images, taken by a tour of Airflow's UI in a headless Chromium: `make screenshots`.

A pipeline is triggered, fails, is cleared and resumes, all by clicking. The tour ends where something is missing.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import expect

from dev.browser import find_chromium, open_page, settled_picture, wait_for
from dev.local_airflow import LocalAirflow, LocalAirflowError
from dev.places import CHECKOUT, EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

__all__ = ["PICTURES", "Tour", "main", "start_airflow"]

DAG_ID = "nyc_flights"
TASK_ID = "pipeline"
WIDTH, HEIGHT = 1200, 740
FORM_HEIGHT = 1130
UNFOLDED = "details[open] > summary"
"""Selector of an unfolded traceback in a log."""

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
"""Names of the pictures, in the order in which they are taken."""


TOUR = {
    "pipelines/nyc_flights.conf": str(CHECKOUT / "dev" / "tour.conf"),
    # The tour clears the task instead of waiting for a retry.
    "retries=2": "retries=0",
}
"""Replacements in the DAG of the example for the DAG of the tour."""


def start_airflow(folder: Path, say: Callable[[str], object] = lambda _: None) -> LocalAirflow:
    """Return an Airflow with the DAG of the tour; its home and data are in `folder`."""
    env = {
        "NYC_FLIGHTS_DIR": str(folder / "data"),
        # The components of the example are imported from here.
        "PYTHONPATH": os.pathsep.join(filter(None, [str(EXAMPLES), os.environ.get("PYTHONPATH")])),
    }
    return LocalAirflow(folder / "airflow", _dags(folder / "dags"), env=env, say=say)


def _dags(folder: Path) -> Path:
    """Write a DAG folder with the DAG of the example, for the pipeline of the tour."""
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
    """A tour of one Airflow; `folder` receives the pictures."""

    airflow: LocalAirflow
    page: Page
    folder: Path
    run_id: str = ""

    def take(self) -> None:
        """Take the tour.

        Raises:
            AssertionError, PlaywrightError: the page lacks a text or something to click.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        self.page.context.add_cookies(
            [
                {
                    "name": "_token",
                    "value": self.airflow.client.token,
                    "url": self.airflow.address,
                    "httpOnly": True,
                }
            ]
        )
        self._trigger()
        self._see_it_fail()
        self._clear()
        self._see_it_resume()
        self._see_the_connection_form()

    def _trigger(self) -> None:
        self.airflow.client.wait_for_dag(DAG_ID)
        self._open(f"/dags/{DAG_ID}")
        self._click("Trigger Dag")
        self._wait_for("lose_connection")
        form = self.page.get_by_role("dialog")
        form.locator("[data-scope=switch][data-part=control]").first.click()
        expect(form.locator("[data-scope=switch] input").first).to_be_checked()
        self._picture("trigger")
        self._click("Trigger")
        self.page.wait_for_url(re.compile(f"/dags/{DAG_ID}/runs/"))
        self.run_id = unquote(urlsplit(self.page.url).path.split("/")[4])

    def _see_it_fail(self) -> None:
        self._wait_for_link("Spark UI")
        self._picture("spark-link")
        self.airflow.client.wait_for_run(DAG_ID, self.run_id, ["failed"])
        self._open_task()
        self._wait_for("Failed", "publish_report failed", "publish_report (17 of 17)", "Post Execute")
        unfolded = self.page.locator(UNFOLDED)
        while unfolded.count():
            unfolded.first.click()
        self._picture("failed-try")
        self._wait_for_link("Run report")
        self._open_report()
        self._wait_for("partial success", "16 ran", "publish_report failed", "lost the connection")
        self._picture("failed-report")

    def _clear(self) -> None:
        self._open_task("/details")
        self._wait_for("Extra Links")
        self._click("Press shift+c to clear")
        self._wait_for("Affected Tasks: 1")
        self._picture("clear")
        self._click("Confirm")
        self.airflow.client.wait_for_run(DAG_ID, self.run_id, ["success"])

    def _see_it_resume(self) -> None:
        self._open_task()
        self._wait_for("Success", "Task Tries")
        self._wait_for(
            "Resuming: 16 of 17 components", "Plan: 17 components", "flights_with_weather restored"
        )
        self._picture("resumed-try")
        self._wait_for_link("Run report")
        self._picture("report-link")
        self._open_task("/xcom")
        self._wait_for("ppf_report_link", "return_value")
        self._click("Expand all extra JSON")
        self._wait_for('"status"')
        self._picture("xcom")
        self._open_task("/details")
        self._open_report()
        self._wait_for("1 restored", "15 completed earlier", "Timeline")
        self._picture("resumed-report")
        self.page.get_by_role("link", name="its report", exact=True).click()
        self._wait_for("publish_report failed")

    def _see_the_connection_form(self) -> None:
        self._open("/connections")
        self._click("Add Connection")
        self._wait_for("Connection Type")
        self.page.get_by_role("dialog").get_by_role("combobox").first.click()
        self.page.get_by_role("option", name="PPF pipeline", exact=True).click()
        self._click("Standard Fields")
        expect(self.page.locator("body")).not_to_contain_text(
            "Token of the Connect server", use_inner_text=True
        )
        self._click("Extra Fields")
        self._wait_for("Spark master or Connect URL", "Hand-over root", "Checkpoint store")
        self.page.set_viewport_size({"width": WIDTH, "height": FORM_HEIGHT})
        self._picture("connection-form")

    def _open(self, path: str) -> None:
        self.page.goto(f"{self.airflow.address}{path}")

    def _open_task(self, page: str = "") -> None:
        self._open(f"/dags/{DAG_ID}/runs/{self.run_id}/tasks/{TASK_ID}{page}")
        self._wait_for("PipelineOperator")

    def _wait_for(self, *texts: str) -> None:
        wait_for(self.page, *texts)

    def _wait_for_link(self, name: str) -> None:
        self._open_task("/details")
        self._wait_for("Extra Links", name)

    def _click(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).first.click()

    def _open_report(self) -> None:
        # The link opens another tab.
        link = self.page.get_by_role("link", name="Run report", exact=True)
        self.page.goto(urljoin(self.page.url, link.get_attribute("href")))

    def _picture(self, name: str) -> None:
        (self.folder / f"{name}.png").write_bytes(settled_picture(self.page))


def main() -> int:
    """Take the pictures; return 1 if something was missing in the UI, 2 without Chromium."""
    if find_chromium() is None:
        print("no Chromium found; Debian's package is called chromium", file=sys.stderr)
        return 2

    def say(text: str) -> None:
        print(text, flush=True)

    folder = CHECKOUT / "docs" / "images"
    with tempfile.TemporaryDirectory(prefix="ppf-") as home:
        try:
            with start_airflow(Path(home), say) as airflow, open_page() as page:
                say("taking the pictures")
                Tour(airflow, page, folder).take()
        except (AssertionError, PlaywrightError, LocalAirflowError, TimeoutError) as error:
            print(error, file=sys.stderr)
            return 1
    say(f"{len(PICTURES)} pictures in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
