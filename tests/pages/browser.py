"""A browser for tests: cookies, forms and redirects against the ASGI application, no network."""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from tests.asgi import Answer, call
from tests.processes.people import Form, forms_of

ORIGIN = "https://alpha.test"
REDIRECTS_MAX = 5


@dataclass
class Browser:
    """One person's window. Headers are what Chromium sends; `sends` replaces or adds some."""

    app: Any
    cookies: dict[str, str] = field(default_factory=dict)
    path: str = "/"
    answer: Answer = field(default_factory=lambda: Answer(0, {}, b""))
    set_cookies: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.answer.text

    @property
    def status(self) -> int:
        return self.answer.status

    async def request(
        self, method: str, path: str, body: bytes = b"", sends: dict[str, str] | None = None
    ) -> Answer:
        headers = {"Host": "alpha.test", "Accept": "text/html,*/*;q=0.8", "User-Agent": "Test"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers |= sends or {}
        wire = tuple((k.encode(), v.encode()) for k, v in headers.items() if v)
        self.set_cookies = []
        self.answer = await call(
            self._remembering(), method, path.encode(), headers=wire, body=body
        )
        self.path = path
        return self.answer

    async def get(self, path: str, **sends: str) -> Answer:
        """Open a page and follow where it leads."""
        answer = await self.request("GET", path, sends=sends)
        return await self._follow(answer)

    async def post(self, path: str, fields: dict[str, str], **sends: str) -> Answer:
        """Send a form as a browser would, and follow where the answer leads."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": ORIGIN,
            "Sec-Fetch-Site": "same-origin",
            **{name.replace("_", "-"): value for name, value in sends.items()},
        }
        answer = await self.request("POST", path, urlencode(fields).encode(), headers)
        return await self._follow(answer)

    def form(self, action: str) -> Form:
        """The first form of the page whose path matches a pattern."""
        found = [each for each in forms_of(self.text) if re.search(action, each.path)]
        assert found, f"no form {action!r} on {self.path}: {forms_of(self.text)}"
        return found[0]

    async def submit(self, action: str, **typed: str) -> Answer:
        """Fill in a form of the page at hand and press its first button."""
        form = self.form(action)
        button = {name: value for name, value, _ in form.buttons[:1] if name}
        return await self.post(form.action, {**form.fields, **button, **typed})

    async def send_files(self, action: str, files: dict[str, bytes], **typed: str) -> Answer:
        """Fill in a form with files."""
        form, boundary = self.form(action), "xxBOUNDARYxx"
        parts = b""
        for name, value in {**form.fields, **typed}.items():
            parts += (
                f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
            )
            parts += value.encode() + b"\r\n"
        for name, data in files.items():
            parts += (
                f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="x.png"'
                "\r\nContent-Type: image/png\r\n\r\n"
            ).encode()
            parts += data + b"\r\n"
        parts += f"--{boundary}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Origin": ORIGIN}
        return await self._follow(await self.request("POST", form.action, parts, kind))

    async def sign_up(self, name: str, password: str = "a fine long password") -> "Browser":  # noqa: S107 - of a test
        await self.get("/sign-up")
        await self.submit("/sign-up", handle=name, password=password)
        assert self.path == "/home", (self.path, self.status, self.text)
        return self

    async def write(self, text: str, **typed: str) -> str:
        """Publish a post from the home page; returns its path."""
        await self.get("/home")
        await self.submit("/compose", text=text, **typed)
        assert self.status == 200, self.text
        found = re.findall(r'href="(/@[^"/]+/\d+)"', self.text)
        return str(found[0])

    async def _follow(self, answer: Answer) -> Answer:
        for _ in range(REDIRECTS_MAX):
            if answer.status not in (302, 303):
                return answer
            target = answer.headers["location"]
            assert target.startswith("/"), target
            assert not target.startswith("//"), target
            parts = urlsplit(target)
            path = quote(parts.path, safe="/@%:") + (f"?{parts.query}" if parts.query else "")
            answer = await self.request("GET", path)
        raise AssertionError("too many redirects")

    def _remembering(self) -> Any:
        """The application, and a memory of the cookies it sets."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            async def seen(message: Any) -> None:
                if message["type"] == "http.response.start":
                    for name, value in message["headers"]:
                        if name.lower() == b"set-cookie":
                            self._remember(value.decode())
                await send(message)

            await self.app(scope, receive, seen)

        return app

    def _remember(self, line: str) -> None:
        self.set_cookies.append(line)
        name, _, rest = line.partition("=")
        value = rest.partition(";")[0]
        if "max-age=0" in line.lower() or not value:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value
