"""Log records of lines that Spark's JVM writes, at the level that they name."""

from __future__ import annotations

import logging

import pytest

from ppf_core.session import JvmLog


def logged(*lines: str) -> list[str]:
    """Return the level of each record, with its text."""
    records: list[logging.LogRecord] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    logger = logging.Logger("jvm", logging.DEBUG)
    logger.addHandler(Kept())
    log = JvmLog(logger)
    for line in lines:
        log(line)
    assert [record.getMessage() for record in records] == [line for line in lines if line]
    return [record.levelname for record in records]


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("26/11/28 03:11:18 WARN Utils: Your hostname, vm, resolves to a loopback address", "WARNING"),
        ("26/11/28 03:11:18 ERROR Executor: Exception in task 0.0 in stage 1.0 (TID 1)", "ERROR"),
        ("2026-11-28T03:11:18,123Z [main] FATAL org.acme.Thing - 100% gone", "CRITICAL"),
        ("[2026-11-28 03:11:18] INFO x: an ERROR in the text", "INFO"),
        ("03:11:18.123 [Thread-3] DEBUG org.acme.Thing", "DEBUG"),
        ("ERROR StatusLogger No Log4j 2 configuration file found", "ERROR"),
        ('{"ts":"2026-11-28T03:11:18.123Z","level":"WARN","msg":"structured","logger":"Utils"}', "WARNING"),
        ("WARNING: A terminally deprecated method in sun.misc.Unsafe has been called", "WARNING"),
        (
            "OpenJDK 64-Bit Server VM warning: INFO: os::commit_memory failed; error='Not enough space'",
            "WARNING",
        ),
        ('Setting default log level to "WARN".', "INFO"),
        ("Picked up JAVA_TOOL_OPTIONS: -Xss4m", "INFO"),
        ("NOTE: Picked up JDK_JAVA_OPTIONS: -Xss4m", "INFO"),
        (":: resolving dependencies :: org.apache.spark#spark-submit-parent;1.0", "INFO"),
        ("org.acme#thing added as a dependency", "INFO"),
        ("/usr/lib/python3/acme.py:7: UserWarning: said by a Python worker", "WARNING"),
        ('Exception in thread "main" java.lang.NoClassDefFoundError: acme', "ERROR"),
        ("java.lang.OutOfMemoryError: Java heap space", "ERROR"),
        ("Terminating due to java.lang.OutOfMemoryError: Java heap space", "ERROR"),
        ("Error: Could not create the Java Virtual Machine.", "ERROR"),
        ("# A fatal error has been detected by the Java Runtime Environment:", "ERROR"),
        ("java.io.IOException: written by nobody's log", "ERROR"),
    ],
)
def test_a_line_has_the_level_that_it_names(line: str, level: str) -> None:
    assert logged(line) == [level]


def test_a_stack_trace_has_the_level_of_its_message() -> None:
    assert (
        logged(
            "26/11/28 03:11:18 WARN TaskSetManager: Lost task 0.0",
            "java.io.IOException: gone",
            "\tat org.acme.Thing.read(Thing.scala:7)",
            "Caused by: java.net.ConnectException: refused",
            "\t... 3 more",
            "26/11/28 03:11:19 ERROR TaskSetManager: Task 0 failed 4 times",
            "java.io.IOException: gone",
            "\tat org.acme.Thing.read(Thing.scala:7)",
        )
        == ["WARNING"] * 5 + ["ERROR"] * 3
    )


def test_running_out_of_memory_is_an_error_whatever_was_logged_before() -> None:
    assert logged(
        "26/11/28 03:11:18 INFO MemoryStore: Block rdd_1 stored",
        "java.lang.OutOfMemoryError: Java heap space",
        "Dumping heap to java_pid7.hprof ...",
    ) == ["INFO", "ERROR", "WARNING"]


def test_an_empty_line_is_left_out() -> None:
    assert logged("26/11/28 03:11:18 ERROR x: first", "", "second") == ["ERROR", "ERROR"]


def test_the_logger_is_named_after_the_jvm(caplog: pytest.LogCaptureFixture) -> None:
    JvmLog()("26/11/28 03:11:18 ERROR x: y")
    assert caplog.record_tuples == [("spark.jvm", logging.ERROR, "26/11/28 03:11:18 ERROR x: y")]
