"""Runner of the benchmarks: all of them, or those named, as in `python -m benchmarks operator_overhead`."""

from __future__ import annotations

import importlib
import sys

BENCHMARKS = (
    "runner_overhead",
    "parallel",
    "materialize",
    "counting",
    "view_tracking",
    "random_kills",
    "operator_overhead",
    "operator_memory",
    "dag_parsing",
    "modes",
    "shared_session",
)


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all of them."""
    if unknown := sorted(set(names) - set(BENCHMARKS)):
        print(f"unknown: {', '.join(unknown)}; known: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    for name in names or BENCHMARKS:
        print(f"\n{name}\n{'-' * len(name)}")
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
