"""Malformed input from people who are let in: the owner, logged in, with a valid form token.

A stranger's odd bytes end at the door; these reach every handler with every field of every form.
Generated over the route table and the field names in pages and templates.
"""

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from instance.resources import Instance
from instance.settings import LimitSettings, RegistrationSettings, Settings
from storage import users
from storage.records import Role
from tests.instances import Instances
from tests.pages.browser import ORIGIN, Browser
from tests.usecases.malformed.test_malformed_input import (
    ODD_PATHS,
    ODD_QUERIES,
    _assert_decent,
    _target,
)
from webapp import forms, parameters, security
from webapp.app import ROUTES, create_asgi
from webapp.forms import Fields
from webapp.parameters import Parameters
from webapp.routing import Route

WEBAPP = Path(__file__).parents[3] / "webapp"
_IN_CODE = re.compile(r'form\.(?:text|line|get|id|file|is_checked)\(\s*"([a-z_]+)"')
_IN_PAGES = re.compile(r'<(?:input|textarea|select|button)[^>]* name="([a-z_]+)"')
BOUNDARY = "xBOUNDARYx"


def field_names() -> list[str]:
    """Every field that a page sends or a handler reads."""
    found = {f"field_{part}_{number}" for part in ("name", "value") for number in (1, 2, 5)}
    for path in WEBAPP.glob("**/*.py"):
        found |= set(_IN_CODE.findall(path.read_text()))
    for path in WEBAPP.glob("**/*.html"):
        found |= set(_IN_PAGES.findall(path.read_text()))
    return sorted(found - {"csrf", "password_again"})


FIELDS = field_names()
ODD_VALUES = (
    "",
    " ",
    "0",
    "-1",
    "9" * 18,
    "9" * 30,
    "1e9",
    "%s{0.__class__}{{7*7}}",
    "\u202e\u200b\ufeff",
    "\ud7ff\U0010ffff",
    "\n\r\n\t\x1b[31m",
    "undo",
    "public",
    "direct",
    "../../etc/passwd",
    "//evil.example/",
    "javascript:alert(1)",
    "https://[::1",
    "@",
    "@a@b@c",
    "@alice@",
    "@" + "a" * 400 + "@" + "b" * 400,
    "'; DROP TABLE users; --",
    "<script>" * 50,
    "é" * 70_000,
    "#" * 500 + "@x@y.test " * 300,
)
ODD_FILES = (
    b"",
    b"\x89PNG\r\n\x1a\n" + b"\x00" * 64,
    b"GIF89a\xff\xff\xff\xff\x00\x00\x00",
    b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    b"RIFF\xff\xff\xff\xffWEBPVP8 ",
    b"\xff\xd8\xff\xe0" + b"\x00" * 100,
)


@pytest.fixture
async def instance(instances: Instances) -> Instance:
    limits = LimitSettings(signups_per_address_per_hour_max=1000)
    settings = replace(Settings(), registration=RegistrationSettings("open"), limits=limits)
    return await instances.make("alpha", settings)


@pytest.fixture
async def owner(instance: Instance) -> AsyncIterator[Browser]:
    """Somebody for whom every door is open."""
    browser = await Browser(create_asgi(instance)).sign_up("alice")
    with instance.store.active():
        found = await users.find_by_login("alice")
        assert found is not None
        await users.save(replace(found[0], role=Role.OWNER))
    yield browser
    # Whatever was sent: the server answers, and the home page is there or a log-in is asked for.
    await browser.get("/home")
    assert browser.status == 200


def _name(route: Route) -> str:
    return f"{route.method} {route.path}"


def _token(instance: Instance, browser: Browser) -> str:
    return security.csrf_token(
        browser.cookies.get(security.session_cookie_name(instance.settings), "")
    )


def _form(fields: dict[str, str]) -> bytes:
    return "&".join(f"{quote(name)}={quote(value)}" for name, value in fields.items()).encode()


HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Origin": ORIGIN,
    "Sec-Fetch-Site": "same-origin",
}
POSTS = [r for r in ROUTES if r.method == "POST" and not r.path.endswith("inbox")]
GETS = [r for r in ROUTES if r.method == "GET"]


