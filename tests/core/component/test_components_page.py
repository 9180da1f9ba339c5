"""Examples in docs/components.md, compared with the code."""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ppf_core.config import PipelineConfig, load_from_string
from ppf_core.runner import static_checks

PAGE = (Path(__file__).parents[3] / "docs" / "components.md").read_text(encoding="utf-8")
PIPELINE = """
name = sales, version = "1", components = [
  { name = read_orders, component_type = source, class_path = ppf_core.batch.Read, config {
      format = csv, path = orders.csv, output_view = orders, schema = "day STRING, amount STRING" } }
  { name = report, component_type = transformation, class_path = page.OrdersReport, depends_on = [read_orders]
    config { view = orders, output_view = report } }
]
"""


@pytest.fixture(autouse=True)
def _page_module() -> Iterator[None]:
    module: Any = types.ModuleType("page")
    sys.modules["page"] = module
    for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(code, vars(module))  # noqa: S102 - running it is the point
    yield
    del sys.modules["page"]


def test_the_page_shows_the_error_that_is_raised() -> None:
    (problem,) = static_checks(load_from_string(PIPELINE, PipelineConfig)).errors
    (shown,) = re.findall(r"```text\nsales.conf:9: (.*)\n```", PAGE)
    assert problem == shown


def test_with_the_columns_that_are_needed_all_is_well() -> None:
    right = PIPELINE.replace("amount STRING", "amount DECIMAL(10,2)")
    assert static_checks(load_from_string(right, PipelineConfig)).is_valid


def test_a_wrong_setting_is_reported_with_the_nearest_key() -> None:
    wrong = PIPELINE.replace("output_view = report", "output_view = report, minimun = 1")
    (problem,) = static_checks(load_from_string(wrong, PipelineConfig)).errors
    assert 'did you mean "minimum"?' in problem
