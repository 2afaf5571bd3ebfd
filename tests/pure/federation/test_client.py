"""The client against real servers on loopback: what it sends, follows, bounds and refuses."""

import asyncio
import gzip
import ssl
import zlib
from asyncio import sslproto
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from federation import cavage, signatures
from federation.client import FederationClient, Scheme
from federation.habits import Habits, RecentHosts
from federation.serializing import ACTIVITY_TYPE, LD_TYPE
from federation.transport import TLS_BUFFER_BYTES, GuardedResolver
from instance.errors import (
    RemoteFailure,
    RemoteNonsense,
    RemoteRefused,
    RemoteUnreachable,
)
from instance.settings import Settings
from tests.pure.federation import making
from tests.pure.federation.loopback_peer import PEER, SETTINGS, Names, Seen, client, document, peer

SIGNER = making.signer(key_id="https://our.example/actors/1#main-key")
PUBLIC_PEM = making.public_pem(making.rsa_key())


def check(seen: Seen, port: int, now: Any = making.NOW) -> None:
    """Verify a request that the peer got, as we would."""
    signatures.verify(
        seen.signed,
        PUBLIC_PEM,
        now=now,
        key_id=SIGNER.key_id,
        base_url=f"http://{PEER}:{port}",
    )


def scheme_of(seen: Seen) -> str:
    return "rfc9421" if "signature-input" in seen.headers else "cavage"


async def lawful(_: web.Request) -> web.StreamResponse:
    return document(id="https://peer.example/1")


# ---------------------------------------------------------------- what is sent


@pytest.mark.parametrize("path", ["/a", "/", "/?author=1", "/a%7Eb/%2Fc?x=%20y", "/ü?ö", "/a//b/"])
@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
async def test_interop_11_every_get_is_signed_over_what_is_sent(path: str, scheme: Any) -> None:
    """A143, A10, E15; whatever httpx and aiohttp do to a path."""
    memory = RecentHosts()
    async with peer(lawful) as other, client(memory=memory) as http:
        await memory.remember(f"{PEER}:{other.port}", Habits(scheme))
        url = other.url(path)
        found, final_url = await http.get_document(f"{url}#fragment", SIGNER)
        (seen,) = other.seen
        check(seen, other.port)
    assert found == {"id": "https://peer.example/1"}
    assert final_url == url
    assert scheme_of(seen) == scheme
    assert seen.headers["accept"] == f"{LD_TYPE}, {ACTIVITY_TYPE}"
    assert seen.headers["user-agent"] == "Kittiwake/0.1.0 (+http://our.example)"
    assert "cookie" not in seen.headers


async def test_interop_1_posts_are_signed_in_both_schemes() -> None:
    """A63, A133, A141."""
    memory = RecentHosts()
    body = b'{"type": "Create"}'
    async with peer(lawful) as other, client(memory=memory) as http:
        for scheme in ("cavage", "rfc9421"):
            await memory.remember(f"{PEER}:{other.port}", Habits(scheme))
            await http.post(other.url("/inbox"), body, SIGNER)
        assert [scheme_of(seen) for seen in other.seen] == ["cavage", "rfc9421"]
        for seen in other.seen:
            check(seen, other.port)
            assert seen.body == body
            assert seen.headers["content-type"] == LD_TYPE


async def test_interop_2_signed_when_sent() -> None:
    """The same client, an hour later: the signature is of that hour."""
    moment = making.NOW
    async with peer(lawful) as other, client(now=lambda: moment) as http:
        await http.post(other.url("/inbox"), b"{}", SIGNER)
        moment += timedelta(hours=30)
        await http.post(other.url("/inbox"), b"{}", SIGNER)
        check(other.seen[0], other.port)
        check(other.seen[1], other.port, making.NOW + timedelta(hours=30))
        assert other.seen[0].headers["date"] != other.seen[1].headers["date"]