class Watched(dict[str, Any]):
    """What was sent; remembers which names a handler asked for, all of them where it looks through.

    A field that nobody asks for changes nothing, so it need not be sent.
    """

    def __init__(self, sent: Mapping[str, Any], asked_for: set[str]) -> None:
        super().__init__(sent)
        self.asked_for = asked_for

    def get(self, name: str, default: Any = None) -> Any:
        self.asked_for.add(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> Any:
        self.asked_for.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.asked_for.add(str(name))
        return super().__contains__(name)

    def __iter__(self) -> Iterator[str]:
        self.asked_for.update(FIELDS)
        return super().__iter__()


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The fields that handlers ask for from now on, of forms and of parameters."""
    names: set[str] = set()
    read_form, read_parameters = forms.read_body, parameters.read

    def form(*given: Any) -> Fields:
        found = read_form(*given)
        return Fields(Watched(found.texts, names), Watched(found.files, names))

    def sent(*given: Any) -> Parameters:
        found = read_parameters(*given)
        return Parameters(Watched(found.tree, names), Watched(found.files, names))

    monkeypatch.setattr(forms, "read_body", form)
    monkeypatch.setattr(parameters, "read", sent)
    return names


@pytest.mark.parametrize("route", POSTS, ids=_name)
async def test_rx9_op7_odd_fields_from_somebody_logged_in(
    route: Route, instance: Instance, owner: Browser, asked_for: set[str]
) -> None:
    """RX-9, OP-7, OP-15, OP-16: all fields odd at once, then one at a time."""
    target = _target(route, b"1", b"").decode()

    async def send(names: Iterable[str], value: str) -> None:
        fields = dict.fromkeys(names, value) | {"csrf": _token(instance, owner)}
        answer = await owner.request("POST", target, _form(fields), HEADERS)
        _assert_decent(answer, f"{_name(route)} {sorted(fields)} {value[:60]!r}")

    await send((), "")
    alone = asked_for - {"csrf"}
    for value in ODD_VALUES:
        known: set[str] = set()
        while known != asked_for:  # what is sent may lead to more that is asked for
            known = set(asked_for)
            await send(sorted(known - {"csrf"}), value)
    for name in sorted(alone):
        for value in ("9" * 30, "é\u202e" * 400):
            await send((name,), value)


@pytest.mark.parametrize("route", POSTS, ids=_name)
async def test_md5_odd_files_and_floods_of_fields_from_somebody_logged_in(
    route: Route, instance: Instance, owner: Browser
) -> None:
    """RX-9: multipart with odd files in every field; thousands of fields, parts and cookies."""
    target = _target(route, b"1", b"").decode()
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Origin": ORIGIN}
    for data in ODD_FILES:
        body = _multipart({"csrf": _token(instance, owner)}, dict.fromkeys(FIELDS, data))
        answer = await owner.request("POST", target, body, kind)
        _assert_decent(answer, f"{_name(route)} file {data[:40]!r}")
    many = {f"f{number}": "x" for number in range(5000)} | {"csrf": _token(instance, owner)}
    for headers, body in ((HEADERS, _form(many)), (kind, _multipart(many, {}))):
        answer = await owner.request("POST", target, body, headers)
        # 401: the first part of this test may have ended the session.
        assert answer.status in {400, 401, 413, 415}, f"{_name(route)}: {answer.status}"
        assert answer.body.strip()


@pytest.mark.parametrize("route", GETS, ids=_name)
async def test_rx9_odd_addresses_from_somebody_logged_in(route: Route, owner: Browser) -> None:
    """RX-9, OP-4, OP-5: paths, queries, thousands of parameters, hundreds of cookies."""
    queries = [*ODD_QUERIES, b"&".join(b"q%d=1" % number for number in range(5000))]
    for odd in ODD_PATHS:
        answer = await owner.request("GET", _target(route, odd, b"").decode("latin-1"))
        _assert_decent(answer, f"{_name(route)} path {odd[:60]!r}")
    for query in queries:
        answer = await owner.request("GET", _target(route, b"1", query).decode("latin-1"))
        _assert_decent(answer, f"{_name(route)} query {query[:60]!r}")
    crowd = "; ".join([*(f"c{number}=v" for number in range(900))])
    mine = "; ".join(f"{name}={value}" for name, value in owner.cookies.items())
    target = _target(route, b"1", b"").decode()
    answer = await owner.request("GET", target, sends={"Cookie": f"{crowd}; {mine}"})
    _assert_decent(answer, f"{_name(route)} cookies")


def _multipart(fields: dict[str, str], files: dict[str, bytes]) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()
        for name, value in fields.items()
    ]
    parts += [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="x"\r\n'
        "Content-Type: image/png\r\n\r\n".encode()
        + data
        for name, data in files.items()
    ]
    return b"\r\n".join([*parts, f"--{BOUNDARY}--\r\n".encode()])
