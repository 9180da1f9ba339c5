"""Pages of run reports on the api-server, and access to them."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from airflow_ppf.reporting.report import TaskReport, read_report, report_destination
from airflow_ppf.reporting.report_address import ReportKey, file_name
from airflow_ppf.task.identity import TaskIdentity
from ppf_core.runner import TryRecord

LOG = logging.getLogger("test")
KEY = ReportKey("dag", "manual__2026-11-24T00:48:39+00:00", "group.task", -1, 1)
IDENTITY = TaskIdentity(KEY.dag_id, KEY.run_id, KEY.task_id, KEY.map_index, 1, 2, "ti")


def report(folder: object, key: ReportKey = KEY, *, shown: bool = True) -> TaskReport:
    return TaskReport(str(folder), key, shown=shown, log=LOG)


@pytest.mark.parametrize("address", ["{path}", "file://{path}", "memory://reports"])
def test_what_is_written_is_read(tmp_path: Path, address: str) -> None:
    folder = address.format(path=tmp_path)
    report(folder).write("<!DOCTYPE html>ä")
    assert read_report(folder, KEY) == "<!DOCTYPE html>ä"


def test_the_report_of_a_later_try_is_beside_the_earlier_report_and_can_link_to_it(tmp_path: Path) -> None:
    second = report(tmp_path, ReportKey(*IDENTITY.scope[:1], KEY.run_id, KEY.task_id, -1, 2))
    first_try = TryRecord("owner", "then", {"try_number": "1"})
    assert second.page_of_try(first_try) is None, "it was killed, or its report could not be written"
    report(tmp_path).write("page")
    assert second.page_of_try(first_try) == "try-1.html"


@pytest.mark.parametrize("number", ["../../secret", "1/../..", "²", "", "-1"])
def test_a_history_that_somebody_has_changed_leads_nowhere(tmp_path: Path, number: str) -> None:
    assert report(tmp_path).page_of_try(TryRecord("owner", "then", {"try_number": number})) is None


@pytest.mark.parametrize("name", ["..", ".", "a/../b", "/etc", "%2e%2e", "\n", "é", "a" * 250, "x\0y"])
def test_ids_of_any_kind_lead_to_one_folder_inside_the_place(name: str) -> None:
    folder = ReportKey(name, name, name, 0, 1).folder
    assert folder.isascii()
    assert folder.replace("-", "").isalnum()
    assert len(folder) < 100


def test_each_task_instance_has_a_folder_of_its_own() -> None:
    keys = [
        ("d", "r", "t", -1),
        ("d", "r", "t", 0),
        ("d", "t", "r", -1),
        ("dr", "", "t", -1),
        ("D", "r", "t", -1),
    ]
    assert len({ReportKey(*key, 1).folder for key in keys}) == len(keys)


def test_a_link_to_elsewhere_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "airflow.cfg"
    secret.write_text("fernet_key")
    file = tmp_path / "reports" / KEY.folder / file_name(1)
    file.parent.mkdir(parents=True)
    file.symlink_to(secret)
    assert read_report(str(tmp_path / "reports"), KEY) is None

    file.unlink()
    file.parent.rmdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / file_name(1)).write_text("fernet_key")
    file.parent.symlink_to(elsewhere)
    assert read_report(str(tmp_path / "reports"), KEY) is None


def test_the_place_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "reports").symlink_to(tmp_path / "disk")
    report(tmp_path / "reports").write("page")
    assert read_report(str(tmp_path / "reports"), KEY) == "page"


def test_a_report_that_is_not_written_or_not_shown_has_no_address(tmp_path: Path) -> None:
    shown, hidden = report(tmp_path), report(tmp_path, shown=False)
    assert shown.address == ""
    for each in (shown, hidden):
        each.write("page")
    assert hidden.address == ""
    assert shown.address.endswith(
        "/ppf/reports/dag/manual__2026-11-24T00%3A48%3A39%2B00%3A00/group.task/-1/try-1.html"
    )


def test_without_the_option_reports_go_under_the_hand_over_root_or_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIRFLOW__PPF__REPORTS", raising=False)
    assert report_destination(IDENTITY, None, LOG) is None
    task_report = report_destination(IDENTITY, f"{tmp_path}/", LOG)
    assert task_report is not None
    task_report.write("page")
    assert (tmp_path / "reports" / KEY.folder / "try-1.html").read_text() == "page"


def test_the_option_wins_over_the_hand_over_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__PPF__REPORTS", str(tmp_path / "shown"))
    task_report = report_destination(IDENTITY, "s3a://bucket/ppf", LOG)
    assert task_report is not None
    task_report.write("page")
    assert read_report(str(tmp_path / "shown"), KEY) == "page"


def test_an_address_that_nothing_can_write_to_is_an_error_of_writing_and_not_sooner() -> None:
    task_report = report("nosuch://bucket/reports")
    with pytest.raises(ValueError, match="nosuch"):
        task_report.write("page")
    assert task_report.address == ""


def test_loading_the_plugin_costs_no_web_framework_and_no_spark() -> None:
    code = (
        "import airflow.sdk.plugins_manager, sys; before = set(sys.modules); import airflow_ppf.plugin;"
        "print(sorted(name for name in set(sys.modules) - before if not name.startswith('airflow_ppf')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
