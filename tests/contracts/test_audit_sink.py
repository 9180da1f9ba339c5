"""Contract of all implementations of `AuditSink`."""

from __future__ import annotations

import copy
import io
import json
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from airflow.sdk._shared.logging.structlog import structlog_processors

from airflow_ppf.reporting.audit_sink import TaskLogAuditSink
from ppf_core.audit import (
    AuditAction,
    AuditEvent,
    AuditSink,
    AuditStatus,
    CompositeAuditSink,
    FileAuditSink,
    InMemoryAuditSink,
    LoggingAuditSink,
)

if TYPE_CHECKING:
    from pathlib import Path

Kept = Callable[[], list[dict[str, Any]]]
"""The events that a sink has kept, as `to_dict` gives them."""


class KeepingHandler(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def in_memory(tmp_path: Path) -> tuple[AuditSink, Kept]:
    sink = InMemoryAuditSink()
    return sink, lambda: [event.to_dict() for event in sink.events]


def in_a_file(tmp_path: Path) -> tuple[AuditSink, Kept]:
    sink = FileAuditSink(tmp_path / "audit" / "events.jsonl")

    def kept() -> list[dict[str, Any]]:
        return [json.loads(line) for line in sink.path.read_text(encoding="utf-8").splitlines()]

    return sink, kept


def in_a_log(tmp_path: Path) -> tuple[AuditSink, Kept]:
    logger = logging.Logger("audit contract", level=logging.INFO)
    handler = KeepingHandler()
    logger.addHandler(handler)

    def kept() -> list[dict[str, Any]]:
        return [
            {
                name.removeprefix("audit_"): value
                for name, value in vars(record).items()
                if name.startswith("audit_")
            }
            for record in handler.records
        ]

    return LoggingAuditSink(logger), kept


def in_the_log_of_a_task(tmp_path: Path) -> tuple[AuditSink, Kept]:
    """Return the line that Airflow writes: JSON, through its own processors."""
    file = io.BytesIO()
    processors, _, writer = structlog_processors(json_output=True)
    logger = structlog.wrap_logger(
        structlog.BytesLogger(file), processors=[*processors, writer], wrapper_class=structlog.BoundLogger
    )

    def kept() -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in file.getvalue().splitlines()]
        return [
            {name.removeprefix("audit_"): value for name, value in line.items() if name.startswith("audit_")}
            for line in lines
        ]

    return TaskLogAuditSink(logger), kept


def composite(tmp_path: Path) -> tuple[AuditSink, Kept]:
    first, second = InMemoryAuditSink(), InMemoryAuditSink()

    def kept() -> list[dict[str, Any]]:
        assert first.events == second.events
        return [event.to_dict() for event in second.events]

    return CompositeAuditSink(first, second), kept


@pytest.fixture(
    params=[in_memory, in_a_file, in_a_log, in_the_log_of_a_task, composite], ids=lambda make: make.__name__
)
def sink_and_kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[AuditSink, Kept]]:
    return request.param(tmp_path)


def event(**changes: Any) -> AuditEvent:
    values: dict[str, Any] = {
        "action": AuditAction.COMPONENT_COMPLETED,
        "actor": "clean",
        "resource": "my.module.Clean",
        "status": AuditStatus.SUCCESS,
        "timestamp": datetime(2024, 2, 29, 12, 30, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        "metadata": {"duration_ms": "12"},
        "trace_id": "t-1",
    }
    return AuditEvent(**{**values, **changes})


@pytest.mark.parametrize("status", list(AuditStatus))
@pytest.mark.parametrize("action", list(AuditAction))
def test_every_field_of_every_kind_of_event_is_kept(
    sink_and_kept: tuple[AuditSink, Kept], action: AuditAction, status: AuditStatus
) -> None:
    sink, kept = sink_and_kept
    sink.emit(event(action=action, status=status))
    assert kept() == [event(action=action, status=status).to_dict()]


def test_events_are_kept_in_the_order_in_which_they_came(sink_and_kept: tuple[AuditSink, Kept]) -> None:
    sink, kept = sink_and_kept
    for number in range(20):
        sink.emit(event(metadata={"number": str(number)}))
    assert [entry["metadata"]["number"] for entry in kept()] == [str(number) for number in range(20)]


@pytest.mark.parametrize(
    "text",
    [
        "two\nlines",
        'a "quoted" \\ text',
        "Zürich 東京 🚀",
        "line\u2028separator",
        "\x00\x1b",
        "%s {}",
        "\udc80",
    ],
    ids=["newline", "quotes", "unicode", "line separator", "control", "format", "lone surrogate"],
)
def test_any_text_in_an_event_comes_back_unchanged(sink_and_kept: tuple[AuditSink, Kept], text: str) -> None:
    sink, kept = sink_and_kept
    sink.emit(event(actor=text, resource=text, metadata={text: text}))
    if isinstance(sink, TaskLogAuditSink):  # a task's log is UTF-8, which has no half characters
        text = text.encode("utf-8", "backslashreplace").decode()
    assert kept() == [event(actor=text, resource=text, metadata={text: text}).to_dict()]


def test_a_sink_does_not_change_the_event(sink_and_kept: tuple[AuditSink, Kept]) -> None:
    sink, _ = sink_and_kept
    emitted = event()
    before = copy.deepcopy(emitted)
    sink.emit(emitted)
    assert emitted == before


def test_events_of_many_threads_are_all_kept_whole_and_each_threads_in_order(
    sink_and_kept: tuple[AuditSink, Kept],
) -> None:
    sink, kept = sink_and_kept
    start = threading.Barrier(8)

    def work(actor: str) -> None:
        start.wait()
        for number in range(50):
            sink.emit(event(actor=actor, metadata={"number": str(number), "padding": "x" * 300}))

    threads = [threading.Thread(target=work, args=(f"thread-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = kept()
    for number in range(8):
        numbers = [entry["metadata"]["number"] for entry in entries if entry["actor"] == f"thread-{number}"]
        assert numbers == [str(number) for number in range(50)]