async def test_connections_are_kept_and_cookies_are_not() -> None:
    async def with_cookie(_: web.Request) -> web.StreamResponse:
        response = document()
        response.set_cookie("a", "b")
        return response

    async with peer(with_cookie) as other, client() as http:
        for _ in range(3):
            await http.get_document(other.url("/a"), SIGNER)
            await http.post(other.url("/inbox"), b"{}", SIGNER)
        assert len(other.connections) == 1
        assert not any("cookie" in seen.headers for seen in other.seen)


# ---------------------------------------------------------------- double knocking


def only(scheme: str, status: int = 401) -> Any:
    async def handler(request: web.Request) -> web.StreamResponse:
        used = "rfc9421" if "Signature-Input" in request.headers else "cavage"
        return document() if used == scheme else web.Response(status=status)

    return handler


@pytest.mark.parametrize("method", ["get", "post"])
async def test_interop_1_what_worked_is_remembered(method: str) -> None:
    """A peer that knows RFC 9421 alone costs one more request, once."""

    async def ask(http: FederationClient, url: str) -> None:
        if method == "get":
            await http.get_document(url, SIGNER)
        else:
            await http.post(url, b"{}", SIGNER)

    async with peer(only("rfc9421")) as other, client() as http:
        await ask(http, other.url("/a"))
        await ask(http, other.url("/a"))
        assert [scheme_of(seen) for seen in other.seen] == ["cavage", "rfc9421", "rfc9421"]


@pytest.mark.parametrize("status", [401, 500, 400])
async def test_interop_11_cavage_after_rfc9421(status: int) -> None:
    """E54: bovine answers 401 or 500 to RFC 9421, early Mastodon 4.4 5xx."""
    memory = RecentHosts()
    async with peer(only("cavage", status)) as other, client(memory=memory) as http:
        host = f"{PEER}:{other.port}"
        await memory.remember(host, Habits("rfc9421"))
        await http.get_document(other.url("/a"), SIGNER)
        assert [scheme_of(seen) for seen in other.seen] == ["rfc9421", "cavage"]
        assert await memory.habits_of(host) == Habits("cavage")


@pytest.mark.parametrize("first", ["cavage", "rfc9421"])
async def test_e55_a_challenge_is_answered_with_what_it_asks_for(first: Scheme) -> None:
    """RFC 9421 5: components, nonce, tag and label; what we always sign is signed too."""
    asked = 'want7=("@method" "@path" "@query" "date");created;expires;nonce="n-1";tag="fed"'

    async def picky(request: web.Request) -> web.StreamResponse:
        given = request.headers.get("Signature-Input", "")
        if given.startswith("want7=(") and ';nonce="n-1"' in given and ';tag="fed"' in given:
            return document()
        return web.Response(status=401, headers={"Accept-Signature": asked})

    memory = RecentHosts()
    async with peer(picky) as other, client(memory=memory) as http:
        host = f"{PEER}:{other.port}"
        await memory.remember(host, Habits(first))
        await http.get_document(other.url("/a?b=c"), SIGNER)
        last = other.seen[-1]
        assert len(other.seen) == 2
        for component in ("@method", "@target-uri", "@authority", "@path", "@query", "date"):
            assert f'"{component}"' in last.headers["signature-input"]
        assert ";expires=" in last.headers["signature-input"]
        check(last, other.port)


@pytest.mark.parametrize(
    "asked",
    [
        "nonsense",
        'sig1=("@method" "cookie");created',
        'sig1=("@status");created',
        'sig1=("@method");alg="hmac-sha256"',
        'sig1=("@method" "@method")',
        'sig1=("@query-param";name="a")',
        'sig1=("@method"), sig2=("@path")',
        'sig1=("@method");nonce="' + "n" * 600 + '"',
        "sig1=(" + '"a" ' * 40 + ")",
    ],
)
async def test_e55_a_challenge_that_cannot_be_met_changes_nothing(asked: str) -> None:
    async def picky(request: web.Request) -> web.StreamResponse:
        if "Signature-Input" in request.headers:
            return document()
        return web.Response(status=401, headers={"Accept-Signature": asked})

    async with peer(picky) as other, client() as http:
        await http.get_document(other.url("/a"), SIGNER)
        assert [scheme_of(seen) for seen in other.seen] == ["cavage", "rfc9421"]
        assert "cookie" not in other.seen[1].headers["signature-input"]


