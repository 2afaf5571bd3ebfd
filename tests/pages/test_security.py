"""Headers, cookies, CSRF, redirects and odd requests, over the whole route table."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from instance.errors import Forbidden
from instance.settings import FederationSettings, MediaSettings, Settings
from tests.asgi import call
from tests.pages.browser import Browser
from webapp import security
from webapp.app import ROUTES
from webapp.routing import Route

HTTPS = Settings(domain="alpha.test")
HTTP = Settings(domain="alpha.test", federation=FederationSettings(plain_http=True))
PAGES = [route for route in ROUTES if route.scope in ("public", "session", "admin")]
# What programs ask takes no cookie, so nobody can be made to send it (tests/clients).
FORMS = [
    route
    for route in PAGES
    if route.method == "POST" and not route.path.startswith(("/api/", "/oauth/token", "/oauth/rev"))
]


def example(route: Route) -> str:
    """A path that fits a route."""
    values = {"handle": "alice", "post_id": "1", "content_hash": "x", "name": "app.css"}
    return re.sub(r"<(\w+)>", lambda found: values.get(found[1], "1"), route.path)


# ---------------------------------------------------------------- headers


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: f"{r.method} {r.path}")
async def test_hx7_hx8_every_answer_carries_the_security_headers(app: Any, route: Route) -> None:
    """A96, HX-7, HX-8, AU-26, on every line of the table, whatever the answer is."""
    answer = await call(app, route.method, example(route).encode())
    assert answer.status < 500, answer.text
    csp = answer.headers["content-security-policy"]
    assert "default-src 'none'" in csp
    assert "unsafe-eval" not in csp
    assert "script-src 'unsafe" not in csp
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert "permissions-policy" in answer.headers
    assert "access-control-allow-credentials" not in answer.headers  # AU-8


def test_hx7_the_policy_is_strict() -> None:
    rules = dict(
        rule.strip().split(" ", 1) for rule in security.content_security_policy(HTTPS).split(";")
    )
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == rules["object-src"] == "'none'"
    assert rules["form-action"] == rules["manifest-src"] == "'self'"
    assert rules["img-src"] == rules["media-src"] == "'self'"


def test_hx7_pictures_may_come_from_the_bucket_of_the_settings() -> None:
    bucket = MediaSettings(public_url="https://files.example.org/kittiwake")
    policy = security.content_security_policy(replace(HTTPS, media=bucket))
    assert "img-src 'self' https://files.example.org; media-src" in policy


def test_hx8_strict_transport_security_is_said_over_https_alone() -> None:
    assert "Strict-Transport-Security" not in security.headers(HTTP)
    assert "Strict-Transport-Security" in security.headers(HTTPS)


class _Inline(HTMLParser):
    """Collects what a strict policy forbids."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        if "style" in names or tag in ("style", "base", "iframe", "object", "embed"):
            self.found.append(f"<{tag} {attrs}>")
        if tag == "script" and "src" not in names:
            self.found.append("<script> inline")
        self.found += [f"{name} on {tag}" for name in names if name.startswith("on")]
        for name, value in attrs:
            if name in ("href", "src", "action") and (value or "").lower().startswith("javascript"):
                self.found.append(f"{name}={value}")
            if name.startswith(("hx-on", "hx-vals")) or (value or "").startswith("js:"):
                self.found.append(f"{name}={value}")


READABLE = (
    "/",
    "/sign-up",
    "/log-in",
    "/explore",
    "/explore/everywhere",
    "/search",
    "/search?q=word",
    "/@alice",
    "/@alice/replies",
    "/@alice/followers",
    "/@alice/following",
    "/tags/tide",
    "/nothing-here",
)
OWN = tuple(
    example(route)
    for route in PAGES
    if route.method == "GET" and route.scope == "session" and "<" not in route.path
)


async def test_hx7_no_inline_script_or_style_on_any_page(alice: Browser, browser: Browser) -> None:
    post = await alice.write("Hello #tide", note_on="1", note="tides")
    for who, paths in ((browser, [*READABLE, post]), (alice, [*OWN, *READABLE, post])):
        for path in paths:
            await who.get(path)
            assert who.status in (200, 404), (path, who.status)
            parser = _Inline()
            parser.feed(who.text)
            assert parser.found == [], path


async def test_pages_of_one_person_are_kept_by_no_cache(alice: Browser, browser: Browser) -> None:
    """PV-21."""
    assert (await alice.get("/home")).headers["cache-control"] == "private, no-store"
    answer = await browser.get("/explore")
    assert "no-cache" in answer.headers["cache-control"]
    assert "Cookie" in answer.headers["vary"]


# ---------------------------------------------------------------- cookies


