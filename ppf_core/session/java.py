"""Java installation that Spark runs on."""

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
    """Return the `java` that Spark's scripts start: of JAVA_HOME if it is set, else the first in PATH."""
    if home := os.environ.get("JAVA_HOME"):
        java = Path(home, "bin", "java")
        return java if os.access(java, os.X_OK) else None
    path = shutil.which("java")
    return Path(path) if path else None


def require_java() -> None:
    """Check that there is a Java, before PySpark fails without it with an obscure error.

    Raises:
        SessionError: there is no Java.
    """
    if find_java() is not None:
        return
    if home := os.environ.get("JAVA_HOME"):
        raise SessionError(
            f"Spark needs Java: expected {home}/bin/java, since JAVA_HOME={home}, but there is no such program; "
            f"correct or unset JAVA_HOME, or {INSTALL_JAVA}"
        )
    raise SessionError(
        f"Spark needs Java, but there is no `java` in PATH and JAVA_HOME is not set; {INSTALL_JAVA}"
    )


def java_major_version() -> int | None:
    """Return 17 for Java 17.0.15, 8 for Java 1.8, None if unknown; starts Java, which takes about 0.1 s."""
    java = find_java()
    if java is None:
        return None
    try:
        shown = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=20, check=False)  # noqa: S603 - Spark starts the same program
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = re.search(r'version "(?:1\.)?(\d+)', shown.stderr + shown.stdout)
    return int(version[1]) if version else None