async def test_e55_a_challenge_that_is_never_content_is_answered_once() -> None:
    asked = {"Accept-Signature": 'sig1=("@method" "@target-uri");created;keyid'}

    async def never(_: web.Request) -> web.StreamResponse:
        return web.Response(status=401, headers=asked)

    memory = RecentHosts()
    async with peer(never) as other, client(memory=memory) as http:
        await memory.remember(f"{PEER}:{other.port}", Habits("rfc9421"))
        with pytest.raises(RemoteRefused):
            await http.get_document(other.url("/a"), SIGNER)
        assert [scheme_of(seen) for seen in other.seen] == ["rfc9421", "rfc9421", "cavage"]


async def test_e43_a_get_is_signed_without_its_query_when_nothing_else_is_understood() -> None:
    """Servers that leave the query out when they verify; the query is sent all the same."""

    async def old(request: web.Request) -> web.StreamResponse:
        given = request.headers.get("Signature", "")
        if "Signature-Input" not in request.headers and _fits(request, given, "/a"):
            return document()
        return web.Response(status=401)

    async with peer(old) as other, client() as http:
        await http.get_document(other.url("/a?page=1"), SIGNER)
        assert [seen.target for seen in other.seen] == ["/a?page=1"] * 3
        assert [scheme_of(seen) for seen in other.seen] == ["cavage", "rfc9421", "cavage"]
        with pytest.raises(RemoteRefused):
            await http.post(other.url("/a?page=1"), b"{}", SIGNER)
        assert len(other.seen) == 5  # an inbox is never signed for in part


def _fits(request: web.Request, signature: str, target: str) -> bool:
    """Whether a signature is right for a target that is not that of the request."""
    parsed = cavage.parse(signature)
    values = {"(request-target)": f"{request.method.lower()} {target}"}
    lines = [f"{name}: {values.get(name) or request.headers[name]}" for name in parsed.covered]
    key = making.rsa_key().public_key()
    try:
        key.verify(parsed.value, "\n".join(lines).encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


async def test_a_peer_that_is_down_is_not_knocked_at_twice() -> None:
    async with peer(only("nobody", 503)) as other, client() as http:
        with pytest.raises(RemoteUnreachable):
            await http.get_document(other.url("/a"), SIGNER)
        assert len(other.seen) == 1


async def test_both_schemes_refused_is_a_refusal() -> None:
    async with peer(only("nobody")) as other, client() as http:
        with pytest.raises(RemoteRefused) as refused:
            await http.get_document(other.url("/a"), SIGNER)
        assert refused.value.status == 401
        assert len(other.seen) == 2


@pytest.mark.parametrize("status", [400, 406, 415])
async def test_e2_another_content_type_is_tried_and_remembered(status: int) -> None:
    async def picky(request: web.Request) -> web.StreamResponse:
        good = request.headers["Content-Type"] == ACTIVITY_TYPE
        return web.Response(status=202 if good else status)

    async with peer(picky) as other, client() as http:
        await http.post(other.url("/inbox"), b"{}", SIGNER)
        await http.post(other.url("/inbox"), b"{}", SIGNER)
        types = [seen.headers["content-type"] for seen in other.seen]
        assert types == [LD_TYPE, ACTIVITY_TYPE, ACTIVITY_TYPE]


async def test_interop_3_other_refusals_are_final() -> None:
    async with peer(only("nobody", 403)) as other, client() as http:
        with pytest.raises(RemoteRefused) as refused:
            await http.post(other.url("/inbox"), b"{}", SIGNER)
        assert refused.value.status == 403
        assert len(other.seen) == 1


async def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("federation.habits.HOSTS_REMEMBERED_MAX", 2)
    memory = RecentHosts()
    for name in ("a", "b", "c"):
        await memory.remember(name, Habits("cavage"))
    assert await memory.habits_of("a") == Habits()
    assert await memory.habits_of("c") == Habits("cavage")


# ---------------------------------------------------------------- redirects


def redirecting(target: str, status: int = 302) -> Any:
    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/end":
            return document()
        return web.Response(status=status, headers={"Location": target})

    return handler


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_e14_redirects_are_followed_and_signed_anew(status: int) -> None:
    """E27, OR-4, OR-6, SG-15: the caller learns where the document came from in the end."""
    async with peer(redirecting("/end?x=1", status)) as other, client() as http:
        _, final_url = await http.get_document(other.url("/start"), SIGNER)
        assert final_url == other.url("/end?x=1")
        for seen in other.seen:
            check(seen, other.port)


async def test_sf11_redirect_loops_end() -> None:
    async with peer(redirecting("/again")) as other, client() as http:
        with pytest.raises(RemoteNonsense, match="too often"):
            await http.get_document(other.url("/start"), SIGNER)
        assert len(other.seen) == 4


@pytest.mark.parametrize("status", [302, 307, 308])
async def test_sf3_redirects_to_private_addresses_are_not_followed(status: int) -> None:
    async with peer(lawful, "127.0.0.2") as canary:
        target = f"http://127.0.0.2:{canary.port}/"
        async with peer(redirecting(target, status)) as other, client() as http:
            with pytest.raises(RemoteRefused, match="open internet"):
                await http.get_document(other.url("/start"), SIGNER)
        assert canary.seen == []


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "gopher://x.example/",
        "http://a@b.example/",
        "http://[::1/",
        "http://x.example:0/",
    ],
)
async def test_sf3_redirects_to_other_schemes_are_not_followed(target: str) -> None:
    async with peer(redirecting(target)) as other, client() as http:
        with pytest.raises((RemoteRefused, RemoteNonsense)):
            await http.get_document(other.url("/start"), SIGNER)
        assert len(other.seen) == 1


