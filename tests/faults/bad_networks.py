"""Faults of the way between us and them: names, certificates, loss, and hosts that are dead."""

import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from federation import transport
from instance.resources import Instance
from instance.settings import FederationSettings, Settings
from storage.records import Actor
from tests.faults.ledger import Ledger
from tests.faults.marks import (
    at,
    count_arrivals,
    mark_of,
    new_mark,
    patiently,
    post,
    wait_for_arrivals,
)
from tests.faults.stage import EVERY_ADDRESS, Stage
from tests.faults.table import SQLITE, Seen, fault
from tests.instances import FakeClock, drain
from tests.internet import FakeInternet
from tests.processes.gate import Weather
from tests.processes.peer import Peer
from tests.usecases import social

NAME = "peer.test"
SOON_S = 15.0
UNDISTURBED_S = 1.0
LIVE_WITHIN_S = 5.0
# Faults run side by side in threads: one at a time changes a module.
_PATCHING = threading.Lock()
NOBODY_THERE = "127.0.255.254"


class RealNetwork(FakeInternet):
    """Real sockets for a server in this process; only names are looked up in a test's own way."""

    def __init__(self, settings: FederationSettings, lookup: transport.Lookup) -> None:
        super().__init__()
        self._transport = transport.open_transport(settings, lookup)

    async def send(self, request: transport.Sent) -> transport.Received:  # type: ignore[override]  # not a Reply
        return await self._transport.send(request)

    async def aclose(self) -> None:
        await self._transport.aclose()


@dataclass
class Names:
    """The name server of a test: says what it is told to say, or that it cannot."""

    address: str
    says: str = "right"

    async def look_up(self, _: str) -> list[str]:
        if self.says == "NXDOMAIN":
            raise socket.gaierror(socket.EAI_NONAME, "name or service not known")
        if self.says == "SERVFAIL":
            raise socket.gaierror(socket.EAI_AGAIN, "temporary failure in name resolution")
        return [NOBODY_THERE if self.says == "wrong address" else self.address]


class Wire:
    """Alpha in this process, on a scaled clock, and a peer at the other end of real sockets."""

    def __init__(self, alpha: Instance, author: Actor, peer: Peer, ledger: Ledger) -> None:
        self.alpha, self.author, self.peer, self.ledger = alpha, author, peer, ledger

    async def post(self) -> None:
        mark = new_mark()
        with self.alpha.store.active():
            await social.say(self.alpha, self.author, f"{mark} is a word.")
        self.ledger.accept(at(mark, self.peer))
        await drain(self.alpha)

    async def until_arrived(self, clock: FakeClock, *, within: timedelta) -> timedelta:
        """Let the clock run until everything is there; return how long it ran."""
        begun = clock()
        count_arrivals(self.ledger, self.peer)
        while self.ledger.lost and clock() - begun < within:
            clock.advance(seconds=10)
            await drain(self.alpha)
            count_arrivals(self.ledger, self.peer)
        return clock() - begun


@asynccontextmanager
async def _wire(
    stage: Stage, ledger: Ledger, peer: Peer, names: Names
) -> AsyncIterator[tuple[Wire, FakeClock]]:
    """Alpha, whose author has a follower at the peer."""
    federation = FederationSettings(
        plain_http=peer.tls is None, private_networks=(ip_network("127.0.0.0/8"),)
    )
    network = RealNetwork(federation, names.look_up)
    async with stage.instances(network) as instances:
        settings = Settings(federation=federation)
        alpha = await stage.instance(instances, "alpha", settings)
        with alpha.store.active():
            author = await social.make_person(alpha, "author")
            follower = await social.make_remote(
                alpha,
                peer.username,
                peer.domain,
                uri=peer.actor,
                inbox_url=f"{peer.actor}/inbox",
                shared_inbox_url=f"{peer.url}/inbox",
            )
            await social.befriend(alpha, follower, author)
        yield Wire(alpha, author, peer, ledger), instances.clock
        await network.aclose()


@fault("FA-7", promised="NXDOMAIN, SERVFAIL, wrong address: temporary, tried again", quick=SQLITE)
async def the_name_cannot_be_looked_up(stage: Stage, seen: Seen) -> None:
    peer = stage.peer(name=NAME)
    names = Names(peer.address)
    # What was looked up is kept for half a minute, by a clock that cannot be scaled.
    with _PATCHING, patch.object(transport, "RESOLVED_FOR_S", 0):
        async with _wire(stage, seen.ledger, peer, names) as (wire, clock):
            for wrong in ("NXDOMAIN", "SERVFAIL", "wrong address"):
                with peer.away():  # what was connected needs no name any more
                    names.says = wrong
                await wire.post()
                for _ in range(60):  # an hour
                    clock.advance(minutes=1)
                    await drain(wire.alpha)
                count_arrivals(seen.ledger, peer)
                is_held_up = bool(seen.ledger.lost)
                names.says = "right"
                took = await wire.until_arrived(clock, within=timedelta(hours=3))
                seen.check(f"{wrong} for 1 h: there {took} after", is_held_up)