async def test_au9_the_session_cookie_is_for_this_host_and_no_script(browser: Browser) -> None:
    await browser.get("/sign-up")
    visitor = next(line for line in browser.set_cookies if line.startswith("__Host-visitor="))
    await browser.sign_up("carol")
    token = browser.cookies["__Host-session"]
    assert len(token) >= 40
    for flag in ("HttpOnly", "Secure", "SameSite=Lax", "Path=/"):
        assert flag in visitor
    assert "Domain" not in visitor


def test_au9_plain_http_has_no_host_prefix() -> None:
    assert security.session_cookie_name(HTTPS) == "__Host-session"
    assert security.session_cookie_name(HTTP) == "session"


async def test_reading_sets_no_cookie(browser: Browser) -> None:
    """Strangers who read are not marked."""
    for path in ("/", "/explore", "/search"):
        await browser.get(path)
        assert browser.cookies == {}


# ---------------------------------------------------------------- CSRF


@pytest.mark.parametrize("route", FORMS, ids=lambda r: r.path)
async def test_au13_every_form_is_refused_without_its_token(alice: Browser, route: Route) -> None:
    await alice.post(example(route), {"text": "hi", "who": "1", "password": "x"})
    assert alice.status in (403, 404), alice.text  # 404: the pages of admins
    await alice.post(example(route), {"text": "hi", "csrf": "0" * 64})
    is_shown_again = route.path == "/compose"  # nothing is published, and nothing is lost (B45)
    assert alice.status == 422 if is_shown_again else alice.status in (403, 404)


@pytest.mark.parametrize("route", FORMS, ids=lambda r: r.path)
async def test_au13_a_get_never_acts(alice: Browser, route: Route) -> None:
    await alice.get(example(route))
    assert alice.status in (200, 404, 405)


async def test_au13_a_form_of_another_session_is_refused(alice: Browser, bob: Browser) -> None:
    await alice.get("/home")
    token = alice.form("/compose").fields["csrf"]
    await bob.post("/compose", {"text": "by the hand of alice", "csrf": token})
    assert bob.status == 422  # shown to bob alone, and not published (B45)
    await bob.get("/home")
    assert "by the hand" not in bob.text


async def test_au13_other_sites_are_refused_even_with_the_token(alice: Browser) -> None:
    await alice.get("/home")
    fields = {**alice.form("/compose").fields, "text": "forged"}
    for sends in (
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "", "Origin": "https://evil.example"},
        {"Sec_Fetch_Site": "", "Origin": "null"},
        {"Sec_Fetch_Site": "", "Origin": "https://[bad"},
    ):
        await alice.post("/compose", fields, **sends)
        assert alice.status == 403, sends
    await alice.get("/home")
    assert "forged" not in alice.text


async def test_a_program_without_origin_needs_the_token_alone(alice: Browser) -> None:
    await alice.get("/home")
    fields = {**alice.form("/compose").fields, "text": "by a program"}
    await alice.post("/compose", fields, Sec_Fetch_Site="", Origin="")
    assert "by a program" in alice.text


async def test_au13_log_in_and_sign_up_are_protected_too(browser: Browser) -> None:
    for path in ("/log-in", "/sign-up"):
        await browser.post(path, {"handle": "eve", "name": "eve", "password": "a long password"})
        assert browser.status == 403


def test_csrf_token_is_bound_to_its_cookie() -> None:
    secret = security.new_visitor()
    security.check_form(secret, security.csrf_token(secret))
    for bad in ("", "x", "é", security.csrf_token(security.new_visitor())):
        with pytest.raises(Forbidden):
            security.check_form(secret, bad)
    with pytest.raises(Forbidden):
        security.check_form("", security.csrf_token(""))


# ---------------------------------------------------------------- redirects and hosts


@pytest.mark.parametrize(
    "bad",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/x\r\nSet-Cookie: a=b",
        " //evil.example",
        "",
        "home",
        "/" + "a" * 3000,
        "/a\\b",
    ],
)
def test_au27_local_paths_only(bad: str) -> None:
    assert security.local_path(bad, "/home") == "/home"


@pytest.mark.parametrize("good", ["/", "/home", "/@bob@beta.test/1?x=1#p2", "/search?q=a%20b"])
def test_au27_paths_of_ours_are_kept(good: str) -> None:
    assert security.local_path(good, "/home") == good


async def test_au27_log_in_leads_to_local_paths_only(alice: Browser, app: Any) -> None:
    del alice
    for wanted, where in (("//evil.example/x", "/home"), ("/saved", "/saved")):
        again = Browser(app)
        await again.get(f"/log-in?next={wanted}")
        await again.submit("/log-in", name="alice", password="a fine long password")
        assert again.path == where