async def test_e14_a_post_follows_one_redirect_on_its_own_host() -> None:
    async with peer(redirecting("/end", 307)) as other, client() as http:
        await http.post(other.url("/inbox"), b"{}", SIGNER)
        assert [seen.method for seen in other.seen] == ["POST", "POST"]
        check(other.seen[1], other.port)
    async with peer(redirecting("/again", 308)) as other, client() as http:
        with pytest.raises(RemoteNonsense):
            await http.post(other.url("/inbox"), b"{}", SIGNER)
        assert len(other.seen) == 2
    for target, status in (("/end", 302), ("http://elsewhere.example/", 307)):
        async with peer(redirecting(target, status)) as other, client() as http:
            with pytest.raises(RemoteNonsense):
                await http.post(other.url("/inbox"), b"{}", SIGNER)
            assert len(other.seen) == 1


# ---------------------------------------------------------------- addresses


FORMS = [
    "127.0.0.2",
    "localhost",
    "0.0.0.0",  # noqa: S104 - refused, not bound
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.2]",
    "[::ffff:7f00:2]",
    "[64:ff9b::7f00:2]",
    "[::127.0.0.2]",
    "2130706434",
    "0x7f000002",
    "0177.0.0.2",
    "127.2",
    "127.0.0.2.",
    "①②⑦.0.0.2",
    "\uff11\uff12\uff17.0.0.2",
    "[fe80::1%25lo]",
    "10.0.0.1",
    "169.254.169.254",
    "user@127.0.0.2",
]


@pytest.mark.parametrize("form", FORMS)
async def test_sf1_sf2_sf6_sf7_private_addresses_are_never_reached(form: str) -> None:
    """SF-4, SF-5, SF-8, SF-9 too: everything that fetches comes through here."""
    names = Names(["127.0.0.2"])
    async with peer(lawful, "127.0.0.2") as canary, client(names) as http:
        url = f"http://{form}:{canary.port}/inbox"
        with pytest.raises(RemoteRefused):
            await http.get_document(url, SIGNER)
        with pytest.raises(RemoteRefused):
            await http.post(url, b"{}", SIGNER)
        for fetch in (
            http.get_page(url, 1000),
            http.get_bytes(url, "*/*", 1000),
            http.get_json(url),
        ):
            with pytest.raises(RemoteRefused):
                await fetch
        assert canary.seen == []


