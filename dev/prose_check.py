"""Prose check of docs, docstrings, comments, messages and names: `python -m dev.prose_check [PATH ...]`.

Without a path it reads the repository, apart from `NOT_YET_CLEAN` in dev/prose/exemptions.py; with paths, all
of those. The exit code is 1 if there are findings.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dev.places import CHECKOUT
from dev.prose.exemptions import EXEMPTIONS, NOT_YET_CLEAN, Exemption
from dev.prose.finding import READERS, Finding, findings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["check", "main"]


def check(
    paths: Iterable[str], exemptions: Sequence[Exemption] = EXEMPTIONS, root: Path = CHECKOUT
) -> Iterator[Finding]:
    """Yield the findings of files, relative to `root`, that no exemption covers."""
    for path in paths:
        text = (root / path).read_text(encoding="utf-8")
        lines = text.splitlines()
        own = [exemption for exemption in exemptions if exemption.path == path]
        for finding in sorted(findings(path, text), key=lambda finding: finding.line):
            if not any(exemption.phrase in lines[finding.line - 1] for exemption in own):
                yield finding


def tracked_files(arguments: Sequence[str], root: Path = CHECKOUT) -> list[str]:
    """Return the files that Git knows, or has yet to be asked to add, under the paths given."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *arguments]
    listed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=root)
    return [
        path
        for path in listed.stdout.splitlines()
        if Path(path).suffix in READERS and (root / path).is_file()
    ]


def main(arguments: Sequence[str]) -> int:
    """Print the findings, and return the exit code."""
    paths = tracked_files(arguments)
    if not arguments:
        paths = [path for path in paths if not path.startswith(NOT_YET_CLEAN)]
    count = 0
    for finding in check(paths):
        print(finding)
        count += 1
    if count:
        print(f"{count} texts to rewrite; the rules are in dev/prose/rules.py", file=sys.stderr)
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
