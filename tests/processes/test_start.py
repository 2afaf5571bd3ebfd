"""A start that is interrupted ends without a traceback, however early."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.processes.servers import ROOT, free_port

WAIT_S = 20.0
_SIGINT_BIT = 1 << (signal.SIGINT - 1)


def _start(folder: Path) -> subprocess.Popen[str]:
    listen = f"127.0.0.1:{free_port('127.0.0.1')}"
    return subprocess.Popen(
        [sys.executable, "main.py", "serve"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "KITTIWAKE_DATA_DIR": str(folder / "data"),
            "KITTIWAKE_LISTEN": listen,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _is_caught(pid: int) -> bool:
    """Whether the process has a handler for SIGINT: Python's own comes first, ours last."""
    status = Path(f"/proc/{pid}/status").read_text()
    mask = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(mask, 16) & _SIGINT_BIT)


def _wait_until_caught(process: subprocess.Popen[str], wanted: bool) -> None:  # noqa: FBT001 - read from a table
    deadline = time.monotonic() + WAIT_S
    while _is_caught(process.pid) is not wanted:
        assert time.monotonic() < deadline
        assert process.poll() is None


@pytest.mark.parametrize("stage", ["imports", "start"])
def test_ctrl_c_in_the_first_half_second_shows_no_traceback(tmp_path: Path, stage: str) -> None:
    process = _start(tmp_path)
    try:
        _wait_until_caught(process, wanted=True)  # Python is up
        _wait_until_caught(process, wanted=False)  # the first lines of main.py ran
        if stage == "start":
            _wait_until_caught(process, wanted=True)  # everything is imported
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=WAIT_S)
    finally:
        process.kill()
    assert "Traceback" not in errors
    assert "KeyboardInterrupt" not in errors
    assert process.returncode in (-signal.SIGINT, 0, 1)