async def test_a89_a_name_with_a_private_address_is_refused() -> None:
    async with peer(lawful, "127.0.0.2") as canary, client(Names(["127.0.0.2"])) as http:
        with pytest.raises(RemoteRefused, match="open internet"):
            await http.get_document(canary.url("/a"), SIGNER)
        assert canary.seen == []


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1", "127.0.0.2"], ["127.0.0.1", "::1"], ["127.0.0.1", "fe80::1%lo"]]
)
async def test_sf15_a_mixed_answer_is_refused_whole(addresses: list[str]) -> None:
    async with peer(lawful) as other, client(Names(addresses)) as http:
        with pytest.raises(RemoteRefused):
            await http.get_document(other.url("/a"), SIGNER)
        assert other.seen == []


async def test_sf14_a_name_is_resolved_once_and_pinned() -> None:
    """DNS rebinding: the second answer would be private."""
    names = Names(["127.0.0.1"], later=["127.0.0.2"])
    async with peer(lawful) as other, client(names) as http:
        await http.get_document(other.url("/a"), SIGNER)
        assert names.asked == [PEER]
        await http.get_document(other.url("/b"), SIGNER)
        assert len(other.seen) == 2


async def test_a_name_without_an_address_is_unreachable() -> None:
    """E16."""

    async def unknown(_: str) -> list[str]:
        raise OSError("name or service not known")

    for lookup in (unknown, Names([])):
        async with client(lookup) as http:  # type: ignore[arg-type]  # any lookup will do
            with pytest.raises(RemoteUnreachable):
                await http.get_document("http://nowhere.example/", SIGNER)


async def test_e16_a_name_of_tor_is_neither_looked_up_nor_tried_again() -> None:
    """E16, RFC 7686: what can never be reached is refused, and its deliveries end."""
    names = Names(["127.0.0.1"])
    async with client(names) as http:
        for url in ("http://abc.onion/inbox", "https://sub.ABC.onion/inbox"):
            with pytest.raises(RemoteRefused, match="Tor"):
                await http.post(url, b"{}", SIGNER)
    assert names.asked == []


async def test_the_name_server_of_the_system_is_asked() -> None:
    resolver = GuardedResolver(SETTINGS.federation)
    found = await resolver._ask_system("127.0.0.1")
    assert found == ["127.0.0.1"]
    assert (await resolver.resolve("127.0.0.1", 80))[0]["host"] == "127.0.0.1"
    await resolver.close()


async def test_sf13_our_own_host_is_not_asked() -> None:
    async with client() as http:
        for url in ("http://our.example/actors/1", "http://OUR.example.:80/actors/1"):
            with pytest.raises(RemoteRefused, match="our own"):
                await http.get_document(url, SIGNER)


async def test_a90_other_ports_and_plain_http_are_for_test_nets() -> None:
    http = FederationClient(Settings(domain="our.example"), lambda: making.NOW)
    for url in ("https://peer.example:8443/", "https://peer.example:22/"):
        with pytest.raises(RemoteRefused, match="port"):
            await http.get_document(url, SIGNER)
    with pytest.raises(RemoteRefused, match="https"):
        await http.get_document("http://peer.example/", SIGNER)
    await http.aclose()


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with peer(lawful) as proxy, peer(lawful) as other, client() as http:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        await http.get_document(other.url("/a"), SIGNER)
        assert proxy.seen == []
        assert len(other.seen) == 1


# ---------------------------------------------------------------- what comes back


