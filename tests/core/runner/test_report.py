from __future__ import annotations

import re
from datetime import datetime, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppf_core.component import DataCount, DataKind
from ppf_core.config import (
    HooksConfig,
    PipelineConfig,
    ReportHooksConfig,
    RetryConfig,
    SecretsConfig,
    SecretsProviderConfig,
)
from ppf_core.quality import CheckResult, CheckTiming, DataQualityCheck
from ppf_core.runner import (
    CheckpointHooks,
    ComponentResult,
    LocalCheckpointStore,
    PipelineResult,
    PipelineResultStatus,
    RunOptions,
    SimplePipelineRunner,
    assemble,
    compute_pipeline_fingerprint,
)
from ppf_core.runner.report import ReportFile, ReportHooks, report_page, run_facts
from ppf_core.runner.report.figures import axis_step_ms, duration_text, size_text
from tests.support.components import ERRORS, Counting
from tests.support.pipelines import pipeline, step
from tests.support.ticking_clock import Ticking

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
VOID = {"meta"}
ELEMENTS = set(
    re.findall(
        r"\w+",
        """
    a body dd defs details div dl dt g h1 h2 head html li main marker meta ol path pre
    rect section span style summary svg table tbody td text th thead title tr ul
""",
    )
)


class Page(HTMLParser):
    """A page's elements, each with its attributes, and its text; refuses one that is not well formed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.text += f"{data}\n"

    def of_class(self, name: str) -> list[dict[str, str | None]]:
        return [
            attributes for _, attributes in self.elements if name in (attributes.get("class") or "").split()
        ]


def reported(config: PipelineConfig, path: Path, **arguments: Any) -> Page:
    assembly = assemble(config, report=ReportFile(path), options=RunOptions(**arguments))
    SimplePipelineRunner.assembled(assembly).run(resume="checkpoint_store" in arguments)
    return Page(path.read_text())


def report_of(config: PipelineConfig, result: PipelineResult, **more: object) -> str:
    return report_page(
        run_facts(config, result, started_at=NOW, failed_attempts={}, redact=str, **more)  # type: ignore[arg-type]
    )


def test_a_run_leaves_the_report_where_its_file_says(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "report.html"
    hooks = HooksConfig(report=ReportHooksConfig(str(path)))
    result = SimplePipelineRunner.assembled(assemble(pipeline(step("a"), hooks=hooks))).run()
    assert result.hook_errors == []
    assert "a\n" in Page(path.read_text()).text


def test_a_run_that_fails_is_reported_too(tmp_path: Path) -> None:
    config = pipeline(step("a"), step("b", "a", config={"failures": 9}), step("c", "b"))
    page = reported(config, tmp_path / "report.html")
    assert "b failed" in page.text
    assert "ValueError: b failed" in page.text
    assert "downstream of a failed component (b)" in page.text
    assert [len(page.of_class(state)) > 0 for state in ("ran", "failed", "skipped", "restored")] == [
        True,
        True,
        True,
        False,
    ]


def test_an_interrupted_run_is_reported_too(tmp_path: Path) -> None:
    ERRORS["a"] = KeyboardInterrupt()
    path = tmp_path / "report.html"
    runner = SimplePipelineRunner.assembled(
        assemble(pipeline(step("a", config={"failures": 1})), report=ReportFile(path))
    )
    with pytest.raises(KeyboardInterrupt):
        runner.run()
    assert "KeyboardInterrupt" in Page(path.read_text()).text


def test_a_report_that_cannot_be_written_fails_no_run_and_leaves_no_files(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    result = SimplePipelineRunner.assembled(
        assemble(pipeline(step("a")), report=ReportFile(tmp_path / "report.html"))
    ).run()
    assert result.status is PipelineResultStatus.SUCCESS
    assert [error.hook for error in result.hook_errors] == ["ReportHooks"]
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_the_page_needs_nothing_from_elsewhere_and_runs_no_script(tmp_path: Path) -> None:
    page = reported(pipeline(step("a"), step("b", "a")), tmp_path / "report.html")
    assert "script" not in {tag for tag, _ in page.elements}
    attributes = {key for _, element in page.elements for key in element}
    assert not {key for key in attributes if key.startswith("on")} | attributes & {"src", "xlink:href"}
    assert "url(http" not in (tmp_path / "report.html").read_text()
    policy = next(element for tag, element in page.elements if element.get("http-equiv"))
    assert str(policy["content"]).startswith("default-src 'none'")


BAD = "<script>alert(1)</script>"


def test_a_component_named_like_a_script_is_harmless(tmp_path: Path) -> None:
    bad = step(BAD, config={"failures": 9, "label": BAD}, description=BAD, outputs=[])
    page = reported(pipeline(bad, step("</style>", BAD), name=BAD), tmp_path / "report.html")
    assert "script" not in {tag for tag, _ in page.elements}
    assert page.text.count(BAD) >= 5


@given(st.text(min_size=1), st.text(), st.text())
def test_the_page_is_well_formed_whatever_the_texts(name: str, error: str, text: str) -> None:
    config = pipeline(step(name, description=text or None), step("other" + name, name))
    result = PipelineResult(
        PipelineResultStatus.FAILURE,
        "p",
        [ComponentResult(name, success=False, duration_ms=3, error=ValueError(error), views=(text,))],
        error=RuntimeError(error),
    )
    page = report_of(config, result, run_id=name, checks=[CheckResult(name, False, text)])
    page.encode()
    parsed = Page(page)
    assert {tag for tag, _ in parsed.elements} <= ELEMENTS


def test_no_secret_is_in_the_report(tmp_path: Path) -> None:
    vault = SecretsConfig(
        {"vault": SecretsProviderConfig("tests.support.vault.Vault", {"prefix": "very-secret-"})}
    )
    password = {"password": "secret://vault/PW"}
    config = pipeline(
        step("a", cls="Leaky", config=password, kind="source", retry=RetryConfig(2, 0)), secrets=vault
    )
    text = (reported(config, tmp_path / "report.html"), (tmp_path / "report.html").read_text())[1]
    assert "very-secret" not in text
    assert "***" in text


def test_a_failed_try_of_a_component_is_reported_with_its_error(tmp_path: Path) -> None:
    config = pipeline(step("a", config={"failures": 1}, retry=RetryConfig(2, 0)))
    page = reported(config, tmp_path / "report.html")
    assert "Attempt 1 failed; retried after 0 ms" in page.text
    assert "ValueError: a failed" in page.text


def test_what_a_quality_check_found_is_reported(tmp_path: Path) -> None:
    assembly = assemble(
        pipeline(
            step("a"), quality={"checks": [{"type": "row_count", "table": "t", "after": "a", "min_rows": 1}]}
        ),
        report=ReportFile(tmp_path / "report.html"),
    )
    assert assembly.quality is not None
    assembly.quality.register(
        DataQualityCheck("mine", CheckTiming.BEFORE_PIPELINE, lambda _: CheckResult("mine", True, "3 rows"))
    )
    # No Spark here: the check of the file reports that it could not run.
    assembly.session.set_spark_session(object())  # type: ignore[arg-type]
    SimplePipelineRunner.assembled(assembly).run()
    page = Page((tmp_path / "report.html").read_text())
    assert "3 rows" in page.text
    assert "passed" in page.text


def test_the_second_try_shows_the_history_and_what_it_did_not_do_again(tmp_path: Path) -> None:
    config = pipeline(step("a"), step("b", "a", config={"failures": 1}))
    arguments = {
        "run_id": "r",
        "checkpoint_store": LocalCheckpointStore(tmp_path / "store"),
        "scope": ("dag", "task"),
    }

    class Numbered(ReportFile):
        def page_of_try(self, record: object) -> str | None:
            return "first.html"

    for _ in range(2):
        assembly = assemble(
            config, report=Numbered(tmp_path / "report.html"), options=RunOptions(**arguments)
        )
        SimplePipelineRunner.assembled(assembly).run(resume=True)
    page = Page((tmp_path / "report.html").read_text())
    assert "1 completed earlier" in page.text
    assert "dag / task / r" in page.text
    assert [element["href"] for tag, element in page.elements if tag == "a"] == ["first.html"]
    assert page.text.count("this report") == 1
    assert "failed at b; 1 component completed by" in page.text


def test_the_second_try_shows_what_the_first_has_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = [DataCount("/out", 1_234_567, 2_500), DataCount("/other", 1)]
    monkeypatch.setattr(Counting, "counts", counts)
    config = pipeline(step("a", cls="Counting"), step("b", "a", config={"failures": 1}))
    arguments: dict[str, Any] = {"run_id": "r", "checkpoint_store": LocalCheckpointStore(tmp_path / "store")}
    for _ in range(2):
        page = reported(config, tmp_path / "report.html", **arguments)
    assert "1 completed earlier" in page.text
    assert "/out: 1234567 rows, 2500 bytes" in page.text


def test_a_try_that_was_killed_is_in_the_report_of_the_next(tmp_path: Path) -> None:
    arguments: dict[str, Any] = {"run_id": "r", "checkpoint_store": LocalCheckpointStore(tmp_path / "store")}
    config = pipeline(step("a"), step("b", "a"))
    store = CheckpointHooks(arguments["checkpoint_store"], "r", compute_pipeline_fingerprint(config))
    store.before_pipeline(config)
    store.after_component(config.components[0], 0, 2, 1)  # and no more of it

    page = reported(config, tmp_path / "report.html", **arguments)
    assert "killed or lost: it left no result; 1 component completed by" in page.text
    assert "1 completed earlier" in page.text


def test_a_try_that_its_store_has_gone_away_from_has_a_report_without_the_tries(tmp_path: Path) -> None:
    class Lost(LocalCheckpointStore):
        def load(self, run_id: str, pipeline_name: str) -> Any:
            raise BrokenPipeError("nobody is there")

    config = pipeline(step("a", config={"failures": 1}))
    hooks = ReportHooks(ReportFile(tmp_path / "report.html"), store=Lost(tmp_path / "store"), run_id="r")
    SimplePipelineRunner(config, hooks=hooks).run()
    page = Page((tmp_path / "report.html").read_text())
    assert "a failed" in page.text
    assert "Ended" not in page.text


def test_bars_stand_at_the_times_at_which_components_ran() -> None:
    config = pipeline(step("a"), step("b", "a"), step("c", "a"))
    result = PipelineResult(
        PipelineResultStatus.SUCCESS,
        "p",
        [
            ComponentResult("b", success=True, duration_ms=500, started_ms=500),
            ComponentResult("a", success=True, duration_ms=250, started_ms=250),
        ],
        total_duration_ms=1000,
    )
    bars = Page(report_of(config, result)).of_class("bar")
    assert [bar["style"] for bar in bars] == ["left:25.000%;width:25.000%", "left:50.000%;width:50.000%"]


def test_a_result_reports_when_each_component_began() -> None:
    clock = Ticking(1.0)  # each look at the clock takes a second
    result = SimplePipelineRunner(pipeline(step("a"), step("b", "a")), clock=clock).run()
    first, second = result.component_results
    assert first.started_ms > 0
    assert second.started_ms >= first.started_ms + first.duration_ms
    assert second.started_ms + second.duration_ms <= result.total_duration_ms


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "0 ms"),
        (999, "999 ms"),
        (1000, "1 s"),
        (59_999, "59.9 s"),
        (60_000, "1 min"),
        (245_000, "4 min 5 s"),
        (3_600_000, "1 h"),
        (7_800_000, "2 h 10 min"),
        (200_000_000, "55 h 33 min"),
    ],
)
def test_durations_are_written_as_people_say_them(milliseconds: int, text: str) -> None:
    assert duration_text(milliseconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (5 * 10**15, "5.0 PB"),
    ],
)
def test_sizes_are_reported_in_powers_of_a_thousand(size: int, text: str) -> None:
    assert size_text(size) == text


def test_what_was_written_is_reported_as_a_sum_and_where_there_is_more_than_one_each_by_itself() -> None:
    counts = (DataCount("/out", 336_776, 4_200_000), DataCount("v", 1, 100, DataKind.VIEW))
    result = PipelineResult(
        PipelineResultStatus.SUCCESS, "p", [ComponentResult("a", success=True, duration_ms=1, counts=counts)]
    )
    text = Page(report_of(pipeline(step("a")), result)).text
    assert "336,777" in text
    assert "4.2 MB" in text
    assert "/out: 336776 rows, 4200000 bytes" in text
    assert "view v: 1 rows, 100 bytes" in text


@given(st.integers(1, 10**10))
def test_a_time_axis_has_at_most_five_steps(whole: int) -> None:
    assert 0 < whole / axis_step_ms(whole) <= 5


def test_each_colour_of_the_light_page_has_one_for_the_dark(tmp_path: Path) -> None:
    reported(pipeline(step("a")), tmp_path / "report.html")
    light, dark = re.findall(r":root\{([^}]*)\}", (tmp_path / "report.html").read_text())
    names = {part.partition(":")[0].strip() for part in light.split(";")} - {"color-scheme"}
    assert {part.partition(":")[0].strip() for part in dark.split(";")} == names
