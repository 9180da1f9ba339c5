"""Tables and samples in docs/operator.md and docs/progress.md, compared with the code."""

from __future__ import annotations

import inspect
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow_ppf.operators.pipeline import PipelineOperator
from airflow_ppf.reporting.audit_sink import TaskLogAuditSink
from airflow_ppf.task.error_table import ERROR_TABLE
from airflow_ppf.task.summary import summarize
from ppf_core.audit import AuditAction, AuditEvent, AuditStatus
from ppf_core.component import DataCount, DataKind
from ppf_core.quality import CheckResult
from ppf_core.runner import ComponentResult, PipelineResult, PipelineResultStatus
from ppf_core.session import JobProgress

PAGE = (Path(__file__).parents[2] / "docs" / "operator.md").read_text()
SPARK_ERROR = "`Py4JError`, `PySparkException` or `RpcError`"


def rows(begin: str) -> list[list[str]]:
    """Return the cells of the first table after a line that begins with `begin`."""
    lines = PAGE[PAGE.index(begin) :].splitlines()
    first = next(index for index, line in enumerate(lines) if line.startswith("|---"))
    table = []
    for line in lines[first + 1 :]:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return table


def test_it_has_each_argument_of_the_operator_in_order_and_says_whether_it_is_a_template() -> None:
    signature = inspect.signature(inspect.unwrap(PipelineOperator.__init__))
    arguments = [name for name in signature.parameters if name not in ("self", "kwargs")]
    table = rows("## Arguments")
    assert [row[0].strip("`") for row in table] == arguments
    templates = [row[0].strip("`") for row in table if row[-1] == "yes"]
    assert templates == [name for name in arguments if name in PipelineOperator.template_fields]


def test_it_has_each_row_of_the_table_of_errors_in_order() -> None:
    classes = {name for row in ERROR_TABLE for name in row.names}
    shown = [
        (
            cells[0].strip("| "),
            set(re.findall(r"`(\w+)`", cells[1].replace("Spark error", SPARK_ERROR))) & classes,
        )
        for cells in rows("## Retryable errors")
    ]
    expected = {
        (row.verdict.value, row.why): {
            name
            for same in ERROR_TABLE
            if (same.verdict, same.why) == (row.verdict, row.why)
            for name in same.names
        }
        for row in ERROR_TABLE
    }
    assert shown == [(verdict, names) for (verdict, _), names in expected.items()]


def test_it_names_each_class_of_the_table_of_errors() -> None:
    named = set(re.findall(r"`(\w+)`", PAGE))
    assert {name for row in ERROR_TABLE for name in row.names} - named == set()


def sample(key: str) -> dict[str, Any]:
    """Return the JSON on the page that has that key."""
    blocks = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
    return next(each for each in blocks if key in each)


def test_its_line_of_a_log_is_one_that_is_logged() -> None:
    shown = sample("audit_action")
    event = AuditEvent(
        AuditAction.COMPONENT_COMPLETED,
        "clean",
        "my_company.Clean",
        AuditStatus.SUCCESS,
        datetime.fromisoformat(shown["audit_timestamp"]),
        {"duration_ms": "4120"},
        shown["audit_trace_id"],
    )
    logged: list[dict[str, Any]] = []

    class Log:
        def info(self, text: str, **fields: Any) -> None:
            logged.append({"event": text, **fields})

    TaskLogAuditSink(Log()).emit(event)
    added_by_structlog = {name: shown[name] for name in ("level", "logger", "component")}
    assert [{**line, **added_by_structlog} for line in logged] == [shown]


def test_its_summary_is_one_that_is_made() -> None:
    shown = sample("totals")
    clean = ComponentResult(
        "clean", True, 4120, retries=1, counts=(DataCount("cleaned", 336776, 5120034, DataKind.VIEW),)
    )
    result = PipelineResult(PipelineResultStatus.SUCCESS, "sales", [clean], 41200)
    made = summarize(result, 2, [CheckResult("row_count(clean)", True, "")])
    assert [made["components"][0], "..."] == shown["components"]
    assert {**made, "components": [], "totals": {}} == {**shown, "components": [], "totals": {}}
    assert made["totals"].keys() <= shown["totals"].keys()


def test_the_page_on_progress_shows_a_line_that_is_logged() -> None:
    page = (Path(__file__).parents[2] / "docs" / "progress.md").read_text()
    assert f"clean has been running for 40 s: {JobProgress(1, 2, 130, 400, 1_200_000)}\n" in page
