from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

COMMANDS = [
    ("run",),
    ("validate",),
    ("plan",),
    ("graph",),
    ("checkpoint", "list"),
    ("checkpoint", "show"),
    ("checkpoint", "delete"),
]


def test_the_help_lists_commands_and_exit_codes(ppf):
    outcome = ppf("--help")
    assert outcome.code == 0
    for text in ("run", "validate", "plan", "graph", "checkpoint", "3 partial success", "130"):
        assert text in " ".join(outcome.out.split())


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_each_command_has_help_and_takes_json(ppf, command):
    outcome = ppf(*command, "--help")
    assert outcome.code == 0
    assert "--json" in outcome.out


def test_without_arguments_the_help_is_shown_and_the_exit_code_is_2(ppf):
    outcome = ppf()
    assert outcome.code == 2
    assert "validate" in outcome.out + outcome.err


def test_the_version_is_that_of_the_distribution(ppf):
    assert ppf("--version").out == f"ppf {version('airflow-provider-ppf')}\n"


def test_the_command_is_installed_under_its_name():
    from importlib.metadata import entry_points

    (entry,) = entry_points(group="console_scripts", name="ppf")
    from ppf_core.cli import main

    assert entry.load() is main


def test_the_help_is_quick_because_nothing_heavy_is_imported():
    script = (
        "import sys; from ppf_core.cli import main; main(['--help']); "
        "heavy = {'pyspark', 'pydantic', 'pyhocon', 'airflow', 'ppf_core.runner', 'ppf_core.config'}; "
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_the_documentation_has_every_command_and_every_option(ppf):
    page = (Path(__file__).parents[3] / "docs" / "command-line.md").read_text()
    assert "## `ppf schema`" in page
    for command in COMMANDS:
        assert f"## `ppf {command[0]} " in page
        shown = ppf(*command, "--help").out
        options = set(re.findall(r"--[a-z][a-z-]+", shown)) - {"--help"}
        section = page.partition(f"## `ppf {command[0]} ")[2].partition("\n## ")[0]
        assert {option for option in options if option not in section} == set(), command
