"""A build ends with the command that asked for it, even when that is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from euromesh import book, runs

ASKED = """
import sys
from pathlib import Path
from euromesh import book
book.START = book.START.partition("from jupyter_book")[0] + sys.argv[2]
book._jupyter_book("html", Path(sys.argv[1]), Path(sys.argv[1]))
print("done")
"""
SLOW = """
import time
from pathlib import Path
while True:
    Path({beat!r}).write_text(str(time.time()))
    time.sleep(0.05)
"""


def asked(folder: Path, code: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", ASKED, str(folder), code]
    return subprocess.Popen(command, cwd=runs.ROOT, stdout=subprocess.PIPE, text=True)


def test_a_build_whose_command_is_killed_writes_no_further(tmp_path: Path) -> None:
    beat = tmp_path / "beat"
    process = asked(tmp_path, SLOW.format(beat=str(beat)))
    deadline = time.monotonic() + 60
    while not beat.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    time.sleep(1)
    beat.unlink()
    time.sleep(0.5)
    assert not beat.exists()


def test_a_build_that_is_done_ends(tmp_path: Path) -> None:
    out, _ = asked(tmp_path, "print('built')").communicate(timeout=60)
    assert out == "done\n"
    assert "jupyter_book" in book.START
