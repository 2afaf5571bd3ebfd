"""Starts what a measurement needs: the server under test, the other hosts, certificates."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from instance.building import utc_now
from instance.settings import child_environment
from tools.bench import machine
from tools.bench.client import Client, LoadError, request
from tools.bench.remote import Person

ROOT = Path(__file__).parents[2]
DOMAIN = "bench.example"
"""All servers have this name, so that copies of one prepared database fit them all."""

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 15.0
KEYS = 20
"""So many hosts have different keys; the next ones use them again: making one takes long."""


@dataclass
class Server:
    """One `main.py serve`; `storage_url` empty means SQLite in its folder."""

    folder: Path
    certificate: Path
    storage_url: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def client(self) -> Client:
        """Somebody who sends requests to it."""
        return Client(self.port)

    @property
    def pid(self) -> int:
        """The process that all others of the server descend from."""
        if self.process is None:
            raise LoadError("the server does not run")
        return self.process.pid

    @property
    def environment(self) -> dict[str, str]:
        """The settings, as environment variables."""
        return child_environment(
            {
                "KITTIWAKE_DOMAIN": DOMAIN,
                "KITTIWAKE_LISTEN": f"127.0.0.1:{self.port}",
                "KITTIWAKE_DATA_DIR": str(self.folder / "data"),
                "KITTIWAKE_STORAGE__URL": self.storage_url,
                "KITTIWAKE_FEDERATION__PRIVATE_NETWORKS": "127.0.0.0/8",
                "KITTIWAKE_LIMITS__EXEMPT_NETWORKS": "127.0.0.0/8",
                "KITTIWAKE_LIMITS__POSTS_PER_PERSON_PER_HOUR_MAX": "1000000",
                **self.settings,
            }
        )

    async def start(self) -> float:
        """Start, wait for the first 200, and return how many seconds that took."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port("127.0.0.1")
        begun = time.perf_counter()
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tools.bench.serve", str(self.certificate)],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        look = request("GET", "/.well-known/nodeinfo", DOMAIN)
        while time.perf_counter() - begun < START_TIMEOUT_S and self.process.poll() is None:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                if (await self.client.ask(look)).status == HTTPStatus.OK:
                    return time.perf_counter() - begun
            await asyncio.sleep(0.01)
        message = f"the server did not start:\n{self.log()}"
        raise LoadError(message)

    def stop(self) -> None:
        """Stop in an orderly way; after 15 seconds in the other one."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def command(self, *words: str) -> Any:
        """Run `main.py …` while the server stands still; return its JSON."""
        done = subprocess.run(
            [sys.executable, "main.py", *words, "--json"],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=START_TIMEOUT_S,
            check=False,
        )
        if done.returncode:
            message = f"main.py {words[0]}: {done.stderr[-2000:]}"
            raise LoadError(message)
        return json.loads(done.stdout)

    def log(self) -> str:
        """The end of what the server said."""
        return (self.folder / "server.log").read_text(encoding="utf-8")[-4000:]

    def usage(self) -> machine.Usage:
        """What it used until now."""
        return machine.usage(self.pid)


class OtherHosts:
    """The process of `hosts.py`, steered by lines."""

    def __init__(self, people: Sequence[Person], port: int, folder: Path) -> None:
        self.certificate, private_key = _write_certificate(people, folder)
        self.people = people
        config = {
            "addresses": [person.host.partition(":")[0] for person in people],
            "port": port,
            "pems": {person.host: person.pem for person in people},
            "certificate": str(self.certificate),
            "private_key": str(private_key),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tools.bench.hosts", json.dumps(config)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._read()

    def tell(self, line: str) -> dict[str, Any]:
        """`delay SECONDS`, `forget` or `report`; returns how many POSTs came, in how many s."""
        if self._process.stdin is None:
            raise LoadError("no pipe")
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self._read()

    def stop(self) -> None:
        """End them."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _read(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise LoadError("the other hosts ended")
        found: dict[str, Any] = json.loads(line)
        return found


def make_people(count: int) -> list[Person]:
    """One person on each of `count` hosts, with addresses of their own and one port."""
    keys = [rsa.generate_private_key(65537, 2048) for _ in range(min(count, KEYS))]
    port = free_port("127.1.0.1")
    return [
        Person(f"127.1.{number // 250}.{number % 250 + 1}:{port}", 0, keys[number % KEYS])
        for number in range(count)
    ]


def free_port(address: str) -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def _write_certificate(people: Sequence[Person], folder: Path) -> tuple[Path, Path]:
    """A certificate for all hosts together, which signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hosts of the bench")])
    addresses = [ip_address(person.host.partition(":")[0]) for person in people]
    now = utc_now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(map(x509.IPAddress, addresses)), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "hosts.pem", folder / "hosts.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    paths[1].chmod(0o600)
    return paths


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM end the bench like Ctrl-C, so that it cleans up."""
    before = signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
