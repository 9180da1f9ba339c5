"""`kill -9` at random moments of the example pipeline, with retries until it succeeds.

The example (`example_dags/pipelines/nyc_flights.conf`) runs with materialised views, each try as `ppf run` in its own
process. The first run is undisturbed and measures the time from its first component to its end. Each further run is
killed once at a moment chosen evenly from that time: in turn the process alone, as the kernel does when memory runs
out, and with its JVM, as when a machine is lost. After each kill it is retried until it succeeds. Then the results must
equal those of the undisturbed run, no component whose views the checkpoint had as handed over may have run again, and
no staged file may be left.

    python -m benchmarks.random_kills [KILLS [SEED]]
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ppf_core.runner import LocalCheckpointStore, NoOpHooks

if TYPE_CHECKING:
    import pandas as pd

    from ppf_core.config import ComponentConfig
    from ppf_core.runner import CheckpointState

__all__ = ["Ledger", "Outcome", "RandomKills", "main"]

CHECKOUT = Path(__file__).parents[1]
EXAMPLES = CHECKOUT / "example_dags"
PIPELINE, RUN = "nyc-flights", "run"
KEYS = {"delays_per_carrier": "carrier", "delays_per_hour": "hour", "top_destinations": "dest"}
MOST_TRIES = 5
LONGEST_TRY_SECONDS = 300


class Ledger(NoOpHooks):
    """Records each component as it starts, at once: the process may die the next moment."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Write the component's name as a line."""
        with self._path.open("a") as file:
            file.write(f"{config.name}\n")


@dataclass
class Outcome:
    """Outcome of a run: how it was killed, the exit codes of its tries, and all problems.

    A failed retry is no problem, but needs an explanation: `failed_retries` has the end of its log.
    """

    struck: str
    exit_codes: list[int] = field(default_factory=list)
    seconds_of_retries: float = 0.0
    handed_over: int = 0
    completed: int = 0
    problems: list[str] = field(default_factory=list)
    failed_retries: list[str] = field(default_factory=list)
    was_struck: bool = False


