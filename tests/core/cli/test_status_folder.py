"""`ppf run --status FOLDER`: what those see who wait elsewhere, and how they stop a run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from ppf_core.runner.watching.live_status import LiveStatusFolder


def test_in_the_end_it_has_what_json_prints(ppf, workspace):
    file = workspace.write(workspace.step("read"), workspace.step("clean", "read", fail=True))
    outcome = ppf("run", file, "--status", workspace.folder / "status", "--json")
    status = LiveStatusFolder(str(workspace.folder / "status")).read()
    assert status.outcome == outcome.document
    assert [(row["component"], row["outcome"]) for row in status.components] == [
        ("read", "ran"),
        ("clean", "failed"),
    ]


def test_it_has_the_problems_of_a_wrong_file(ppf, workspace):
    workspace.file.write_text("name = flights")
    outcome = ppf("run", workspace.file, "--status", workspace.folder / "status")
    status = LiveStatusFolder(str(workspace.folder / "status")).read()
    assert outcome.code == status.outcome["exit_code"] == 2
    assert "version" in status.outcome["error"]["message"]


def test_an_address_that_nobody_knows_is_bad_input(ppf, workspace):
    outcome = ppf("run", workspace.write(workspace.step("read")), "--status", "nowhere://folder")
    assert outcome.code == 2
    assert workspace.ran() == []


def test_details_of_a_try_are_in_its_checkpoint(ppf, workspace):
    file = workspace.write(workspace.step("read"))
    options = ("--run-id", "r1", "--checkpoint-dir", workspace.checkpoints, "--try-detail", "try_number=2")
    assert ppf("run", file, *options).code == 0
    state = json.loads((workspace.checkpoints / "flights" / "r1.json").read_text())
    assert state["tries"][0]["details"]["try_number"] == "2"


def test_a_detail_without_a_value_is_bad_input(ppf, workspace):
    assert ppf("run", workspace.write(workspace.step("read")), "--try-detail", "try_number").code == 2


@pytest.mark.slow
def test_while_it_runs_it_gives_signs_of_life_and_it_stops_when_it_is_asked_to(workspace):
    fifo = workspace.folder / "fifo"
    os.mkfifo(fifo)
    settings = {"fifo": str(fifo), "unless": "/never", "busy": True}
    file = workspace.write(workspace.step("waits", class_path="steps.Signals", **settings))
    folder = LiveStatusFolder(str(workspace.folder / "status"))
    command = [sys.executable, "-c", "import sys; from ppf_core.cli import main; sys.exit(main())"]
    command += ["run", str(file), "--status", str(workspace.folder / "status")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        fifo.read_text()  # returns once the component is at work
        first = folder.read()
        until = time.monotonic() + 30
        while folder.read().beat == first.beat:
            assert time.monotonic() < until
            time.sleep(0.1)
        folder.ask_to_stop("another process", "it is not meant")
        folder.ask_to_stop(first.process, "because")
        out, err = process.communicate(timeout=60)
    assert process.returncode == 143, out + err
    assert "Asked to stop: because" in err
    assert folder.read().outcome["exit_code"] == 143


def test_a_run_that_was_to_stop_before_it_began_stops_at_once(ppf, workspace):
    folder = LiveStatusFolder(str(workspace.folder / "status"))
    folder.ask_to_stop(None, "too late")
    settings = {"fifo": str(workspace.folder / "none"), "unless": "/never", "busy": True}
    os.mkfifo(settings["fifo"])
    file = workspace.write(workspace.step("waits", class_path="steps.Signals", **settings))
    command = [sys.executable, "-c", "import sys; from ppf_core.cli import main; sys.exit(main())"]
    command += ["run", str(file), "--status", str(workspace.folder / "status")]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 143, done.stderr
    assert "Asked to stop: too late" in done.stderr
