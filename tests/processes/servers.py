"""Real server processes on loopback for tests: started, killed, restarted."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from weakref import WeakSet

import httpx

from tests.services import free_port

ROOT = Path(__file__).parents[2]
# Every server of this run that may still be running, for reports of failures.
started: "WeakSet[Server]" = WeakSet()
# For the slowest machine; they end what would never end.
START_TIMEOUT_S = 240.0
STOP_TIMEOUT_S = 60.0
COMMAND_TIMEOUT_S = 120.0


@dataclass(eq=False)
class Server:
    """One instance in a process of its own; `storage_url` empty means SQLite in `folder`."""

    name: str
    address: str
    folder: Path
    storage_url: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.port = self.port or free_port(self.address)
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def domain(self) -> str:
        return f"{self.address}:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.domain}"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the developer's own environment but what Python needs to start."""
        return {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self.folder),
            "KITTIWAKE_DOMAIN": self.domain,
            "KITTIWAKE_LISTEN": self.domain,
            "KITTIWAKE_DATA_DIR": str(self.folder / "data"),
            "KITTIWAKE_STORAGE__URL": self.storage_url,
            "KITTIWAKE_REGISTRATION__MODE": "open",
            "KITTIWAKE_FEDERATION__PLAIN_HTTP": "true",
            "KITTIWAKE_FEDERATION__PRIVATE_NETWORKS": "127.0.0.0/8",
            "KITTIWAKE_LIMITS__EXEMPT_NETWORKS": "127.0.0.0/8",
            "KITTIWAKE_LIMITS__POSTS_PER_PERSON_PER_HOUR_MAX": "1000000",
            **self.extra,
        }

    def start(self, *words: str) -> float:
        """Start and wait for the first answer; return how many seconds that took."""
        begun = time.monotonic()
        self.process = self.spawn("serve", *words)
        started.add(self)
        while time.monotonic() - begun < START_TIMEOUT_S:
            if self.process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.url}/.well-known/nodeinfo", timeout=20).status_code == 200:
                    return time.monotonic() - begun
            except httpx.TransportError:
                time.sleep(0.02)
        raise AssertionError(f"{self.name} did not start:\n{self.log.read_text()[-4000:]}")

    def spawn(self, *words: str) -> "subprocess.Popen[bytes]":
        """Start `python main.py …` beside the server and let it run; it writes the same log."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "main.py", *words],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """`kill -9`: no chance to put anything in order."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Stop in an orderly way; return the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=STOP_TIMEOUT_S)

    def end(self) -> None:
        """Stop it if it runs, whatever state a fault has left it in."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.kill()

    def last_lines(self, number: int = 20) -> str:
        """The end of its log, for whoever wonders why something did not happen."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join([f"--- {self.name}", *lines[-number:]])

    def command(self, *words: str, code: int = 0) -> str:
        """Run `python main.py …` beside the server and return what it printed."""
        done = subprocess.run(
            [sys.executable, "main.py", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def command_json(self, *words: str) -> dict[str, object]:
        answer = json.loads(self.command(*words, "--json"))
        assert isinstance(answer, dict)
        return answer
