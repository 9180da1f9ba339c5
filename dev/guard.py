"""Outlives the process that started an Airflow, to stop that Airflow where its owner was killed.

`python -m dev.guard HOME` waits until its standard input ends, which happens however its owner ends.
"""

from __future__ import annotations

import sys
from pathlib import Path

from dev.processes import stop_all

if __name__ == "__main__":
    sys.stdin.buffer.read()
    stop_all(Path(sys.argv[1]))
