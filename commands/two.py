"""`two`: alpha and beta, two servers on this machine that federate, with people on both."""

import asyncio
import contextlib
import json
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import serving
from actors import remote
from commands import demo
from commands.demo_people import PASSWORD
from instance.errors import Misconfigured
from instance.settings import Settings, child_environment, load
from instance.worker import Handler
from outbox import following
from storage import actors
from webapp.server import bind

MAIN = Path(__file__).parents[1] / "main.py"
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
PORT = 8001

# An address each, because browsers share cookies between the ports of one.
NETWORK = "127.0.10.0/24"
# Who follows whom, both ways.
FRIENDS = (("alice", "bob"), ("carla", "alice"), ("emil", "kemi"), ("gustav", "gustav"))


@dataclass(frozen=True, slots=True)
class Server:
    """One of the two."""

    name: str
    domain: str
    folder: Path

    @property
    def variables(self) -> dict[str, str]:
        """Its settings, as its process gets them."""
        return {
            "KITTIWAKE_DOMAIN": self.domain,
            "KITTIWAKE_LISTEN": self.domain,
            "KITTIWAKE_DATA_DIR": str(self.folder),
            "KITTIWAKE_REGISTRATION__MODE": "open",
            "KITTIWAKE_FEDERATION__PLAIN_HTTP": "true",
            "KITTIWAKE_FEDERATION__PRIVATE_NETWORKS": NETWORK,
            "KITTIWAKE_LIMITS__EXEMPT_NETWORKS": "127.0.0.0/8",
        }

    @property
    def settings(self) -> Settings:
        """The same, read."""
        return load(self.variables, None)


async def run(data_dir: Path, jobs: Mapping[str, Handler], *, port: int, as_json: bool) -> None:
    """Start both, let their people follow each other, and run until Ctrl-C or SIGTERM.

    Alpha listens on `port`, beta on the next. Raises `Misconfigured`, also when one ends by itself.
    """
    alpha = Server("alpha", f"127.0.10.1:{port}", data_dir / "two" / "alpha")
    beta = Server("beta", f"127.0.10.2:{port + 1}", data_dir / "two" / "beta")
    for server in (alpha, beta):
        bind(server.settings).close()  # raises when somebody else is there, before we say a word
    for server in (alpha, beta):
        await demo.fill(server.settings, jobs)
    stop = serving.stop_on_signals()
    processes = [await _start(alpha), await _start(beta)]
    try:
        await _wait_until_up(alpha, processes[0])
        await _wait_until_up(beta, processes[1])
        await _befriend(alpha, beta)
        await _befriend(beta, alpha)
        _announce(alpha, beta, as_json=as_json)
        await _wait_for_an_end(stop, processes)
    finally:
        await asyncio.gather(*map(_stop, processes))


async def _wait_for_an_end(stop: asyncio.Event, processes: list[Process]) -> None:
    """Wait until we are to stop; raises `Misconfigured` when one of them ends by itself."""
    ended_early: list[Process] = []

    async def watch(process: Process) -> None:
        await process.wait()
        if not stop.is_set():
            ended_early.append(process)
            stop.set()

    async def end_all() -> None:
        await stop.wait()
        await asyncio.gather(*map(_stop, processes))

    await asyncio.gather(end_all(), *map(watch, processes))
    if ended_early:
        raise Misconfigured("One of the two ended by itself; its lines above say why.")


async def _start(server: Server) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, str(MAIN), "serve"),
        cwd=MAIN.parent,
        env=child_environment(server.variables),
        stdout=DEVNULL,
        # Ctrl-C goes to us alone; we end both.
        start_new_session=True,
    )


async def _wait_until_up(server: Server, process: Process) -> None:
    address, _, port = server.domain.rpartition(":")
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(START_TIMEOUT_S):
            while process.returncode is None:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection(address, int(port))
                    writer.close()
                    return
                await asyncio.sleep(0.05)
    raise Misconfigured(
        f"{server.name} did not start on {server.domain}; its lines above say why. "
        f"Is another `two` running?"
    )


async def _befriend(here: Server, there: Server) -> None:
    """Let people here follow people there; beside the server, whose worker delivers it."""
    async with serving.opened(here.settings) as instance:
        for one, other in FRIENDS:
            actor = await actors.find_by_handle(one, None)
            if actor is not None:
                target = await remote.resolve(instance, f"@{other}@{there.domain}")
                await following.follow(instance, actor, target)


def _announce(alpha: Server, beta: Server, *, as_json: bool) -> None:
    if as_json:
        data = {server.name: server.settings.base_url for server in (alpha, beta)}
        text = json.dumps({**data, "password": PASSWORD})
    else:
        text = (
            f"alpha is at {alpha.settings.base_url}, beta at {beta.settings.base_url}.\n"
            f"Log in on either as alice, bob or carla (see /explore), password: {PASSWORD}\n"
            f"Look for @bob@{beta.domain} on alpha, for instance. Ctrl-C stops both."
        )
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def _stop(process: Process) -> None:
    """End one server: kindly first."""
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
