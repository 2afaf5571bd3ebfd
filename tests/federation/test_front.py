"""The front and Quart answer every request alike, to the letter: one handler, two ways to it."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.exceptions import ImATeapot

from instance.errors import TooMany
from instance.resources import Instance
from storage.records import Visibility
from tests.asgi import Answer, call
from tests.federation.peers import ACTIVITY, Forgery, Person, signed
from tests.federation.world import S, World
from tests.usecases.malformed.test_malformed_input import (
    CONTENT_TYPES,
    ODD_BYTES,
    ODD_HEADERS,
    ODD_PATHS,
    ODD_QUERIES,
    _target,
)
from tests.usecases.social import say
from webapp.app import ROUTES, create_app, odd
from webapp.asking import Answer as Plain
from webapp.asking import Asked
from webapp.front import Asgi, Front
from webapp.routing import TWINS, Route, plain

PLAIN = [route for route in ROUTES if route.plain is not None]
# Routes that one world is asked at: making a world takes as long as asking at a route.
AT_ONCE = 20
Headers = tuple[tuple[bytes, bytes], ...]


@pytest.fixture(autouse=True)
def no_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cookies of visitors are made at random; both must make the same."""
    monkeypatch.setattr("webapp.security.new_visitor", lambda: "v" * 32)


class Both:
    """One instance, asked through the front and through Quart."""

    def __init__(self, instance: Instance, routes: tuple[Route, ...] = ROUTES) -> None:
        self.front = Front(instance, routes)
        self.through_front = _within(instance, self._front)
        self.through_quart = _within(instance, create_app(instance))
        self.was_found = False

    async def _front(self, scope: Any, receive: Any, send: Any) -> None:
        found = self.front.find(scope)
        self.was_found = found is not None
        if found is not None:
            await self.front.answer(found, scope, receive, send)
        else:
            await send({"type": "http.response.start", "status": 0, "headers": []})

    async def ask(
        self, method: str, target: bytes, headers: Headers = (), body: bytes = b""
    ) -> Answer | None:
        """The one answer of both; None when the front leaves it to Quart."""
        front = await call(self.through_front, method, target, headers=headers, body=body)
        if not self.was_found:
            return None
        quart = await call(self.through_quart, method, target, headers=headers, body=body)
        front, quart = _undated(front), _undated(quart)
        assert front == quart, f"{method} {target!r} {headers!r} {body[:80]!r}"
        return front


def _undated(answer: Answer) -> Answer:
    """A cookie says when it ends, in seconds of the real clock, and Max-Age says it besides.

    What is left of a limit is less by one for whoever asks second.
    """
    headers = dict(answer.headers)
    headers.pop("x-ratelimit-remaining", None)
    if "set-cookie" in headers:
        headers["set-cookie"] = re.sub(r"Expires=[^;]+; ", "", headers["set-cookie"])
    return replace(answer, headers=headers)


def _within(instance: Instance, application: Any) -> Asgi:
    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        if status := odd(scope):  # the door stands before both
            await send({"type": "http.response.start", "status": status, "headers": []})
            return
        with instance.store.active():
            await application(scope, receive, send)

    return asgi


