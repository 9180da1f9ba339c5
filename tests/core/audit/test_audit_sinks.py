from __future__ import annotations

import gc
import json
import logging
import os
import pickle
import resource
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ppf_core.audit import (
    AuditAction,
    AuditEvent,
    AuditSinkError,
    AuditStatus,
    CompositeAuditSink,
    FileAuditSink,
    InMemoryAuditSink,
    LoggingAuditSink,
)

if TYPE_CHECKING:
    from pathlib import Path


def event(actor: str = "clean", status: AuditStatus = AuditStatus.SUCCESS, **metadata: str) -> AuditEvent:
    return AuditEvent(
        AuditAction.COMPONENT_FAILED, actor, "my.Clean", status, metadata=metadata, trace_id="t-1"
    )


def actors(path: Path) -> list[str]:
    return [json.loads(line)["actor"] for line in path.read_text().splitlines()]


def open_files() -> int:
    return len(os.listdir("/dev/fd"))  # noqa: PTH208 - nothing to join


class BrokenSink:
    def emit(self, event: AuditEvent) -> None:
        raise ConnectionError("no route to the collector")


def test_a_file_sink_touches_nothing_before_the_first_event(tmp_path: Path) -> None:
    with FileAuditSink(tmp_path / "deep" / "er" / "audit.jsonl") as sink:
        assert list(tmp_path.iterdir()) == []
        sink.emit(event())
    assert actors(tmp_path / "deep" / "er" / "audit.jsonl") == ["clean"]


def test_a_file_sink_appends_to_what_is_there(tmp_path: Path) -> None:
    for actor in ("first", "second"):
        with FileAuditSink(tmp_path / "audit.jsonl") as sink:
            sink.emit(event(actor))
    assert actors(tmp_path / "audit.jsonl") == ["first", "second"]


def test_an_event_is_in_the_file_as_soon_as_emit_returns(tmp_path: Path) -> None:
    with FileAuditSink(tmp_path / "audit.jsonl") as sink:
        sink.emit(event())
        assert actors(sink.path) == ["clean"]


def test_a_closed_file_sink_opens_again_for_a_later_event(tmp_path: Path) -> None:
    sink = FileAuditSink(tmp_path / "audit.jsonl")
    sink.emit(event("first"))
    sink.close()
    sink.close()
    sink.emit(event("second"))
    sink.close()
    assert actors(sink.path) == ["first", "second"]


def test_closing_or_dropping_a_file_sink_gives_its_file_back(tmp_path: Path) -> None:
    before = open_files()
    sink = FileAuditSink(tmp_path / "audit.jsonl")
    sink.emit(event())
    assert open_files() == before + 1
    sink.close()
    assert open_files() == before
    sink.emit(event())
    del sink
    gc.collect()
    assert open_files() == before


def test_a_file_that_was_moved_away_is_made_again(tmp_path: Path) -> None:
    with FileAuditSink(tmp_path / "audit.jsonl") as sink:
        sink.emit(event("before"))
        sink.path.rename(tmp_path / "audit.jsonl.1")
        sink.emit(event("after"))
    assert actors(tmp_path / "audit.jsonl.1") == ["before"]
    assert actors(tmp_path / "audit.jsonl") == ["after"]


def test_a_directory_that_was_deleted_is_made_again(tmp_path: Path) -> None:
    with FileAuditSink(tmp_path / "logs" / "audit.jsonl") as sink:
        sink.emit(event("before"))
        sink.path.unlink()
        sink.path.parent.rmdir()
        sink.emit(event("after"))
    assert actors(tmp_path / "logs" / "audit.jsonl") == ["after"]


def test_a_relative_path_stays_where_it_was_when_the_process_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with FileAuditSink("audit.jsonl") as sink:
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        sink.emit(event())
    assert (tmp_path / "audit.jsonl").exists()


def test_an_event_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        FileAuditSink(tmp_path / "file" / "audit.jsonl").emit(event())


def test_a_line_that_was_cut_short_does_not_spoil_the_next_line(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with FileAuditSink(tmp_path / "audit.jsonl") as sink:
        sink.emit(event("whole"))
        resource.setrlimit(resource.RLIMIT_FSIZE, (sink.path.stat().st_size + 10, hard))
        try:
            with pytest.raises(OSError, match=r"only 10 of \d+ bytes"):
                sink.emit(event("cut"))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        sink.emit(event("next"))
        sink.emit(event("last"))
    whole, cut, following, last = sink.path.read_text().splitlines()
    assert len(cut) == 10
    assert [json.loads(line)["actor"] for line in (whole, following, last)] == ["whole", "next", "last"]


def test_lines_of_several_processes_never_mix(tmp_path: Path) -> None:
    writer = (
        "import sys\n"
        "from ppf_core.audit import AuditAction, AuditEvent, AuditStatus, FileAuditSink\n"
        "sink = FileAuditSink(sys.argv[1])\n"
        "for n in range(300):\n"
        "    sink.emit(AuditEvent(AuditAction.COMPONENT_STARTED, sys.argv[2], 'r', AuditStatus.SUCCESS,"
        " metadata={'padding': 'x' * (n * 37 % 9000)}))\n"
    )
    path = tmp_path / "audit.jsonl"
    processes = [
        subprocess.Popen([sys.executable, "-c", writer, str(path), f"process-{number}"])
        for number in range(3)
    ]
    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0]
    assert sorted(actors(path)) == sorted([f"process-{number}" for number in range(3)] * 300)


def test_one_failing_sink_keeps_an_event_from_no_other() -> None:
    first, last = InMemoryAuditSink(), InMemoryAuditSink()
    with pytest.raises(AuditSinkError):
        CompositeAuditSink(first, BrokenSink(), last).emit(event())
    assert len(first.events) == len(last.events) == 1


def test_all_failures_of_a_composite_are_reported_together() -> None:
    with pytest.raises(AuditSinkError, match=r"2 audit sink\(s\).*no route") as caught:
        CompositeAuditSink(BrokenSink(), InMemoryAuditSink(), BrokenSink()).emit(event())
    assert [sink for sink, _ in caught.value.failures] == ["BrokenSink", "BrokenSink"]
    assert isinstance(caught.value.__cause__, ConnectionError)
    copied = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - just pickled
    assert str(copied) == str(caught.value)


def test_a_composite_shows_its_sinks_in_order() -> None:
    first, second = InMemoryAuditSink(), InMemoryAuditSink()
    assert CompositeAuditSink(first, second).sinks == (first, second)


@pytest.mark.parametrize(
    ("status", "level"),
    [
        (AuditStatus.SUCCESS, logging.INFO),
        (AuditStatus.RETRY, logging.WARNING),
        (AuditStatus.WARNING, logging.WARNING),
        (AuditStatus.FAILURE, logging.ERROR),
    ],
)
def test_the_log_level_follows_the_events_status(
    caplog: pytest.LogCaptureFixture, status: AuditStatus, level: int
) -> None:
    caplog.set_level(logging.DEBUG, logger="ppf.audit")
    LoggingAuditSink().emit(event(status=status))
    assert [(record.name, record.levelno) for record in caplog.records] == [("ppf.audit", level)]


def test_the_log_message_has_the_whole_event_on_one_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="ppf.audit")
    LoggingAuditSink().emit(event(status=AuditStatus.FAILURE, error="boom\nforged line"))
    assert caplog.messages == [
        "component_failed (failure): actor=clean resource=my.Clean error='boom\\nforged line' trace_id=t-1"
    ]


def test_a_logging_sink_uses_the_logger_it_is_given() -> None:
    logger = logging.getLogger("mine")
    assert LoggingAuditSink(logger).logger is logger
