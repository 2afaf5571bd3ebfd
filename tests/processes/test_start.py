"""A start that is interrupted ends without a traceback, however early."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes.servers import ROOT
from tests.services import free_port

# Runs main.py, and sends itself a Ctrl-C as soon as it comes to a certain point.
HARNESS = """
import asyncio, builtins, os, runpy, signal, sys

def interrupting(function, wanted=None):
    def call(*values, **named):
        if wanted is None or values[0] == wanted:
            os.kill(os.getpid(), signal.SIGINT)
        return function(*values, **named)
    return call

match sys.argv.pop(1):
    case "imports":
        builtins.__import__ = interrupting(builtins.__import__, "commands")
    case "begin":
        asyncio.run = interrupting(asyncio.run)
    case "migration":
        sys.path.insert(0, "")
        from storage import migrating
        migrating.read_written = interrupting(migrating.read_written)
sys.path.insert(0, "")
runpy.run_path("main.py", run_name="__main__")
"""


@pytest.mark.parametrize(
    ("moment", "code"), [("imports", -signal.SIGINT), ("begin", -signal.SIGINT), ("migration", 0)]
)
def test_ctrl_c_during_the_start_shows_no_traceback(tmp_path: Path, moment: str, code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HARNESS, moment, "serve"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "KITTIWAKE_DATA_DIR": str(tmp_path / "data"),
            "KITTIWAKE_LISTEN": f"127.0.0.1:{free_port('127.0.0.1')}",
        },
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert "KeyboardInterrupt" not in done.stderr
    assert done.returncode == code