@pytest.mark.parametrize(
    "kind",
    [
        "application/activity+json",
        "application/activity+json; charset=utf-8",
        "Application/Activity+JSON",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
        'application/ld+json;charset=utf-8;Profile="https://www.w3.org/ns/activitystreams"',
        "application/ld+json; profile=https://www.w3.org/ns/activitystreams",
        'application/ld+json; profile="https://x.example https://www.w3.org/ns/activitystreams"',
    ],
)
async def test_e3_activity_types_are_accepted(kind: str) -> None:
    assert await _with_type(kind)


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "image/png",
        "application/octet-stream",
        "application/json",
        "application/ld+json",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreamsx"',
        "application/ld+json; x=https://www.w3.org/ns/activitystreams",
        "text/html; application/activity+json",
        "application/activity+json, text/html",
        "text/html, application/activity+json",
        "",
    ],
)
async def test_or5_uploads_are_not_documents(kind: str) -> None:
    with pytest.raises(RemoteNonsense, match="content type"):
        await _with_type(kind)


async def _with_type(kind: str) -> object:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(body=b'{"id": "x"}', headers={"Content-Type": kind})

    async with peer(handler) as other, client() as http:
        return await http.get_document(other.url("/a"), SIGNER)


def body_of(body: bytes, **headers: str) -> Any:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, headers={"Content-Type": ACTIVITY_TYPE, **headers})

    return handler


async def test_e9_gzip_is_read() -> None:
    packed = gzip.compress(b'{"id": "x"}', mtime=0)
    deflated = zlib.compress(b'{"id": "x"}')
    cases = (("gzip", packed), ("deflate", deflated), ("gzip", packed + b"x" * 500_000))
    for encoding, body in cases:
        handler = body_of(body, **{"Content-Encoding": encoding})
        async with peer(handler) as other, client() as http:
            assert (await http.get_document(other.url("/a"), SIGNER))[0] == {"id": "x"}


def _empty_blocks() -> bytes:
    """Two mebibytes of gzip that unpack to nothing."""
    packer = zlib.compressobj(wbits=31)
    start = packer.compress(b"") + packer.flush(zlib.Z_SYNC_FLUSH)
    return start + b"\x00\x00\x00\xff\xff" * (2**21 // 5) + packer.flush()


EMPTY_BLOCKS = _empty_blocks()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"[" + b" " * 2**24, mtime=0)),
        ("gzip", EMPTY_BLOCKS),
        ("gzip, gzip", gzip.compress(gzip.compress(b"{}", mtime=0), mtime=0)),
        ("br", b"{}"),
        ("gzip", b"{}"),
        ("gzip", gzip.compress(b'{"id": "x"}', mtime=0)[:-9]),
        ("", b'{"id": "' + b"x" * 2**20 + b'"}'),
    ],
    ids=["huge", "empty blocks", "twice", "br", "not packed", "cut", "not packed and huge"],
)
async def test_rx4_bombs_and_broken_encodings_are_refused(encoding: str, body: bytes) -> None:
    """RX-3: 1 MiB of decoded bytes and no more."""
    headers = {"Content-Encoding": encoding} if encoding else {}
    async with peer(body_of(body, **headers)) as other, client() as http:
        with pytest.raises(RemoteNonsense):
            await http.get_document(other.url("/a"), SIGNER)


async def test_rx3_an_endless_body_is_cut() -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Type": ACTIVITY_TYPE})
        await response.prepare(request)
        for _ in range(1000):
            await response.write(b" " * 2**16)
            sent += 2**16
        return response

    async with peer(endless) as other, client() as http:
        with pytest.raises(RemoteNonsense, match="larger"):
            await http.get_document(other.url("/a"), SIGNER)
    assert sent < 2**24


