from __future__ import annotations

import pytest

from ppf_core.runner.handover.sharing import is_about_sharing


@pytest.mark.parametrize(
    "text",
    [
        "AnalysisException: [PATH_NOT_FOUND] Path does not exist: file:/data/ppf. SQLSTATE: 42K03",
        "Py4JJavaError: ... java.io.FileNotFoundException: File file:/data/ppf/asked.txt does not exist",
        "SparkException: [FAILED_READ_FILE.FILE_NOT_EXIST] Encountered error while reading file",
        "Py4JJavaError: ... java.io.IOException: Mkdirs failed to create file:/data/ppf/_temporary/0",
        "PermissionError: [Errno 13] Permission denied: '/data'",
        "Py4JJavaError: ... org.apache.hadoop.security.AccessControlException: Permission denied: user=a",
        "Py4JJavaError: ... UnsupportedFileSystemException: No FileSystem for scheme 'gs'",
        "Py4JJavaError: ... java.lang.ClassNotFoundException: Class org.apache.hadoop.fs.s3a.S3AFileSystem not found",
    ],
)
def test_a_place_that_is_not_there_for_somebody_is_not_shared(text: str) -> None:
    assert is_about_sharing(text)


@pytest.mark.parametrize(
    "text",
    [
        "Py4JJavaError: ... Job aborted due to stage failure: ExecutorLostFailure (executor 1 exited)",
        "Py4JJavaError: ... Job 0 cancelled part of cancelled job tags",
        "ConnectionRefusedError: [Errno 111] Connection refused",
        "OSError: [Errno 28] No space left on device",
    ],
)
def test_other_failures_say_nothing_about_sharing(text: str) -> None:
    assert not is_about_sharing(text)
