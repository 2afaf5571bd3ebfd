"""The one place that speaks HTTP to other servers: signed GET and POST, with limits on everything.

Which addresses may be reached is decided in `transport.py`, what an answer is worth in
`answers.py`. Nothing here knows tables; what worked with a host is kept in a `HostMemory`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from urllib.parse import quote, urldefrag, urljoin

import aiohttp

from federation import answers, origin, signatures
from federation.answers import Answer
from federation.double_knock import Scheme as Scheme
from federation.double_knock import Way, is_not_understood, other_ways
from federation.habits import HostMemory, RecentHosts
from federation.linked_data import LinkedData
from federation.peer_clocks import ClockWatch
from federation.serializing import ACTIVITY_TYPE, LD_TYPE
from federation.signatures import Signer as Signer
from federation.strict_json import parse_json
from federation.transport import Sent, Transport, check_literal, on_the_wire, open_transport
from federation.vocabulary import Document
from federation.webfinger import Jrd, parse_jrd
from federation.welcome import Gate, OpenGate, Welcome
from instance.errors import (
    Invalid,
    RemoteNonsense,
    RemoteRefused,
    RemoteUnreachable,
)
from instance.settings import Settings

VERSION = "0.1.0"


# A10: what ActivityPub 3.2 asks for first, then the short form.
_ACCEPT_ACTIVITY = f"{LD_TYPE}, {ACTIVITY_TYPE}"
_ACCEPT_JSON = "application/jrd+json, application/json"
_JSON_TYPE = "application/json"
_ACCEPT_PAGE = "text/html, application/xhtml+xml"
_OPEN_PORTS = frozenset({80, 443})
_WRONG_TYPE = frozenset({400, 406, 415})
# 301 too: only browsers turn a POST into a GET there (RFC 9110 15.4.2, FA-6).
_SAME_METHOD_REDIRECTS = frozenset({301, 307, 308})


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a GET accepts."""

    accept: str
    is_right: Callable[[str], bool]
    bytes_max: int
    is_cut: bool = False