def _name(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.mark.parametrize("start", range(0, len(PLAIN), AT_ONCE))
async def test_front_and_quart_answer_malformed_requests_alike(start: int, world: World) -> None:
    """RX-5, RX-7, OP-7: status, headers and body of every odd thing at every plain route."""
    both = Both(world.instance)
    for route in PLAIN[start : start + AT_ONCE]:
        world.clock.advance(hours=1)  # nobody has asked for too much
        await _ask_oddly(route, both, str(world.alice.id).encode())


async def _ask_oddly(route: Route, both: Both, number: bytes) -> None:
    seen = 0
    for odd_path in (*ODD_PATHS, number, b"%31", b"1/", b"/1"):
        seen += await both.ask(route.method, _target(route, odd_path, b"")) is not None
    for query in ODD_QUERIES:
        seen += await both.ask(route.method, _target(route, number, query)) is not None
    for headers in ODD_HEADERS:
        target = _target(route, number, b"resource=acct:alice@alpha.test")
        seen += await both.ask(route.method, target, headers) is not None
    for kind in CONTENT_TYPES if route.method == "POST" else ():
        for body in ODD_BYTES:
            found = ((b"content-type", kind), (b"content-length", b"%d" % len(body)))
            seen += (
                await both.ask(route.method, _target(route, number, b""), found, body) is not None
            )
    assert seen > 8, f"the front answers {_name(route)}"


async def test_other_methods_are_left_to_quart(world: World) -> None:
    both = Both(world.instance)
    for route in PLAIN:
        target = _target(route, b"1", b"")
        # Also those where `suggestions` is an id like any other.
        own = {each.method for each in PLAIN if _fits(each.path, target.decode())}
        own |= {TWINS[method] for method in own if method in TWINS}
        for method in {"HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"} - own:
            assert await both.ask(method, target) is None, (method, route.path)


def _fits(path: str, target: str) -> bool:
    parts, given = path.split("/"), target.partition("?")[0].split("/")
    return len(parts) == len(given) and all(
        "<" in part or part == other for part, other in zip(parts, given, strict=True)
    )


async def test_front_and_quart_show_the_same_documents(world: World) -> None:
    """E7, E17, PV-2, PV-21: what is there, what is hidden, what is gone, what did not change."""
    both = Both(world.instance)
    public = await say(world.instance, world.alice)
    closed = await say(world.instance, world.alice, visibility=Visibility.FOLLOWERS)
    paths = [
        *(f"/posts/{post.id}" for post in (public, closed)),
        *(f"/posts/{post.id}/replies" for post in (public, closed)),
        *(f"/activities/{post.id}" for post in (public, closed)),
        f"/actors/{world.alice.id}",
        *(f"/actors/{world.alice.id}/{name}" for name in ("outbox", "followers", "featured")),
        f"/actors/{world.alice.id}/outbox?page=true",
        "/.well-known/webfinger?resource=acct:alice@alpha.test&rel=self",
        *("/.well-known/nodeinfo", "/nodeinfo/2.0", "/nodeinfo/2.1"),
        *("/.well-known/host-meta", "/.well-known/host-meta.json"),
    ]
    statuses = set()
    for path in paths:
        for accept in (ACTIVITY, "text/html", "*/*", "application/json"):
            for person in (None, world.honest, world.mallory):
                world.clock.advance(seconds=1)  # one signature is not good for many requests
                headers = _headers("GET", path, person, accept)
                answer = await both.ask("GET", path.encode(), headers)
                assert answer is not None
                assert answer.headers["x-content-type-options"] == "nosniff"
                statuses.add(answer.status)
                tag = answer.headers.get("etag", "").encode()
                known = await both.ask(
                    "GET", path.encode(), (*headers, (b"if-none-match", b'"x", W/' + tag))
                )
                assert known is not None
                assert known.status == (304 if answer.status == 200 and tag else answer.status)
    assert statuses == {200, 302, 404}


async def test_front_and_quart_take_the_same_activities(world: World) -> None:
    both = Both(world.instance)
    activity = world.honest.create(world.honest.note("hello"))
    for inbox in ("/inbox", f"/actors/{world.alice.id}/inbox", "/actors/1/inbox"):
        for forgery in (Forgery(), Forgery(digest="SHA-256=AAAA")):
            body = json.dumps(activity).encode()
            given = signed(world.honest, "POST", S, inbox, body, forgery)
            # A key that does not fit is fetched again, once in a while: not now any more.
            await world.post(world.honest, activity, inbox=inbox, forgery=forgery)
            answer = await both.ask("POST", inbox.encode(), _raw(given), body)
            assert answer is not None
            wanted = 401 if forgery.digest else 202
            assert answer.status == (404 if inbox == "/actors/1/inbox" else wanted)


async def test_front_and_quart_refuse_large_bodies_alike(world: World) -> None:
    """RX-6: whether the length is said before or not."""
    both = Both(world.instance)
    body = b"x" * (world.instance.settings.limits.inbox_body_bytes_max + 1)
    length = (b"content-length", b"%d" % len(body))
    for headers in ((), (length,), (length, (b"transfer-encoding", b"chunked"))):
        answer = await both.ask("POST", b"/inbox", headers, body)
        assert answer is not None
        assert answer.status == 413


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (TooMany("Not so often.", retry_after_s=7), 429),
        (ImATeapot(), 418),
        (RuntimeError("secret"), 500),
    ],
)
@pytest.mark.parametrize("accept", [b"text/html", b"application/json"])
async def test_front_and_quart_say_the_same_about_errors(
    error: Exception, status: int, accept: bytes, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OP-3, OP-11: a bug is written down under a reference, and nothing of it is shown."""

    async def fails(instance: Instance, asked: Asked) -> Plain:
        del instance, asked
        raise error

    monkeypatch.setattr("webapp.errors.new_reference", lambda: "7f3a-91")
    routes = (plain("GET", "/fails", fails, scope="public"),)
    monkeypatch.setattr("webapp.app.ROUTES", routes)
    answer = await Both(world.instance, routes).ask("GET", b"/fails", ((b"accept", accept),))
    assert answer is not None
    assert answer.status == status
    assert b"secret" not in answer.body
    assert ("retry-after" in answer.headers) is (status == 429)


async def test_who_hangs_up_while_sending_is_not_answered(world: World) -> None:
    front, sent = Front(world.instance, ROUTES), []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"method": "POST", "path": "/inbox", "query_string": b"", "headers": []}
    found = front.find(scope)
    assert found is not None
    await front.answer(found, scope, receive, send)
    assert sent == []


def test_a_path_that_two_patterns_fit_goes_to_the_plainer_one(world: World) -> None:
    async def handler(instance: Instance, asked: Asked, **values: str) -> Plain:
        del instance, asked, values
        return Plain(200)

    async def on_quart(instance: Instance) -> str:
        del instance
        return ""

    mine = plain("GET", "/@<handle>/<post_id>", handler, scope="public")
    front = Front(world.instance, (mine, Route("GET", "/@<handle>/followers", on_quart, "public")))
    found = front.find({"method": "GET", "path": "/@alice@b.test/5"})
    assert found is not None
    assert found.values == {"handle": "alice@b.test", "post_id": "5"}
    for path in ("/@alice/followers", "/@/5", "/@alice/5/", "/@alice//5", "/alice/5"):
        assert front.find({"method": "GET", "path": path}) is None, path


def _headers(method: str, path: str, person: Person | None, accept: str) -> Headers:
    given = {"accept": accept}
    if person is not None:
        covered = ("(request-target)", "host", "date")
        given |= signed(person, method, S, path, b"", Forgery(covered=covered))
    return _raw(given)


def _raw(given: dict[str, str]) -> Headers:
    found = {"content-type": ACTIVITY, "host": S} | given
    return tuple((name.encode(), value.encode()) for name, value in found.items())