class RandomKills:
    """The example, run in its own folder for each kill.

    Args:
        home: The parent of the folders; a folder without problems is removed.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._undisturbed = self._prepared("undisturbed")
        began = time.monotonic()
        process = self._begin(self._undisturbed)
        first = self._wait_for_first_component(self._undisturbed, process)
        if process.wait(LONGEST_TRY_SECONDS) != 0:
            raise SystemExit(f"the undisturbed run failed:\n{self._log(self._undisturbed)}")
        self.seconds = time.monotonic() - first
        self.seconds_in_all = time.monotonic() - began
        self._expected = self._results(self._undisturbed)

    def strike(self, number: int, moment: float, *, with_jvm: bool) -> Outcome:
        """Kill a run `moment` seconds after its first component began, and retry it to its end."""
        outcome = Outcome(f"{moment:.2f} s after the first component began, {_whom(with_jvm)}")
        folder = self._prepared(f"kill-{number}")
        process = self._begin(folder)
        wake = self._wait_for_first_component(folder, process) + moment
        while time.monotonic() < wake and process.poll() is None:
            time.sleep(0.002)
        outcome.was_struck = process.poll() is None
        if outcome.was_struck:
            (os.killpg if with_jvm else os.kill)(process.pid, signal.SIGKILL)
        outcome.exit_codes.append(process.wait())
        self._take_to_its_end(folder, outcome)
        if outcome.exit_codes[-1] != 0:
            outcome.problems.append(f"failed after {len(outcome.exit_codes)} tries: {self._log(folder)}")
        else:
            outcome.problems += self._differences(folder) + self._left_over(folder)
        if not outcome.problems:
            shutil.rmtree(folder)
        return outcome

    def _take_to_its_end(self, folder: Path, outcome: Outcome) -> None:
        began = time.monotonic()
        while outcome.exit_codes[-1] != 0 and len(outcome.exit_codes) < MOST_TRIES:
            state = self._state(folder)
            handed_over = (
                {name for name, record in state.records.items() if record.handover} if state else set()
            )
            if len(outcome.exit_codes) == 1 and state is not None:
                outcome.handed_over, outcome.completed = len(handed_over), len(state.completed_components)
            seen = len(self._begun(folder))
            outcome.exit_codes.append(self._begin(folder).wait(LONGEST_TRY_SECONDS))
            if outcome.exit_codes[-1] != 0:
                outcome.failed_retries.append(self._log(folder))
            if again := sorted(handed_over.intersection(self._begun(folder)[seen:])):
                outcome.problems.append(f"handed over, and yet run again: {', '.join(again)}")
        outcome.seconds_of_retries = time.monotonic() - began

    def _prepared(self, name: str) -> Path:
        folder = self._home / name
        folder.mkdir()
        hook = {"class_path": "benchmarks.random_kills.Ledger", "config": {"path": str(folder / "ledger")}}
        (folder / "pipeline.conf").write_text(
            f'include "{EXAMPLES}/pipelines/nyc_flights.conf"\n'
            "checkpoint { materialize = true }\n"
            f"hooks {{ custom = [{json.dumps(hook)}] }}\n"
        )
        return folder

    def _begin(self, folder: Path) -> subprocess.Popen[bytes]:
        program = [str(Path(sys.executable).parent / "ppf"), "run", str(folder / "pipeline.conf")]
        environment = {
            **os.environ,
            "NYC_FLIGHTS_DIR": str(folder / "data"),
            "PYTHONPATH": os.pathsep.join([str(EXAMPLES), str(CHECKOUT)]),
            "SPARK_LOCAL_IP": "127.0.0.1",
        }
        with (folder / "log").open("ab") as log:
            return subprocess.Popen(
                [*program, "--run-id", RUN, "--checkpoint-dir", str(folder / "checkpoints")],
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # so that the JVM can be killed with it
            )

    def _wait_for_first_component(self, folder: Path, process: subprocess.Popen[bytes]) -> float:
        while not (folder / "ledger").exists():
            if process.poll() is not None:
                raise SystemExit(f"a run ended before its first component:\n{self._log(folder)}")
            time.sleep(0.002)
        return time.monotonic()

    def _begun(self, folder: Path) -> list[str]:
        return (folder / "ledger").read_text().splitlines()

    def _log(self, folder: Path) -> str:
        return (folder / "log").read_text(errors="replace")[-3000:]

    def _state(self, folder: Path) -> CheckpointState | None:
        return LocalCheckpointStore(folder / "checkpoints").load(RUN, PIPELINE)

    def _results(self, folder: Path) -> dict[str, pd.DataFrame]:
        import pandas as pd

        return {
            name: pd.read_parquet(folder / "data" / "results" / name).sort_values(key, ignore_index=True)
            for name, key in KEYS.items()
        }

    def _report(self, folder: Path) -> str:
        return (folder / "data" / "results" / "report.json").read_text()

    def _differences(self, folder: Path) -> list[str]:
        import pandas as pd

        problems = []
        for name, frame in self._results(folder).items():
            try:
                # Spark adds fractions in no fixed order.
                pd.testing.assert_frame_equal(frame, self._expected[name], rtol=1e-9, atol=0.0)
            except AssertionError as error:
                problems.append(f"{name} differs from the undisturbed run's: {error}")
        if self._report(folder) != self._report(self._undisturbed):
            problems.append(f"the report differs: {self._report(folder)}")
        return problems

    def _left_over(self, folder: Path) -> list[str]:
        """Return the paths that an undisturbed run does not leave."""
        left = sorted(_shape(folder) - _shape(self._undisturbed))
        return [f"left over: {', '.join(left)}"] if left else []


def _shape(folder: Path) -> set[str]:
    """Return all paths below `folder`; of data files, which Spark names, only the folder."""
    paths = (path.relative_to(folder) for path in folder.rglob("*"))
    return {str(path.parent if path.name.lstrip(".").startswith("part-") else path) for path in paths}


def _whom(with_jvm: bool) -> str:
    return "the process and its JVM" if with_jvm else "the process"


def main(kills: int = 50, seed: int = 20131224) -> None:
    """Print a line for each kill, and a summary; exit with an error if any had a problem."""
    chance = random.Random(seed)  # noqa: S311 - no secret depends on it
    home = Path(tempfile.mkdtemp(prefix="ppf-kills-"))
    kinds = RandomKills(home)
    print(
        f"undisturbed: {kinds.seconds_in_all:.1f} s, {kinds.seconds:.1f} s of them from the first component on; "
        f"seed {seed}"
    )
    outcomes: list[Outcome] = []
    while sum(outcome.was_struck for outcome in outcomes) < kills:
        number = len(outcomes) + 1
        outcome = kinds.strike(number, chance.uniform(0, kinds.seconds), with_jvm=number % 2 == 0)
        outcomes.append(outcome)
        sound = "; ".join(outcome.problems) or ("sound" if outcome.was_struck else "was over before")
        print(
            f"{number:3}  {outcome.struck}: {outcome.completed} of 17 completed, {outcome.handed_over} handed over, "
            f"exit codes {outcome.exit_codes}, retries {outcome.seconds_of_retries:.1f} s: {sound}",
            flush=True,
        )
        for log in outcome.failed_retries:
            print(f"     a retry failed, with the log:\n{log}")
    struck = [outcome for outcome in outcomes if outcome.was_struck]
    bad = [outcome for outcome in outcomes if outcome.problems]
    print(
        f"{len(struck)} kills, {len(bad)} with a problem; retries until success: "
        f"{statistics.median(outcome.seconds_of_retries for outcome in struck):.1f} s (median), "
        f"{max(len(outcome.exit_codes) - 1 for outcome in struck)} at most"
    )
    if bad:
        raise SystemExit(f"the folders with problems are in {home}")
    shutil.rmtree(home)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