async def dripping(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": ACTIVITY_TYPE})
    await response.prepare(request)
    for _ in range(200):
        await response.write(b" ")
        await asyncio.sleep(0.02)
    return response


async def silent(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(3)
    return document()


@pytest.mark.parametrize("handler", [dripping, silent])
async def test_rx2_a_slow_peer_is_left(handler: Any) -> None:
    async with peer(handler) as other, client(total_timeout_s=0.3) as http:
        with pytest.raises(RemoteUnreachable, match="slow"):
            await http.get_document(other.url("/a"), SIGNER)
        with pytest.raises(RemoteUnreachable):
            await http.get_page(other.url("/a"), 1000)


async def test_rx2_the_first_byte_has_its_own_limit() -> None:
    async with peer(silent) as other, client(first_byte_timeout_s=0.2) as http:
        with pytest.raises(RemoteUnreachable, match="does not answer"):
            await http.post(other.url("/inbox"), b"{}", SIGNER)


RAW = {
    "a header without end": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000,
    "a huge header": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 2**20 + b"\r\n\r\n",
    "HTTP/0.9": b"<html>hello</html>",
    "a flood of 1xx": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000,
    "nothing": b"",
    "half an answer": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n"
        b"Content-Type: application/activity+json\r\n\r\n{}"
    ),
    "a wrong length": b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}",
}


@pytest.mark.parametrize("name", RAW)
async def test_sf19_broken_answers(name: str) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(RAW[name])
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with client(total_timeout_s=1) as http:
        with pytest.raises(RemoteUnreachable):
            await http.get_document(f"http://{PEER}:{port}/", SIGNER)
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("name", [PEER, "other.example", "localhost"])
async def test_sf20_certificates_are_checked(name: str, tmp_path: Path) -> None:
    """E16: self-signed, with the right name and with a wrong one; that may be mended: retried."""
    certificate = tmp_path / "certificate.pem"
    certificate.write_bytes(_self_signed(name))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    async with peer(lawful, tls=context) as other, client(plain_http=False) as http:
        with pytest.raises(RemoteUnreachable, match="does not answer"):
            await http.get_document(f"https://{PEER}:{other.port}/a", SIGNER)
        assert other.seen == []


def _self_signed(name: str) -> bytes:
    key = making.rsa_key()
    named = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(making.NOW - timedelta(days=400))
        .not_valid_after(making.NOW + timedelta(days=4000))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return making.private_pem(key).encode() + made.public_bytes(serialization.Encoding.PEM)


async def test_nobody_is_listening() -> None:
    async with peer(lawful) as other:
        port = other.port
    async with client() as http:
        with pytest.raises(RemoteUnreachable):
            await http.get_document(f"http://{PEER}:{port}/", SIGNER)


@pytest.mark.parametrize(
    ("body", "why"),
    [(b"", "JSON"), (b"[]", "object"), (b'{"a":1,"a":2}', "twice"), (b"\xff", "UTF-8")],
)
async def test_what_is_no_document_is_nonsense(body: bytes, why: str) -> None:
    async with peer(body_of(body)) as other, client() as http:
        with pytest.raises(RemoteNonsense, match=why):
            await http.get_document(other.url("/a"), SIGNER)


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (404, RemoteRefused),
        (410, RemoteRefused),
        (403, RemoteRefused),
        (400, RemoteRefused),
        (408, RemoteUnreachable),
        (429, RemoteUnreachable),
        (500, RemoteUnreachable),
        (503, RemoteUnreachable),
        (304, RemoteNonsense),
        (300, RemoteNonsense),
        (302, RemoteNonsense),
    ],
)
async def test_e13_what_a_status_means(status: int, failure: type[RemoteFailure]) -> None:
    """INTEROP 3."""

    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status)

    async with peer(handler) as other, client() as http:
        with pytest.raises(failure) as raised:
            await http.get_document(other.url("/a"), SIGNER)
        assert raised.value.status == status


async def test_a93_retry_after_is_passed_on() -> None:
    async def busy(_: web.Request) -> web.StreamResponse:
        return web.Response(status=429, headers={"Retry-After": "120"})

    async with peer(busy) as other, client() as http:
        with pytest.raises(RemoteUnreachable) as raised:
            await http.post(other.url("/inbox"), b"{}", SIGNER)
        assert raised.value.retry_after_s == 120


