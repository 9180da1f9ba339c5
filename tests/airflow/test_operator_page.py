"""docs/operator.md says what is so."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from airflow_ppf.error_table import ERROR_TABLE
from airflow_ppf.operators.pipeline import PipelineOperator

PAGE = (Path(__file__).parents[2] / "docs" / "operator.md").read_text()


def rows(begin: str) -> list[list[str]]:
    """The cells of the first table behind a line that begins so."""
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
    table = rows("# The operator")
    assert [row[0].strip("`") for row in table] == arguments
    templates = [row[0].strip("`") for row in table if row[-1] == "yes"]
    assert templates == [name for name in arguments if name in PipelineOperator.template_fields]


def test_it_has_each_row_of_the_table_of_errors_in_order() -> None:
    verdict, told = "", []
    for cells in rows("## Which errors are tried again"):
        verdict = cells[0].strip("| ") or verdict
        told.append((verdict, cells[2].strip("| ")))
    expected = list(dict.fromkeys((row.verdict.value, row.why) for row in ERROR_TABLE))
    assert told == expected


def test_it_names_each_class_of_the_table_of_errors() -> None:
    named = set(re.findall(r"`(\w+)`", PAGE))
    assert {name for row in ERROR_TABLE for name in row.names} - named == set()
