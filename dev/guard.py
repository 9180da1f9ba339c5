"""A guard that stops a private Airflow or Spark if the process that started it is killed.

`python -m dev.guard HOME` waits for the end of its standard input, which comes however its owner ends.
"""

from __future__ import annotations

import sys
from pathlib import Path

from dev.processes import stop_all

if __name__ == "__main__":
    sys.stdin.buffer.read()
    stop_all(Path(sys.argv[1]))
