"""Interruption of a run: the checkpoint to resume from, and the exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest


def _interrupted(workspace, number, *, busy=False):
    """Return exit code and output of a run that got signal `number` while its second component was at work."""
    fifo = workspace.folder / "fifo"
    os.mkfifo(fifo)
    cure = str(workspace.folder / "cure")
    step = workspace.step("waits", "read", class_path="steps.Signals", fifo=str(fifo), busy=busy, unless=cure)
    step["retry"] = {"max_attempts": 2, "initial_delay_seconds": 600, "max_delay_seconds": 600}
    file = workspace.write(workspace.step("read"), step, workspace.step("write", "waits"))
    command = [sys.executable, "-c", "import sys; from ppf_core.cli import main; sys.exit(main())"]
    command += ["run", str(file), "--run-id", "r1", "--checkpoint-dir", str(workspace.checkpoints)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        fifo.read_text()  # returns once the component is at work
        process.send_signal(number)
        out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def _checkpoint(workspace):
    return json.loads((workspace.checkpoints / "flights" / "r1.json").read_text())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
    ids=["Ctrl-C", "SIGTERM"],
)
def test_a_signal_cancels_the_run_marks_it_failed_and_it_resumes(ppf, workspace, number, code, word):
    returned, out, err = _interrupted(workspace, number)
    assert returned == code, out + err
    assert f"flights: {word}" in out
    assert "resume it with: ppf run" in out
    state = _checkpoint(workspace)
    assert (state["status"], state["completed_components"]) == ("failed", ["read"])

    (workspace.folder / "cure").touch()
    arguments = ("--run-id", "r1", "--resume", "--checkpoint-dir", workspace.checkpoints)
    assert ppf("run", workspace.file, *arguments).code == 0
    assert workspace.ran() == ["read", "write"]
    assert _checkpoint(workspace)["status"] == "completed"


@pytest.mark.slow
def test_a_component_that_cannot_be_interrupted_does_not_keep_the_process_and_is_marked_failed(workspace):
    returned, out, err = _interrupted(workspace, signal.SIGINT, busy=True)
    assert returned == 130, out + err
    assert "resume it with: ppf run" in out
    assert _checkpoint(workspace)["status"] == "failed"
