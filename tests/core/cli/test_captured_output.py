from __future__ import annotations

import json
import subprocess
import sys

SCRIPT = """
import json, os, sys, threading
from ppf_core.cli.captured_output import CapturedOutput

shown = []
output = CapturedOutput()
terminal = output.start(shown.append)
print("from print")
print("from stderr", file=sys.stderr)
os.write(2, b"from the descriptor\\n")
os.system("echo from a child; echo from its stderr >&2")
print("to the terminal", file=terminal, flush=True)
late = os.dup(1)  # as a child process has it, which outlives the capture
sys.stdout.write("half a line")
output.drain()
output.stop()
print(json.dumps(shown))
os.write(late, b"late\\n")
os.close(late)
for thread in threading.enumerate():
    if thread.name == "ppf-output":
        thread.join(10)  # nobody can write any more, so it comes to the end, if it is not there yet
"""


def _ran():
    return subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=60
    )


def test_all_that_process_and_children_write_is_shown_in_whole_lines_and_only_the_display_gets_through():
    to_terminal, shown = _ran().stdout.splitlines()
    assert to_terminal == "to the terminal"
    assert sorted(json.loads(shown)) == sorted(
        ["from print", "from stderr", "from the descriptor", "from a child", "from its stderr", "half a line"]
    )


def test_what_a_child_writes_after_the_end_goes_to_standard_error():
    assert _ran().stderr == "late\n"
