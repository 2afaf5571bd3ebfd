"""A person at a browser without JavaScript: reads pages, fills in the forms that stand there."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TypeVar
from urllib.parse import urlsplit

import httpx

T = TypeVar("T")


@dataclass
class Form:
    """A form as it stands in a page: where it goes and what it sends if nothing is typed."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)  # name, value, text

    @property
    def path(self) -> str:
        """Where it goes, without the query."""
        return urlsplit(self.action).path


class _Forms(HTMLParser):
    """Reads the forms of a page, and its buttons that send a form which stands elsewhere.

    Such a button (`form=`, `formaction=`) is a form of its own: all that pressing it sends.
    """

    def __init__(self, elsewhere: dict[str, Form]) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.by_id = dict(elsewhere)
        self._open: Form | None = None
        self._select: str | None = None
        self._textarea: str | None = None
        self._button: list[str] | None = None
        self._sent: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._begin(Form(a.get("action", ""), a.get("method", "get").lower()), a.get("id"))
        elif tag == "button":
            self._sent = self._elsewhere(a) if "form" in a else self._open
            self._button = [a.get("name", ""), a.get("value", ""), ""]
        elif self._open is not None:
            self._field(self._open, tag, a)

    def _begin(self, form: Form, its_id: str | None) -> None:
        self._open = form
        self.forms.append(form)
        if its_id is not None:
            self.by_id[its_id] = form

    def _elsewhere(self, a: dict[str, str]) -> Form:
        owner = self.by_id[a["form"]]
        sent = Form(a.get("formaction", owner.action), owner.method, dict(owner.fields))
        self.forms.append(sent)
        return sent

    def _field(self, form: Form, tag: str, a: dict[str, str]) -> None:
        name = a.get("name", "")
        if tag == "input" and name:
            kind = a.get("type", "text")
            if kind not in ("checkbox", "radio", "file", "submit") or "checked" in a:
                form.fields[name] = a.get("value", "on" if "checked" in a else "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            if "selected" in a or self._select not in form.fields:
                form.fields[self._select] = a.get("value", "")
        elif tag == "textarea" and name:
            self._textarea = name
            form.fields[name] = ""

    def handle_data(self, data: str) -> None:
        if self._open and self._textarea:
            self._open.fields[self._textarea] += data
        if self._button:
            self._button[2] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._textarea = None
        elif tag == "button" and self._sent and self._button:
            name, value, text = self._button
            self._sent.buttons.append((name, value, " ".join(text.split())))
            self._button = None


def forms_of(html: str, page: str = "") -> list[Form]:
    """The forms of a page, or of a part of `page`, in their order."""
    around = _Forms({})
    around.feed(page)
    parser = _Forms(around.by_id)
    parser.feed(html)
    return parser.forms


def articles(html: str) -> list[str]:
    """The posts of a page, in its order, each as its markup."""
    return re.findall(r"<article class=\"post.*?</article>", html, re.DOTALL)


def _article(page: str, text: str) -> str:
    found = [each for each in articles(page) if text in each]
    assert found, f"{text!r} is not in {page}"
    return found[0]


class Person:
    """One browser window: cookies, redirects, forms. `handle` is set by `sign_up`."""

    def __init__(self, server_url: str) -> None:
        self.http = httpx.Client(base_url=server_url, follow_redirects=True, timeout=60)
        self.server_url = server_url
        self.username = ""
        self._composer: Form | None = None

    @property
    def handle(self) -> str:
        return f"@{self.username}@{self.server_url.removeprefix('http://')}"

    def read(self, path: str, *, status: int = 200) -> str:
        answer = self.http.get(path)
        assert answer.status_code == status, f"GET {path}: {answer.status_code}\n{answer.text}"
        return answer.text

    def submit(self, path: str, action: str, **typed: str) -> httpx.Response:
        """Open `path`, fill in the first form whose action matches the pattern, and send it."""
        found = [f for f in forms_of(self.read(path)) if re.search(action, f.path)]
        assert found, f"no form {action!r} on {path}; there are {forms_of(self.read(path))}"
        return self.send(found[0], **typed)

    def send(self, form: Form, **typed: str) -> httpx.Response:
        button = {name: value for name, value, _ in form.buttons[:1] if name}
        answer = self.http.post(form.action, data={**form.fields, **button, **typed})
        assert answer.status_code < 400, f"POST {form.action}: {answer.status_code} {answer.text}"
        return answer

    # ------------------------------------------------------------ what people do here

    def sign_up(self, username: str, password: str = "a fine long password") -> "Person":  # noqa: S107  (a password of a test)
        self.username = username
        self.submit("/sign-up", "sign-up", handle=username, password=password)
        return self

    def write(self, text: str, *, audience: str = "public", note: str = "") -> None:
        more = {"note_on": "1", "note": note} if note else {}
        self.submit("/home", "/compose", text=text, audience=audience, **more)

    def post(self, text: str) -> httpx.Response:
        """Send a post and return the bare answer: 303 is yes. The form is read only once."""
        if self._composer is None:
            (self._composer, *_) = [
                form for form in forms_of(self.read("/home")) if form.action == "/compose"
            ]
        fields = {**self._composer.fields, "text": text, "audience": "public"}
        return self.http.post(self._composer.action, data=fields, follow_redirects=False)

    def follow(self, who: str) -> None:
        """Follow by whatever somebody types: a handle, a link."""
        self.send(Form("/follow", "post", {"csrf": self.csrf()}), who=who)

    def csrf(self) -> str:
        return next(f.fields["csrf"] for f in forms_of(self.read("/settings/sign-in")) if f.fields)

    def on_profile(self, who: str, what: str, do: str = "do") -> None:
        """Press a button of somebody's profile page: follow, block, mute, remove-follower."""
        path = f"/{who}"
        forms = forms_of(self.read(path))
        form = next(f for f in forms if f.action.endswith(f"/{what}"))
        self.send(form, do=do)

    def home(self) -> list[str]:
        return articles(self.read("/home"))

    def article(self, path: str, text: str) -> str:
        """The post on a page that says `text`."""
        return _article(self.read(path), text)

    def press(self, path: str, text: str, what: str) -> None:
        """Press a button under the post that says `text`: boost, favourite, save, pin."""
        page = self.read(path)
        forms = forms_of(_article(page, text), page)
        self.send(next(form for form in forms if form.path.endswith(f"/{what}")))

    def post_path(self, path: str, text: str) -> str:
        """The address of the post's own page."""
        found = re.search(r'<time[^>]*><a [^>]*?href="([^"]+)"', self.article(path, text))
        assert found
        return found[1]

    def reply(self, path: str, text: str, answer: str) -> None:
        page = self.post_path(path, text)
        form = next(f for f in forms_of(self.read(page)) if "reply_to" in f.fields)
        self.send(form, text=answer)

    def edit(self, path: str, text: str, new: str) -> None:
        link = re.search(r'href="(/posts/\d+/edit)"', self.article(path, text))
        assert link
        self.submit(link[1], "/edit", text=new)

    def delete(self, path: str, text: str) -> None:
        link = re.search(r'href="(/posts/\d+/delete)"', self.article(path, text))
        assert link
        self.submit(link[1], "/delete")

    def close(self) -> None:
        self.http.close()


arrivals_s: list[float] = []
"""How long each `eventually` waited; the summary of the run shows them."""


def eventually(look: Callable[[], T], *, within_s: float = 120.0) -> T:
    """Call `look` until it answers something true; fail after `within_s` seconds.

    The promise is one second; the summary of the run says how long it really took. The limit only
    ends a test whose answer never comes: a machine that stands still for seconds makes a delivery
    miss its time, and the next attempt is due later than any promise.
    """
    begun = time.monotonic()
    while True:
        seen = look()
        waited_s = time.monotonic() - begun
        if seen:
            arrivals_s.append(waited_s)
            return seen
        assert waited_s < within_s, f"not within {within_s} s (last seen: {seen!r})"
        time.sleep(0.02)
