"""File and line of problems."""

from __future__ import annotations

from pathlib import Path

import pytest

from ppf_core.config import PipelineConfig, Problem, is_within, load_from_file, located, read_document
from ppf_core.runner import check_file, static_checks

FILE = """\
name = p
version = "1"
components = [
  { name = a, component_type = source, class_path = threading.Thread }
  {
    name = b
    component_type = sink
    class_path = threading.Thread
    depends_on = [aa]
  }
]
spark.spark_conf { "a.b" = 1 }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "p.conf"
    path.write_text(FILE)
    return path


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("components[1].depends_on", 9),
        ("components[1].retry.max_attempts", 5),
        ("components[10].name", 3),
        ('spark.spark_conf."a.b"', 12),
        ("nam", None),
        ("", None),
    ],
)
def test_a_problem_has_the_line_of_its_setting_or_of_the_nearest_block_around_it(
    path: str, line: int | None, file: Path
) -> None:
    (problem,) = located([Problem(path, "m")], read_document(path=file).origins, str(file))
    assert (problem.path, problem.message, problem.file, problem.line) == (path, "m", str(file), line)


def test_a_message_is_never_read_for_a_path(file: Path) -> None:
    (problem,) = located(
        [Problem("", "components[1].name: looks like a path")], read_document(path=file).origins, str(file)
    )
    assert str(problem) == f"{file}: components[1].name: looks like a path"


def test_static_checks_find_the_line_of_the_setting_itself(file: Path) -> None:
    (problem,) = check_file(file).errors
    assert (problem.path, problem.line) == ("components[1].depends_on", 9)


def test_the_texts_of_a_result_are_its_problems_as_text(file: Path) -> None:
    result = static_checks(load_from_file(file, PipelineConfig))
    assert result.errors == [f"{problem.path}: {problem.message}" for problem in result.error_problems]
    assert result.warnings == [f"{problem.path}: {problem.message}" for problem in result.warning_problems]


@pytest.mark.parametrize(
    ("path", "block", "expected"),
    [
        ("a.b", "a", True),
        ("a[0]", "a", True),
        ("a", "a", True),
        ("ab", "a", False),
        ("a", "a.b", False),
        ("components[10]", "components[1]", False),
    ],
)
def test_a_setting_is_within_its_block(path: str, block: str, expected: bool) -> None:
    assert is_within(path, block) is expected
