from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil

from dev.processes import MARK, LoggedProcess, is_alive, processes_of, still_alive, stop_all
from dev.waiting import wait_for_line, wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Says that it is ready, and sleeps; `deaf` ones do not heed SIGTERM.
SLEEPER = "import signal, sys, time; {deaf}print('ready', flush=True); time.sleep(60)"
DEAF = "signal.signal(signal.SIGTERM, signal.SIG_IGN); "


def start(home: Path, name: str, command: Sequence[str]) -> LoggedProcess:
    process = LoggedProcess.start(name, command, home / "logs" / name, {**os.environ, MARK: str(home)})
    wait_for_line(process.log, "ready")
    return process


def test_a_process_is_found_by_its_home_and_ends_when_asked(tmp_path: Path) -> None:
    process = start(tmp_path, "sleeper", [sys.executable, "-c", SLEEPER.format(deaf="")])

    assert [each.pid for each in processes_of(tmp_path)] == [process.popen.pid]
    assert processes_of(tmp_path / "other") == []
    assert stop_all(tmp_path) == []
    assert processes_of(tmp_path) == []
    assert process.popen.wait() == -signal.SIGTERM


def test_one_that_does_not_heed_is_killed_and_named(tmp_path: Path) -> None:
    process = start(tmp_path, "deaf", [sys.executable, "-c", SLEEPER.format(deaf=DEAF)])

    killed = stop_all(tmp_path, grace_seconds=0.1)

    assert len(killed) == 1
    assert "SIG_IGN" in killed[0]
    assert processes_of(tmp_path) == []
    assert process.popen.wait() == -signal.SIGKILL


def test_an_orphan_in_a_session_of_its_own_is_found_too(tmp_path: Path) -> None:
    orphaning = (
        "import subprocess, sys; "
        f"subprocess.Popen([sys.executable, '-c', {SLEEPER.format(deaf='')!r}], start_new_session=True)"
    )
    parent = start(tmp_path, "parent", [sys.executable, "-c", orphaning])
    parent.popen.wait()

    assert len(processes_of(tmp_path)) == 1
    stop_all(tmp_path)
    assert processes_of(tmp_path) == []


def test_the_asking_process_and_those_above_it_are_spared(tmp_path: Path) -> None:
    asks = f"from pathlib import Path; from dev.processes import stop_all; stop_all(Path({str(tmp_path)!r}))"
    done = subprocess.run([sys.executable, "-c", asks], env={**os.environ, MARK: str(tmp_path)}, check=False)
    assert done.returncode == 0


def test_the_guard_stops_what_is_left_when_its_input_ends(tmp_path: Path) -> None:
    process = start(tmp_path, "sleeper", [sys.executable, "-c", SLEEPER.format(deaf="")])
    guard = subprocess.Popen([sys.executable, "-m", "dev.guard", str(tmp_path)], stdin=subprocess.PIPE)
    assert process.exit_code is None

    guard.communicate()

    wait_until(lambda: process.exit_code is not None, "the sleeper to end", timeout_seconds=10)
    assert not psutil.pid_exists(process.popen.pid)


def test_a_process_is_alive_until_it_ends_even_if_nobody_reaps_it() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    process = psutil.Process(child.pid)
    assert is_alive(process)
    assert still_alive([process], timeout_seconds=0) == [process]

    assert child.stdin is not None
    child.stdin.close()
    wait_until(lambda: process.status() == psutil.STATUS_ZOMBIE, "a zombie", timeout_seconds=10)
    assert not is_alive(process)
    assert still_alive([process], timeout_seconds=0) == []

    child.wait()
    assert not is_alive(process)


def test_a_wait_for_processes_lasts_until_they_have_ended_or_time_is_up() -> None:
    seconds: list[float] = []
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        process = psutil.Process(child.pid)
        assert still_alive(
            [process], timeout_seconds=1, clock=lambda: sum(seconds), sleep=seconds.append
        ) == [process]
        child.kill()
        assert still_alive([process], timeout_seconds=10) == []
    assert sum(seconds) >= 1


def test_the_end_of_the_log_is_reported_with_the_exit_code(tmp_path: Path) -> None:
    process = LoggedProcess.start(
        "short",
        [sys.executable, "-c", "import sys; print('one\\ntwo'); sys.exit('three')"],
        tmp_path / "log",
        {"PYTHONUNBUFFERED": "1"},
    )
    process.popen.wait()
    assert process.exit_code == 1
    assert process.tail(2) == "two\nthree"