@fault("FA-8", promised="certificate expired for a day: temporary, tried again", quick=SQLITE)
async def the_certificate_has_expired(stage: Stage, seen: Seen) -> None:
    authority = Authority(stage.folder)
    peer = stage.peer(name=NAME, tls=authority.context(days_left=-1))
    with _PATCHING, patch.object(transport, "_tls", authority.trusting):
        async with _wire(stage, seen.ledger, peer, Names(peer.address)) as (wire, clock):
            await wire.post()
            for _ in range(24 * 4):
                clock.advance(minutes=15)
                await drain(wire.alpha)
            seen.check("not sent over a broken line", not peer.attempts)
            peer.go_away()
            peer.tls = authority.context(days_left=90)
            peer.listen()
            took = await wire.until_arrived(clock, within=timedelta(hours=12))
            seen.note(f"there {took} after it was renewed")


class Authority:
    """A certificate authority of a test's own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        ca = x509.BasicConstraints(ca=True, path_length=None)
        self._certificate = self._signed(self._name, self._key, ca, days_left=365)

    def trusting(self) -> ssl.SSLContext:
        """What a client checks by that knows this authority alone."""
        pem = self._certificate.public_bytes(serialization.Encoding.PEM).decode()
        return ssl.create_default_context(cadata=pem)

    def context(self, *, days_left: int) -> ssl.SSLContext:
        """A server's certificate for NAME; with `days_left` below zero it has expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
        names = x509.SubjectAlternativeName([x509.DNSName(NAME)])
        made = self._signed(subject, key, names, days_left=days_left)
        path = self._folder / f"server{days_left}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + made.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _signed(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        extension: x509.ExtensionType,
        *,
        days_left: int,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=400))
            .not_valid_after(now + timedelta(days=days_left))
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
            .sign(self._key, hashes.SHA256())
        )


@fault("FA-11", promised="50 % loss, 2 s latency, 1 kB/s: all delivered, others not held up")
def the_network_is_bad(stage: Stage, seen: Seen) -> None:
    server = stage.server("alpha")
    author, live = stage.person(server, "author"), stage.peer()
    stage.follow(server, author, live)
    weathers = {
        "loss 50 %": Weather(loss=0.5),
        "2 s latency": Weather(latency_s=2),
        "1 kB/s": Weather(bytes_per_s=1000),
    }
    behind: dict[str, Peer] = {}
    for word, weather in weathers.items():
        peer = behind[word] = stage.peer()
        gate = stage.gate((peer.address, peer.port))
        peer.domain = gate.domain
        stage.follow(server, author, peer)
        gate.weather = weather
    calm = Ledger()
    for _ in range(5):
        post(author, calm, live)
    for _ in range(5):
        post(author, seen.ledger, live, *behind.values())
    wait_for_arrivals(calm, live, within_s=SOON_S)
    count_arrivals(seen.ledger, live)
    patiently(lambda: len(live.inbox) >= 10, within_s=SOON_S)
    only_live = Ledger(accepted={m: t for m, t in seen.ledger.accepted.items() if live.domain in m})
    count_arrivals(only_live, live)
    p95_s, allowed_s = only_live.percentile_s(0.95), max(2 * calm.percentile_s(0.95), UNDISTURBED_S)
    seen.check(
        f"others' p95 {p95_s:.2f} s (calm {calm.percentile_s(0.95):.2f})", p95_s <= allowed_s
    )
    took_s = wait_for_arrivals(seen.ledger, live, *behind.values(), within_s=180)
    seen.note(f"all there after {took_s:.0f} s")
    for word, peer in behind.items():
        seen.note(f"{word}: {len(peer.inbox)} sent")


@fault("FA-12", promised="500 dead hosts, 20 live: the live ones within 5 s", is_alone=True)
def most_hosts_are_dead(stage: Stage, seen: Seen) -> None:
    server = stage.server("alpha")
    author, live = stage.person(server, "author"), stage.peer(EVERY_ADDRESS)
    dead, alive = stage.size(50, 500), stage.size(5, 20)
    with _black_hole() as port:
        refusing = [
            (f"127.8.{each // 250}.{each % 250 + 1}:9", "remo") for each in range(dead // 2)
        ]
        silent = [
            (f"127.9.{each // 250}.{each % 250 + 1}:{port}", "remo") for each in range(dead // 2)
        ]
        living = [(f"127.10.0.{each + 1}:{live.port}", "remo") for each in range(alive)]
        stage.add_followers(server, author.username, [*refusing, *silent, *living])
        for word in ("never met", "known to be dead"):
            mark = post(author, seen.ledger)
            ledger = Ledger()
            for host, _ in living:
                ledger.accept(at(mark, host))

            def look(mark: str = mark, ledger: Ledger = ledger) -> bool:
                for each in list(live.attempts):
                    if mark_of(each.activity) == mark:
                        ledger.see(at(mark, each.host), each.activity["id"], each.at)
                return not ledger.lost

            patiently(look, within_s=60)
            last_s = ledger.slowest_s
            seen.check(f"{word}: the last live one after {last_s:.1f} s", last_s <= LIVE_WITHIN_S)
            seen.ledger.merge(ledger)
            time.sleep(20)


@contextmanager
def _black_hole() -> Iterator[int]:
    """A port that neither accepts nor refuses: its queue is full, and packets get no answer."""
    with socket.socket() as listener, ExitStack() as fillers:
        listener.bind((EVERY_ADDRESS, 0))
        listener.listen(0)
        port: int = listener.getsockname()[1]
        for _ in range(4):
            filler = fillers.enter_context(socket.socket())
            filler.setblocking(False)  # noqa: FBT003 - the standard library's
            filler.connect_ex(("127.0.0.1", port))
        yield port