async def test_au12_the_host_header_is_ignored(browser: Browser) -> None:
    for sends in ({"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}):
        answer = await browser.request("GET", "/", sends=sends)
        assert "evil.example" not in answer.text
        answer = await browser.request("GET", "/home", sends=sends)
        assert answer.headers["location"] == "/log-in?next=%2Fhome"
        answer = await browser.request("GET", "//evil.example/home", sends=sends)
        assert answer.status == 404


# ---------------------------------------------------------------- odd requests


@pytest.mark.parametrize(
    "target",
    [
        b"/../etc/passwd",
        b"/static/x/../../app.py",
        b"/static/x/..%2f..%2fapp.py",
        b"/static/x/%2e%2e/%2e%2e/app.py",
        b"/static/x/....//app.py",
        b"/static/x/..\\..\\app.py",
        b"/static/x/%5c..%5capp.py",
        b"/media/..%2fkittiwake.sqlite3",
        b"/media/%2fetc%2fpasswd",
        b"/avatars/..%2f..%2fx.svg",
        b"/static/x/app.py%00.css",
        b"/static/x/app.py",
    ],
)
async def test_op1_no_way_out_of_the_folder(app: Any, target: bytes) -> None:
    answer = await call(app, "GET", target)
    assert answer.status == 404
    assert "create_app" not in answer.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "BREW", "CONNECT"])
async def test_op3_odd_methods_get_405_without_a_trace(app: Any, method: str) -> None:
    answer = await call(app, method, b"/log-in", headers=((b"accept", b"text/html"),))
    assert answer.status == 405
    assert "Traceback" not in answer.text
    assert "does not do that" in answer.text


async def test_head_answers_like_get_without_a_body(app: Any) -> None:
    answer = await call(app, "HEAD", b"/log-in")
    assert answer.status == 200


async def test_rx20_long_addresses_and_headers(app: Any) -> None:
    assert (await call(app, "GET", b"/" + b"a" * 9000)).status == 414
    assert (await call(app, "GET", b"/?q=" + b"a" * 9000)).status == 414
    fat = ((b"x-fat", b"a" * 40_000),)
    assert (await call(app, "GET", b"/", headers=fat)).status == 431


async def test_rx8_bytes_that_are_no_text_are_refused_at_the_door(app: Any) -> None:
    assert (await call(app, "GET", b"/?q=\xff")).status == 400
    assert (await call(app, "GET", b"/?q=%ff")).status == 400
    for value in (b"a\nb", b"a\rb", b"\x00"):
        assert (await call(app, "GET", b"/", headers=((b"x-odd", value),))).status == 400


async def test_too_big_a_form_is_413(alice: Browser) -> None:
    await alice.get("/home")
    token = alice.form("/compose").fields["csrf"]
    await alice.post("/compose", {"csrf": token, "text": "a" * (2 * 1024 * 1024)})
    assert alice.status == 413
    assert "server takes 1 MB at once." in alice.text


async def test_errors_are_pages_for_people_and_problems_for_programs(app: Any) -> None:
    page = await call(app, "GET", b"/@nobody", headers=((b"accept", b"text/html"),))
    assert page.status == 404
    assert "There is nothing here, or not any more" in page.text
    problem = await call(app, "GET", b"/actors/1", headers=((b"accept", b"application/json"),))
    assert problem.headers["content-type"] == "application/problem+json"
    assert '"status":404' in problem.text


def test_settings_for_both_schemes() -> None:
    assert replace(HTTPS).scheme == "https"
    assert HTTP.scheme == "http"


METHODS = ("GET", "HEAD", "POST", "DELETE")


async def test_op3_every_address_with_many_methods(app: Any, alice: Browser) -> None:
    """OP-3, HX-7, AU-9, PV-21: by somebody who is logged in, whatever a line of the table says.

    Nothing breaks, every answer has its policy, no cookie is without its flags, what is refused
    says what is not, and no page of a person is for a cache.
    """
    cookie = "; ".join(f"{name}={value}" for name, value in alice.cookies.items())
    sent = ((b"cookie", cookie.encode()), (b"accept", b"text/html"), (b"host", b"alpha.test"))
    for path in sorted({example(each) for each in ROUTES if "/streaming" not in each.path}):
        for method in METHODS:
            answer = await call(app, method, path.encode(), headers=sent)
            what, headers = (method, path, answer.status), answer.headers
            assert answer.status < 500, what
            assert "default-src 'none'" in headers["content-security-policy"], what
            assert answer.status != 405 or method not in headers["allow"].split(", "), what
            for flag in ("HttpOnly", "Secure", "SameSite=Lax"):
                assert flag in headers.get("set-cookie", flag), what
            is_page = answer.status == 200 and headers.get("content-type", "")[:9] == "text/html"
            if is_page:
                assert headers["cache-control"] == "private, no-store", what