class FederationClient:
    """Fetches and delivers for one instance. All methods are network and raise `RemoteFailure`.

    Tests give a `transport`: an internet of their own.
    """

    def __init__(
        self,
        settings: Settings,
        now: Callable[[], datetime],
        *,
        transport: Transport | None = None,
        memory: HostMemory | None = None,
        linked_data: LinkedData | None = None,
        gate: Gate | None = None,
    ) -> None:
        self._settings = settings.federation
        self._now = now
        self._transport = transport or open_transport(settings.federation)
        self._linked_data = linked_data or LinkedData()
        self._memory = memory or RecentHosts()
        self._gate = gate or OpenGate()
        self._clocks = ClockWatch()
        self._own_host = origin.host_of(settings.base_url)
        self._scheme = "http" if settings.federation.plain_http else "https"
        self._user_agent = f"Kittiwake/{VERSION} (+{settings.base_url})"

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    # ------------------------------------------------------------ what callers use

    async def get_document(self, url: str, signer: Signer) -> tuple[Document, str]:
        """Fetch an ActivityPub document, signed; returns it and the URL it came from in the end.

        It is in plain form: one in unusual shape was put into that (E70).

        The caller compares that URL with the id in the document (E27, OR-4, OR-6).
        """
        wanted = _Wanted(_ACCEPT_ACTIVITY, answers.is_activity, self._settings.document_bytes_max)
        answer = await self._get(url, wanted, signer)
        try:
            return await self._linked_data.plain(_json(answer)), answer.url
        except Invalid as wrong:
            raise RemoteNonsense(wrong.public, detail=f"{answer.url}: {wrong.detail}") from wrong

    async def get_json(self, url: str) -> tuple[Document, str]:
        """Fetch plain JSON, unsigned: NodeInfo and its like."""
        wanted = _Wanted(_ACCEPT_JSON, answers.is_json, self._settings.document_bytes_max)
        answer = await self._get(url, wanted, None)
        return _json(answer), answer.url

    async def get_jrd(self, host: str, resource: str) -> Jrd:
        """Ask a host's WebFinger about a resource (RFC 7033), unsigned."""
        query = quote(resource, safe=":@")  # as aiohttp would spell it
        document, _ = await self.get_json(
            f"{self._scheme}://{host}/.well-known/webfinger?resource={query}"
        )
        try:
            return parse_jrd(document)
        except Invalid as wrong:
            raise RemoteNonsense(wrong.public, detail=f"WebFinger of {host}") from wrong

    async def get_page(self, url: str, bytes_max: int) -> str:
        """Fetch a page for people, unsigned; a larger one is `RemoteNonsense`, not cut.

        So is one that another host answers for: a redirect must not lend its name (OR-33).
        """
        answer = await self._get(url, _Wanted(_ACCEPT_PAGE, answers.is_page, bytes_max), None)
        if origin.host_of(answer.url) != origin.host_of(url):
            raise RemoteNonsense("The page sends us to another host.")
        return answers.page_text(answer)

    async def get_page_start(self, url: str, bytes_max: int) -> tuple[str, str]:
        """Fetch the beginning of a page for people, unsigned, wherever it sends us.

        Returns it and the URL that it came from in the end: what it says is said by that host.
        """
        wanted = _Wanted(_ACCEPT_PAGE, answers.is_page, bytes_max, is_cut=True)
        answer = await self._get(url, wanted, None)
        return answers.page_text(answer), answer.url

    async def get_bytes(self, url: str, accept: str, bytes_max: int) -> tuple[bytes, str]:
        """Fetch a file, unsigned; returns it and the content type it claims to have."""
        answer = await self._get(url, _Wanted(accept, lambda _: True, bytes_max), None)
        return answer.body, answers.media_type(answer.headers.get("content-type", ""))[0]

    async def post(
        self,
        inbox_url: str,
        body: bytes,
        signer: Signer,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Deliver an activity. One redirect on the same host that keeps the method is followed."""
        async with self._deadline(inbox_url):
            answer = await self._deliver(inbox_url, body, signer, headers)
            if answer.is_redirect and answer.status in _SAME_METHOD_REDIRECTS:
                target = _joined(answer.url, answer.headers["location"])
                if not origin.same_origin(target, answer.url):
                    raise RemoteNonsense("The inbox sends us to another host.")
                answer = await self._deliver(target, body, signer, headers)
        answers.check_status(answer, self._now())

    async def push(self, endpoint: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Hand a message to a push service (RFC 8030, section 5); it follows no redirect.

        People choose these services, not operators: rules about hosts are not for them.
        """
        async with self._deadline(endpoint):
            request = Welcome("POST", self._checked(endpoint), body)
            answer = await self._send(request, dict(headers), 0)
        answers.check_status(answer, self._now())

    async def ask(self, url: str, body: bytes, bytes_max: int) -> Document:
        """Ask a service that the operator chose, in JSON, unsigned; it follows no redirect."""
        async with self._deadline(url):
            request = Welcome("POST", self._checked(url), body)
            headers = {"Accept": _JSON_TYPE, "Content-Type": _JSON_TYPE}
            answer = await self._send(request, headers, bytes_max)
        answers.check_status(answer, self._now())
        return _json(answer)

    def check_endpoint(self, url: str) -> None:
        """Raise `RemoteRefused` for an address that is never asked, such as a private one."""
        self._checked(url)

    # ------------------------------------------------------------ GET

    async def _get(self, url: str, wanted: _Wanted, signer: Signer | None) -> Answer:
        async with self._deadline(url):
            answer = await self._get_once(url, wanted, signer)
            redirects = 0
            while answer.is_redirect:
                redirects += 1
                if redirects > self._settings.redirects_max:
                    raise RemoteNonsense("The other server redirects too often.")
                target = _joined(answer.url, answer.headers["location"])
                answer = await self._get_once(target, wanted, signer)
        answers.check_status(answer, self._now())
        if not wanted.is_right(answer.headers.get("content-type", "")):
            raise RemoteNonsense(
                "The answer has the wrong content type.",
                detail=f"{answer.url}: {answer.headers.get('content-type', '(none)')[:200]}",
            )
        return answer

    async def _get_once(self, url: str, wanted: _Wanted, signer: Signer | None) -> Answer:
        """One hop: checked and signed anew. The answer's `url` is as it was asked for (E26)."""
        request = await self._welcome("GET", url)
        headers = {"Accept": wanted.accept}
        if signer is None:
            answer = await self._send(request, headers, wanted.bytes_max, is_cut=wanted.is_cut)
        else:
            answer = await self._knock(request, signer, headers, wanted.bytes_max)
        return replace(answer, url=urldefrag(url).url)

    # ------------------------------------------------------------ POST

    async def _deliver(
        self, url: str, body: bytes, signer: Signer, headers: Mapping[str, str]
    ) -> Answer:
        """POST with the content type that the host likes, at most one more with the other (E2)."""
        request = await self._welcome("POST", url, body)
        host = origin.host_of(request.url)
        habits = await self._memory.habits_of(host)
        first = habits.content_type or LD_TYPE
        request = replace(request, content_type=first)
        answer = await self._knock(request, signer, headers, 0)
        if answer.status in _WRONG_TYPE and first == LD_TYPE:
            request = replace(request, content_type=ACTIVITY_TYPE)
            again = await self._knock(request, signer, headers, 0)
            if again.is_success:
                habits = await self._memory.habits_of(host)
                await self._memory.remember(host, replace(habits, content_type=ACTIVITY_TYPE))
                return again
        return answer

    # ------------------------------------------------------------ both

    async def _knock(
        self, request: Welcome, signer: Signer, headers: Mapping[str, str], bytes_max: int
    ) -> Answer:
        """Send signed in the scheme the host likes; if it is not understood, in the other one.

        Who says how they want it signed gets it so, once (E55).
        """
        host = origin.host_of(request.url)
        habits = await self._memory.habits_of(host)
        way = Way(habits.scheme or "cavage")
        answer = await self._send_signed(request, signer, way, headers, bytes_max)
        for other in other_ways(way.scheme, request, answer):
            if not is_not_understood(answer.status, way.scheme):
                break
            way = other
            answer = await self._send_signed(request, signer, way, headers, bytes_max)
        if answer.is_success and habits.scheme != way.scheme:
            await self._memory.remember(host, replace(habits, scheme=way.scheme))
        return answer

    async def _send_signed(
        self,
        request: Welcome,
        signer: Signer,
        way: Way,
        headers: Mapping[str, str],
        bytes_max: int,
    ) -> Answer:
        url = request.url.partition("?")[0] if way.is_without_query else request.url
        given = (replace(request, url=url), signer, self._now())
        # Signed now, when it is sent (INTEROP 2), and beside the event loop.
        if way.scheme == "cavage":
            signed = await asyncio.to_thread(signatures.sign_cavage, *given)
        else:
            signed = await asyncio.to_thread(signatures.sign_rfc9421, *given, way.wanted)
        return await self._send(request, {**headers, **signed}, bytes_max)

    async def _send(
        self, request: Welcome, headers: dict[str, str], bytes_max: int, *, is_cut: bool = False
    ) -> Answer:
        """One request, one answer. A connection that was cut before any answer is tried anew, once.

        A kept-alive connection may end just as it is used again. What a POST brings has an id, so
        it does not matter if it came through (FA-10).
        """
        try:
            return await self._send_once(request, headers, bytes_max, is_cut=is_cut)
        except RemoteUnreachable as failure:
            if not _is_cut(failure):
                raise
        return await self._send_once(request, headers, bytes_max, is_cut=is_cut)

    async def _send_once(
        self, request: Welcome, headers: dict[str, str], bytes_max: int, *, is_cut: bool
    ) -> Answer:
        common = {
            "Host": origin.host_of(request.url),
            "User-Agent": self._user_agent,
            "Accept-Encoding": "gzip",
        }
        sent = Sent(request.method, request.url, common | headers, request.body)
        try:
            received = await self._transport.send(sent)
            try:
                found = answers.read_headers(received.raw_headers)
                answer = Answer(request.url, received.status, found)
                self._clocks.compare(origin.host_of(request.url), found.get("date"), self._now())
                if not bytes_max or not answer.is_success:
                    # Nobody reads it; a little is taken off so that the connection can be kept.
                    await answers.drain(received.chunks())
                    return answer
                encoding = found.get("content-encoding", "")
                body = await answers.read_body(
                    received.chunks(), encoding, bytes_max, is_cut=is_cut
                )
            finally:
                received.close()
        except (aiohttp.ClientError, OSError) as error:
            raise RemoteUnreachable(
                "The other server does not answer.",
                detail=f"{request.url}: {type(error).__name__}: {error}"[:500],
            ) from error
        return replace(answer, body=body)

    @asynccontextmanager
    async def _deadline(self, url: str) -> AsyncIterator[None]:
        """A limit over all hops and knocks of one fetch (RX-2)."""
        try:
            async with asyncio.timeout(self._settings.total_timeout_s):
                yield
        except TimeoutError as late:
            raise RemoteUnreachable(
                "The other server is too slow.", detail=f"{url[:200]} took too long"
            ) from late

    async def _welcome(self, method: str, url: str, body: bytes = b"") -> Welcome:
        """A request as it will stand on the wire, if it may be made at all; once for each hop."""
        checked = self._checked(url)
        await self._gate.check_welcome(origin.host_of(checked))
        return Welcome(method, checked, body)

    def _checked(self, url: str) -> str:
        """The URL as it will stand on the wire, if it may be asked by anybody."""
        try:
            safe = origin.split(origin.safe_url(url, plain_http=self._settings.plain_http))
        except Invalid as wrong:
            raise RemoteRefused(wrong.public, detail=f"{url[:200]!r}: {wrong.detail}") from wrong
        if safe.host.endswith(".onion"):
            # RFC 7686, 2: who does not speak Tor does not ask for such a name; nor later (E16).
            raise RemoteRefused("The other server is in the Tor network, which is not reached.")
        test_net = self._settings.plain_http or self._settings.private_networks
        if not test_net and safe.port not in _OPEN_PORTS:
            raise RemoteRefused("The other server is on a port that is not reached.")
        if safe.authority == self._own_host:
            raise RemoteRefused("This address is our own.")  # SF-13: callers look into the tables
        check_literal(safe.host, self._settings)
        return on_the_wire(str(replace(safe, fragment="")))


def _joined(base: str, location: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError as error:
        raise RemoteNonsense("The other server redirects to no address.") from error


def _is_cut(failure: RemoteUnreachable) -> bool:
    """Whether the other side ended the connection without an answer."""
    cause: BaseException | None = failure
    while cause is not None:
        if isinstance(cause, aiohttp.ServerDisconnectedError | ConnectionError):
            return not isinstance(cause, ConnectionRefusedError)
        cause = cause.__cause__
    return False


def _json(answer: Answer) -> Document:
    try:
        return parse_json(answer.body)
    except Invalid as wrong:
        raise RemoteNonsense(wrong.public, detail=f"{answer.url}: {wrong.detail}") from wrong
