"""Display of a component's progress on the command line."""

from __future__ import annotations

import io

from rich.console import Console

from ppf_core.cli.live_progress import LiveProgress
from ppf_core.cli.plain_progress import PlainProgress
from ppf_core.runner import make_plan
from ppf_core.session import JobProgress
from tests.support.pipelines import pipeline, step

CLEAN = step("clean")
PIPELINE = pipeline(CLEAN)
PROGRESS = JobProgress(1, 2, 30, 200, 1200, 0)


def shown(progress: LiveProgress) -> str:
    console = Console(file=io.StringIO(), width=150)
    with console.capture() as captured:
        console.print(progress.table())
    return captured.get()


def live() -> LiveProgress:
    progress = LiveProgress("p")
    progress.on_plan(make_plan(PIPELINE))
    progress.before_component(CLEAN, 0, 1)
    progress.on_component_progress(CLEAN, PROGRESS, 5_000)
    return progress


def test_lines_show_progress_when_the_hook_gets_it() -> None:
    stream = io.StringIO()
    progress = PlainProgress(stream)
    progress.on_plan(make_plan(PIPELINE))
    progress.before_component(CLEAN, 0, 1)
    progress.on_component_progress(CLEAN, PROGRESS, 40_100)
    last = stream.getvalue().splitlines()[-1]
    assert last == "clean running for 40.1 s: 1 of 2 stages, 30 of 200 tasks, 1200 rows read"


def test_the_table_has_it_beside_what_went_wrong_before() -> None:
    progress = live()
    progress.on_retry_attempt(CLEAN, 1, 3, 0, OSError("full"))
    row = next(line for line in shown(progress).splitlines() if line.startswith("clean"))
    assert row.rstrip().endswith(
        "attempt 1 of 3 failed: OSError: full; 1 of 2 stages, 30 of 200 tasks, 1200 rows read"
    )


def test_it_is_gone_when_the_component_has_ended() -> None:
    progress = live()
    progress.after_component(CLEAN, 0, 1, 6_000)
    assert "stages" not in shown(progress)
    progress = live()
    progress.on_component_failure(CLEAN, 0, OSError("full"))
    assert "stages" not in shown(progress)


def test_a_terminal_is_updated_each_second_whatever_the_pace_of_the_log() -> None:
    assert LiveProgress("p").progress_pace.every_seconds == 1
    assert not hasattr(PlainProgress(io.StringIO()), "progress_pace")
