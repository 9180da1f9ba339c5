"""Is there a Java that Spark can run on?"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from .errors import SessionError

__all__ = ["INSTALL_JAVA", "find_java", "java_major_version", "require_java"]

OLDEST = 17
INSTALL_JAVA = (
    "install Java 17 or newer: `apt-get install -y openjdk-17-jre-headless` on Debian, "
    "`brew install openjdk@17` on macOS"
)


def find_java() -> Path | None:
    """The `java` that Spark's own scripts would start: JAVA_HOME's if that is set, else the first in PATH."""
    if home := os.environ.get("JAVA_HOME"):
        java = Path(home, "bin", "java")
        return java if os.access(java, os.X_OK) else None
    found = shutil.which("java")
    return Path(found) if found else None


def require_java() -> None:
    """Make sure of a Java before pyspark fails in its own, obscure way.

    Raises:
        SessionError: there is none.
    """
    if find_java() is not None:
        return
    if home := os.environ.get("JAVA_HOME"):
        raise SessionError(
            f"Spark needs Java: expected {home}/bin/java, as JAVA_HOME={home}, but there is no such program; "
            f"correct or unset JAVA_HOME, or {INSTALL_JAVA}"
        )
    raise SessionError(
        f"Spark needs Java, and there is no `java` in PATH, nor is JAVA_HOME set; {INSTALL_JAVA}"
    )


def java_major_version() -> int | None:
    """17 for Java 17.0.15, 8 for Java 1.8; None if that cannot be found out. Starts Java, about 0.1 s."""
    java = find_java()
    if java is None:
        return None
    try:
        shown = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=20, check=False)  # noqa: S603 - the program that Spark starts as well
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', shown.stderr + shown.stdout)
    return int(found[1]) if found else None
