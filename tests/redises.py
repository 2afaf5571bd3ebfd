"""A Redis of a test's own, that may be killed, hung, flushed and started again."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests import services

START_TIMEOUT_S = 10.0


class OwnRedis:
    """One Redis process on a port that stays the same."""

    def __init__(self, folder: Path) -> None:
        self.port = services._free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait for its answer."""
        try:
            program = services._redis_program()
        except services.ServiceMissingError as missing:
            pytest.skip(str(missing))
        self._process = subprocess.Popen(
            [
                *(program, "--bind", "127.0.0.1", "--port", str(self.port)),
                *("--dir", self._folder, "--save", "", "--appendonly", "no"),
            ],
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_TIMEOUT_S
        while not services._answers(self.port):
            assert time.monotonic() < deadline, "Redis did not start"
            time.sleep(0.01)

    def flush(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def hang(self) -> None:
        """It takes connections, and answers no more."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def own_redis(folder: Path) -> Iterator[OwnRedis]:
    """Run a Redis for one test."""
    own = OwnRedis(folder)
    own.start()
    try:
        yield own
    finally:
        own.kill()