async def test_an_inbox_may_answer_with_a_lot() -> None:
    async def talkative(_: web.Request) -> web.StreamResponse:
        return web.Response(status=202, body=b"x" * 2**21)

    async with peer(talkative) as other, client() as http:
        await http.post(other.url("/inbox"), b"{}", SIGNER)
        assert len(other.seen) == 1


# ---------------------------------------------------------------- unsigned fetches


async def test_a120_webfinger() -> None:
    """E24: served as plain JSON too; unsigned."""
    for kind in ("application/jrd+json", "application/json; charset=utf-8"):

        async def handler(_: web.Request, kind: str = kind) -> web.StreamResponse:
            body = b'{"subject": "acct:a@peer.example"}'
            return web.Response(body=body, headers={"Content-Type": kind})

        async with peer(handler) as other, client() as http:
            jrd = await http.get_jrd(f"{PEER}:{other.port}", "acct:a@peer.example")
            assert jrd.subject == "acct:a@peer.example"
            (seen,) = other.seen
            assert seen.target == "/.well-known/webfinger?resource=acct:a@peer.example"
            assert "signature" not in seen.headers


async def test_webfinger_without_a_subject_or_as_html_is_nonsense() -> None:
    for kind, body in (("application/json", b"{}"), ("text/html", b"{}")):
        async with peer(body_of(body, **{"Content-Type": kind})) as other, client() as http:
            with pytest.raises(RemoteNonsense):
                await http.get_jrd(f"{PEER}:{other.port}", "acct:a@peer.example")


async def test_or33_pages_are_read_whole_or_not_at_all() -> None:
    page = "<a rel=me>ü</a>".encode("latin-1")
    handler = body_of(page, **{"Content-Type": "text/html; charset=latin-1"})
    async with peer(handler) as other, client() as http:
        assert await http.get_page(other.url("/"), 1000) == "<a rel=me>ü</a>"
        with pytest.raises(RemoteNonsense, match="larger"):
            await http.get_page(other.url("/"), 5)
    for charset in ("nonsense", "hex", '"'):
        handler = body_of(b"<p>x", **{"Content-Type": f"text/html; charset={charset}"})
        async with peer(handler) as other, client() as http:
            try:
                assert await http.get_page(other.url("/"), 1000) == "<p>x"
            except RemoteNonsense:
                assert charset == '"'


async def test_files_come_with_the_type_they_claim() -> None:
    async with peer(body_of(b"PNG", **{"Content-Type": "image/png"})) as other, client() as http:
        assert await http.get_bytes(other.url("/"), "image/*", 10) == (b"PNG", "image/png")
        assert other.seen[0].headers["accept"] == "image/*"


@pytest.mark.parametrize("is_reset", [False, True], ids=["ended", "reset"])
async def test_fa10_a_kept_connection_that_ends_as_it_is_used_again(*, is_reset: bool) -> None:
    """The second POST meets a connection that its server gives up, and comes through."""
    bodies: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number in range(2):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            body = await reader.readexactly(length)
            if number == 1:
                if is_reset:
                    writer.transport.abort()
                break
            bodies.append(body)
            writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    inbox = f"http://{PEER}:{server.sockets[0].getsockname()[1]}/inbox"
    async with client() as http:
        await http.post(inbox, b'"first"', SIGNER)
        await http.post(inbox, b'"second"', SIGNER)
        await http.post(inbox, b'"third"', SIGNER)
    assert bodies == [b'"first"', b'"second"', b'"third"']
    server.close()
    await server.wait_closed()


async def test_a_tls_connection_keeps_a_small_buffer() -> None:
    """BUDGETS, memory: asyncio's own 256 KiB would be 75 MB for 300 connections."""
    loop, context = asyncio.get_running_loop(), ssl.create_default_context()
    made: Any = sslproto.SSLProtocol(loop, asyncio.Protocol(), context, loop.create_future())
    made._get_app_transport()._closed = True  # there is nothing that could be closed
    assert len(made.get_buffer(-1)) == TLS_BUFFER_BYTES
