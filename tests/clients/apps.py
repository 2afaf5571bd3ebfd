"""An app for tests: registers, is let in by somebody with a browser, and calls the API."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from tests.asgi import Answer, call
from tests.clients.schema import assert_as_documented, assert_valid, template_of
from tests.pages.browser import ORIGIN, Browser

REDIRECT_URI = "https://app.example/callback"
EVERYTHING = "read write follow push"
_OK = 200


@dataclass
class App:
    """A program with the credentials it was given; `token` is a bearer token, '' for none."""

    app: Any
    client_id: str = ""
    client_secret: str = ""
    token: str = ""
    answer: Answer = field(default_factory=lambda: Answer(0, {}, b""))

    @property
    def status(self) -> int:
        return self.answer.status

    @property
    def value(self) -> Any:
        return json.loads(self.answer.body)

    # ------------------------------------------------------------ calls

    async def get(self, path: str, **query: Any) -> Any:
        """GET; returns the value of the answer."""
        asked = f"{path}?{urlencode(query, doseq=True)}" if query else path
        return await self.call("GET", asked)

    async def post(self, path: str, form: Any = None, **sends: str) -> Any:
        """POST a form: a mapping, or pairs where names come more than once."""
        return await self.send("POST", path, form, **sends)

    async def send(self, method: str, path: str, form: Any = None, **sends: str) -> Any:
        """Send a form with any method."""
        body = urlencode(form or {}, doseq=True).encode()
        return await self.call(method, path, body, "application/x-www-form-urlencoded", **sends)

    async def json(self, method: str, path: str, value: Any, **sends: str) -> Any:
        """Send JSON with any method."""
        body = json.dumps(value).encode()
        return await self.call(method, path, body, "application/json", **sends)

    async def call(
        self, method: str, path: str, body: bytes = b"", content_type: str = "", **sends: str
    ) -> Any:
        """Send exactly this; returns the value, or None where the body is empty."""
        headers = {"Host": "alpha.test", "User-Agent": "TestApp", "Accept": "*/*"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if content_type:
            headers["Content-Type"] = content_type
        headers |= {name.replace("_", "-"): value for name, value in sends.items()}
        wire = tuple((k.encode(), v.encode()) for k, v in headers.items() if v)
        self.answer = await call(self.app, method, path.encode(), headers=wire, body=body)
        kind = self.answer.headers.get("content-type", "")
        value = self.value if self.answer.body and "json" in kind else None
        line = template_of(method, path) if value is not None and self.status == _OK else None
        if line is not None:
            assert_valid(method, line, self.status, value)  # so every answer of every test is
        if value is not None and self.status == _OK:
            assert_as_documented(method, path, value)
        return value

    # ------------------------------------------------------------ OAuth

    async def register(self, redirect_uris: str = REDIRECT_URI, scopes: str = EVERYTHING) -> "App":
        """Register; this app then knows its credentials."""
        made = await self.post(
            "/api/v1/apps",
            {"client_name": "Testapp", "redirect_uris": redirect_uris, "scopes": scopes},
        )
        assert self.status == 200, self.answer.text
        return replace(self, client_id=made["client_id"], client_secret=made["client_secret"])

    def request(self, **changes: Any) -> str:
        """The path of an authorization request; None leaves a parameter out."""
        asked: dict[str, str | None] = {
            "client_id": self.client_id,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": EVERYTHING,
            "state": "st ate",
        }
        sent = {name: value for name, value in (asked | changes).items() if value is not None}
        return f"/oauth/authorize?{urlencode(sent, quote_via=quote)}"

    async def ask(self, person: Browser, answer: str = "allow", **changes: Any) -> str:
        """Ask a person; returns where the browser is sent with the answer."""
        await person.get(self.request(**changes))
        assert person.status == 200, person.text
        form = person.form("^/oauth/authorize$")
        fields = {**form.fields, "do": answer}
        sent = await person.request(
            "POST",
            "/oauth/authorize",
            urlencode(fields).encode(),
            {"Content-Type": "application/x-www-form-urlencoded", "Origin": ORIGIN},
        )
        return sent.headers.get("location", "")

    async def refused_at(self, person: Browser, **changes: Any) -> str:
        """Where the way back leads when the person is not even asked; nobody is sent there."""
        await person.get(self.request(**changes))
        assert person.status == 422, person.text
        link = re.search(r'href="([^"]+)">Go back to the app<', person.text)
        return unescape(link[1]) if link is not None else ""

    async def code_of(self, person: Browser, **changes: Any) -> str:
        """Ask a person, who says yes; returns the code."""
        return values_of(await self.ask(person, **changes))["code"]

    async def exchange(self, code: str, **changes: str) -> Any:
        """Exchange a code for a token; returns the value of the answer."""
        sent = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "redirect_uri": REDIRECT_URI,
            "code": code,
        }
        return await replace(self, token="").forward(self, sent | changes)

    async def forward(self, other: "App", sent: dict[str, str]) -> Any:
        """Ask for a token; the answer is remembered by the other app too."""
        found = await self.post("/oauth/token", sent)
        other.answer = self.answer
        return found

    async def let_in_by(self, person: Browser, scope: str = EVERYTHING) -> "App":
        """Return this app with a token of this person."""
        verifier = "v" * 50
        proof = {"code_challenge": challenge(verifier), "code_challenge_method": "S256"}
        code = values_of(await self.ask(person, scope=scope, **proof))["code"]
        issued = await self.exchange(code, code_verifier=verifier)
        assert self.status == 200, issued
        return replace(self, token=issued["access_token"])


def challenge(verifier: str) -> str:
    """S256 of RFC 7636."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def values_of(location: str) -> dict[str, str]:
    """The query of an address that a browser was sent to."""
    return dict(parse_qsl(urlsplit(location).query))


async def say(app: App, text: str = "Hello", **more: Any) -> Any:
    """Post a status; returns it."""
    made = await app.post("/api/v1/statuses", {"status": text, **more})
    assert app.status == _OK, made
    return made
