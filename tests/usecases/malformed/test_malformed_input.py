"""Malformed input of every kind at every route gives a 4xx with a clear text, never a 5xx.

Generated over the route tables: a new route is tested without anybody thinking of it.
"""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from instance.resources import Instance
from tests.asgi import Answer, call
from webapp.app import ROUTES, create_asgi
from webapp.routing import Route

RELAXED = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

ODD_BYTES = (
    b"",
    b"\x00",
    b"\xff\xfe\xfa",
    b"\xef\xbb\xbf{}",
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b"NaN",
    b'{"a":1,"a":2}',
    b'{"a":' * 2_000,
    b"[" * 100_000,
    b'{"type":"Create"}',
    b'{"type":["Create",7],"actor":{},"object":[[]],"id":5}',
    b'{"id":"https://x.example/\\ud800","type":"Create","actor":"https://x.example/a"}',
    b'{"n":' + b"9" * 5_000 + b"}",
    b"a=%00&b=%ff%fe&c=%ud800",
    b"&&==&%",
    b"handle=" + b"a" * 100_000,
    b'--x\r\nContent-Disposition: form-data; name="\x00"\r\n\r\n\xff\r\n--x--',
    b"--x\r\nContent-Disposition: form-data\r\n",
)
CONTENT_TYPES = (
    b"",
    b"application/activity+json",
    b'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
    b"application/json",
    b"application/x-www-form-urlencoded",
    b"application/x-www-form-urlencoded; charset=utf-7",
    b"multipart/form-data; boundary=x",
    b"multipart/form-data",
    b"multipart/form-data; boundary=" + b"y" * 300,
    b"text/html; charset=no-such",
    b"\xff\xff",
)
ODD_PATHS = (
    b"0",
    b"-1",
    b"9999999999999999999999999",
    b"%00",
    b"%ff%fe",
    b"%F0%9F%90%A6",
    b"..%2f..%2fetc%2fpasswd",
    b"a%0d%0aSet-Cookie:x",
    b"alice@",
    b"@",
    b"a" * 3_000,
    "é".encode(),
)
ODD_QUERIES = (
    b"",
    b"max_id=x&min_id=-1&since_id=99999999999999999999999&limit=1e9&page=%00",
    b"resource=%00",
    b"resource=acct:%ff@%fe",
    b"resource=" + b"a" * 5_000,
    b"q=%25_%5c%00%27%22&type=",
    b"next=//evil.example&next=javascript:1",
    b"%ff=%ff&&=&a[]=1&a[b]=2",
)
ODD_HEADERS: tuple[tuple[tuple[bytes, bytes], ...], ...] = (
    (),
    ((b"accept", b"\xff;q=x,,/"),),
    ((b"accept", b"application/activity+json"),),
    ((b"cookie", b"session=\xff\x00; session=; __Host-session=a=b"),),
    ((b"authorization", b"Bearer \xff"),),
    ((b"signature", b'keyId="",headers="",signature=""'), (b"date", b"yesterday")),
    ((b"signature", b"sig1=:////:"), (b"signature-input", b'sig1=("@method" x);created=x')),
    ((b"signature-input", b"\xff"), (b"signature", b"\xff"), (b"digest", b"SHA-256=?")),
    ((b"if-none-match", b"\xff"), (b"if-modified-since", b"?"), (b"range", b"bytes=9-1,-")),
    ((b"origin", b"null"), (b"hx-request", b"\xff"), (b"x-forwarded-for", b"\xff,,")),
    ((b"content-length", b"-1"),),
    ((b"host", b"\xff evil"),),
)


def _target(route: Route, odd: bytes, query: bytes) -> bytes:
    """The route's path with every parameter replaced by something odd."""
    parts = route.path.encode().split(b"<")
    path = parts[0] + b"".join(odd + part.split(b">", 1)[1] for part in parts[1:])
    return path + (b"?" + query if query else b"")


def _assert_decent(answer: Answer, what: str) -> None:
    assert answer.status < 500, f"{what}: {answer.status}\n{answer.body[:2000]!r}"
    if answer.status >= 400 and answer.status != 405:
        assert answer.body.strip(), f"{what}: {answer.status} says nothing"
    assert b"Traceback" not in answer.body


def _name(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.mark.parametrize("route", ROUTES, ids=_name)
async def test_rx8_op7_e11_malformed_input_is_refused_politely(
    route: Route, instance: Instance
) -> None:
    """E11, RX-5, RX-7, RX-8, RX-9, OP-1, OP-3, OP-7: every odd thing once at every route."""
    application = create_asgi(instance)
    for odd in ODD_PATHS:
        answer = await call(application, route.method, _target(route, odd, b""))
        _assert_decent(answer, f"{_name(route)} path {odd[:60]!r}")
    for query in ODD_QUERIES:
        answer = await call(application, route.method, _target(route, b"1", query))
        _assert_decent(answer, f"{_name(route)} query {query[:60]!r}")
    for headers in ODD_HEADERS:
        answer = await call(application, route.method, _target(route, b"1", b""), headers=headers)
        _assert_decent(answer, f"{_name(route)} headers {headers!r}")
    for method in ("HEAD", "OPTIONS", "TRACE", "PUT", "FOO"):
        answer = await call(application, method, _target(route, b"1", b""))
        assert answer.status < 500, f"{method} {route.path}: {answer.status}"


@pytest.mark.parametrize("route", [r for r in ROUTES if r.method != "GET"], ids=_name)
async def test_rx5_rx7_malformed_bodies_are_refused_politely(
    route: Route, instance: Instance
) -> None:
    application = create_asgi(instance)
    for content_type in CONTENT_TYPES:
        for body in ODD_BYTES:
            headers = ((b"content-type", content_type), (b"host", b"localhost:8000"))
            target = _target(route, b"1", b"")
            answer = await call(application, route.method, target, headers=headers, body=body)
            _assert_decent(answer, f"{_name(route)} {content_type!r} {body[:60]!r}")


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["@context", "id", "type", "actor", "object", "to", "cc", "tag", "content", "url"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@RELAXED
@given(document=ANY_JSON, kind=st.sampled_from(["Create", "Undo", "Follow", "Delete", "Move"]))
async def test_rx9_any_json_at_the_shared_inbox(
    document: object, kind: str, instance: Instance
) -> None:
    """RX-9: wrong types in each field never become a 5xx."""
    wrapped = document if not isinstance(document, dict) else {"type": kind, **document}
    answer = await call(
        create_asgi(instance),
        "POST",
        b"/inbox",
        headers=((b"content-type", b"application/activity+json"), (b"host", b"localhost:8000")),
        body=json.dumps(wrapped).encode(),
    )
    assert 202 <= answer.status < 500
    assert answer.status == 202 or answer.body.strip()


@RELAXED
@given(
    target=st.binary(max_size=60),
    query=st.binary(max_size=60),
    header=st.binary(max_size=40),
    body=st.binary(max_size=200),
)
async def test_op7_random_bytes_anywhere(
    target: bytes, query: bytes, header: bytes, body: bytes, instance: Instance
) -> None:
    application = create_asgi(instance)
    for route in ROUTES:
        odd = target.replace(b"?", b"").replace(b"#", b"") or b"1"
        answer = await call(
            application,
            route.method,
            _target(route, odd, query),
            headers=((b"accept", header), (b"cookie", header), (b"content-type", header)),
            body=body,
        )
        _assert_decent(answer, f"{_name(route)} {odd!r} {query!r} {header!r} {body!r}")
