"""`python main.py two`: alpha and beta come up with people on both, and end together."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.processes.people import Person, eventually
from tests.processes.servers import ROOT
from tests.services import free_port

UP_WITHIN_S = 120
END_WITHIN_S = 60


def _command(folder: Path, port: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "main.py", "two", "--port", str(port), "--json"],
        cwd=ROOT,
        env={"PATH": os.environ.get("PATH", ""), "KITTIWAKE_DATA_DIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def _two(folder: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    with _command(folder, port) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.communicate(timeout=END_WITHIN_S)


def test_two_servers_come_up_federate_and_end_together(tmp_path: Path) -> None:
    """Issue 2, section 1: `make two`; a second one says in one line why it cannot."""
    port = free_port("127.0.10.1")
    with _two(tmp_path / "one", port) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        with closing(Person(said["alpha"])) as window:
            window.submit("/log-in", "log-in", name="alice", password=said["password"])
            there = said["beta"].removeprefix("http://")
            eventually(lambda: "Unfollow" in window.read(f"/@bob@{there}"))

        second = _command(tmp_path / "other", port)
        out, err = second.communicate(timeout=UP_WITHIN_S)
        assert (second.returncode, out) == (1, "")
        assert "KITTIWAKE_LISTEN" in json.loads(err)["error"]

        process.send_signal(signal.SIGINT)
        process.communicate(timeout=END_WITHIN_S)
        assert process.returncode == 0


def test_when_one_of_the_two_ends_so_does_the_other(tmp_path: Path) -> None:
    port = free_port("127.0.10.1")
    with _two(tmp_path / "one", port) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["beta"]
        pid = int((tmp_path / "one" / "two" / "beta" / "kittiwake.lock").read_text())
        os.kill(pid, signal.SIGKILL)
        _, err = process.communicate(timeout=END_WITHIN_S)
        assert process.returncode == 1
        assert "ended by itself" in err
