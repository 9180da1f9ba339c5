"""The display on a terminal, which is a pseudo-terminal here."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import subprocess
import sys

import pytest

from ppf_core.cli.live_progress import LiveProgress, _window
from ppf_core.cli.progress import ComponentProgress, bytes_text, seconds_text
from ppf_core.runner import ComponentOutcome, ComponentPhase


def _on_a_terminal(file, *options):
    """Return the exit code of `ppf run` on a terminal, and what it shows without control sequences."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "import sys; from ppf_core.cli import main; sys.exit(main())"]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
    with subprocess.Popen(
        [*command, "run", str(file), *options], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    ) as process:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # a terminal that nobody has open any more
            while part := os.read(ours, 65536):
                shown += part
    os.close(ours)
    return process.returncode, re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode().replace("\r", "\n"))


@pytest.mark.slow
def test_the_table_is_drawn_and_what_is_printed_meanwhile_stays_whole_lines_above_it(workspace):
    file = workspace.write(workspace.step("read", noise=True), workspace.step("clean", "read", fail=True))
    code, shown = _on_a_terminal(file)
    lines = [line.rstrip() for line in shown.splitlines() if line.strip()]
    assert code == 3
    assert any(line.startswith("flights: ") and " of 2 done" in line for line in lines)
    for printed in ("printed by a component", "printed by a child process", "RuntimeError: it broke"):
        assert printed in lines
    assert lines[-1].startswith("flights: partial success after")


def _rows(*states):
    return [ComponentProgress(f"c{index}", state=state) for index, state in enumerate(states)]


def test_of_more_components_than_lines_those_around_the_running_one_are_shown():
    rows = _rows(*[ComponentOutcome.RAN] * 50, ComponentPhase.RUNNING, *[ComponentPhase.WAITING] * 49)
    first, last = _window(rows, 10)
    assert last - first == 10
    assert first < 50 < last


@pytest.mark.parametrize("over", [0, 1, 99, 100])
def test_the_shown_part_never_leaves_the_list(over):
    rows = _rows(*[ComponentOutcome.RAN] * over, *[ComponentPhase.WAITING] * (100 - over))
    first, last = _window(rows, 10)
    assert 0 <= first < last <= 100


def test_a_table_before_the_plan_is_known_is_empty_and_no_error():
    assert LiveProgress("flights").table().row_count == 0


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "0.0 s"),
        (12_345, "12.3 s"),
        (59_949, "59.9 s"),
        (59_960, "1 min 00 s"),
        (245_000, "4 min 05 s"),
        (3_720_000, "1 h 02 min"),
    ],
)
def test_durations_are_shown_in_the_unit_that_fits(milliseconds, text):
    assert seconds_text(milliseconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (2_500, "2.5 kB"),
        (999_960, "1.0 MB"),
        (4e9, "4.0 GB"),
        (7.2e15, "7200.0 TB"),
    ],
)
def test_sizes_are_shown_in_the_unit_that_fits(size, text):
    assert bytes_text(size) == text
