"""`Visit`: one request of a person with a browser, read and checked before its handler sees it.

`page` makes a `Route` handler of a page handler `(visit, **values of the path) -> response`: who is
logged in, query and form are read, CSRF is checked, and the scope of the route decides who enters.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

from werkzeug.exceptions import RequestEntityTooLarge

from instance.errors import NotFound, Unauthenticated
from instance.resources import Instance
from instance.settings import Settings
from posts import files
from storage.records import Actor
from transfers import lists, post_archives
from users import login
from users.login import ShutOut
from webapp import forms, languages, security
from webapp.asking import Answer, Asked
from webapp.auth import Viewer, viewer_of_session
from webapp.forms import Fields
from webapp.routing import PlainHandler

PUBLIC: Final = "public"
SESSION: Final = "session"
SHUT_OUT: Final = "shut out"
ADMIN: Final = "admin"
MODERATOR: Final = "moderator"
SHUT_OUT_PATH: Final = "/suspended"
UPLOAD_PATH: Final = "/settings/profile"
COMPOSE_PATH: Final = "/compose"
_EDIT_PATH: Final = re.compile(r"/posts/[0-9]{1,19}/edit")
IMPORT_PATH: Final = "/settings/data/import"
PICTURES_PER_FORM: Final = 2
BODY_TIMEOUT_S: Final = 60.0
_HTML = ("Content-Type", "text/html; charset=utf-8")
_SEE_OTHER = 303
_FOUND = 302
_USER_AGENT_LETTERS_MAX = 300


class FormToken:
    """The CSRF token of a page; remembers whether a form took it."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.is_used = False
        self._token = ""

    def __str__(self) -> str:
        self.is_used = True
        self._token = self._token or security.csrf_token(self.secret)
        return self._token


@dataclass(frozen=True, slots=True)
class Visit:
    """What a page handler is given. `session_token` is the cookie, '' for nobody."""

    instance: Instance
    asked: Asked
    viewer: Viewer | None
    path: str
    query: Fields
    form: Fields
    csrf: FormToken
    session_token: str
    shut_out: ShutOut | None = None
    """Who is suspended and logged in, on the page for them and no other (B13)."""
    is_late: bool = False
    """The form was opened in another session, or in one that is over (`late.py`)."""

    @property
    def full_path(self) -> str:
        """The path with its query, as a link to here."""
        query = self.asked.query_string.decode("ascii", errors="ignore")
        return f"{self.path}?{query}" if query else self.path

    @property
    def address(self) -> str:
        """Where the request comes from, as far as proxies are trusted (AU-18)."""
        return self.asked.address(self.instance.settings)

    @property
    def user_agent(self) -> str:
        """What the browser calls itself."""
        return self.asked.header("user-agent")[:_USER_AGENT_LETTERS_MAX]

    @property
    def accept(self) -> str:
        """Which kinds of answers are wanted."""
        return self.asked.header("accept")

    @property
    def language(self) -> str:
        """Which language the browser speaks."""
        return languages.preferred(self.asked.header("accept-language"))

    @property
    def is_htmx(self) -> bool:
        """Whether a part of a page is asked for."""
        return self.asked.header("hx-request") == "true"

    @property
    def me(self) -> Viewer:
        """Who is logged in, on a page that needs it."""
        if self.viewer is None:
            raise Unauthenticated("Please log in first.")
        return self.viewer

    @property
    def outside(self) -> ShutOut:
        """Who is suspended, on the page that tells them so."""
        if self.shut_out is None:
            raise Unauthenticated("Please log in first.")
        return self.shut_out

    @property
    def reader(self) -> Actor | None:
        """As whom the person reads; None for a stranger."""
        return self.viewer.actor if self.viewer else None

    def for_nobody(self) -> "Visit":
        """The same visit by a stranger: what is shown in frames of other sites is nobody's."""
        return replace(self, viewer=None)

    def back(self, default: str) -> str:
        """Where the person came from, as the form says; only on this server."""
        return security.local_path(self.form.get("back", ""), default)


PageHandler = Callable[..., Awaitable[Answer]]


def page(handler: PageHandler, scope: str, *, late: PageHandler | None = None) -> PlainHandler:
    """Make a route's handler of a page's handler; `late` is given forms that come too late."""

    async def answer(instance: Instance, asked: Asked, **values: str) -> Answer:
        visit = await open_visit(instance, asked, scope, takes_late=late is not None)
        if late is not None and visit.is_late:
            return await late(visit, **values)
        if scope == SHUT_OUT:
            return await handler(visit, **values) if visit.shut_out else redirect("/home")
        if visit.viewer is None and scope != PUBLIC:
            return await _to_the_door(visit)
        if (scope == ADMIN and not visit.me.is_admin) or (
            scope == MODERATOR and not visit.me.is_moderator
        ):
            raise NotFound("There is nothing at this address.")
        return await handler(visit, **values)

    return answer


async def _to_the_door(visit: Visit) -> Answer:
    """Where somebody is sent who may not see this page: to the log-in, or told why (B13)."""
    if await login.shut_out(visit.instance, visit.session_token) is not None:
        return redirect(SHUT_OUT_PATH)
    return redirect(f"/log-in?next={quote(visit.full_path, safe='')}")


async def open_visit(
    instance: Instance,
    asked: Asked,
    scope: str = PUBLIC,
    *,
    takes_late: bool = False,
    is_signed: bool = False,
) -> Visit:
    """Read a request; refuses forms that are not ours, but for those that may come too late.

    One that `is_signed` is allowed by its address: programs send it, and their form says nothing.
    """
    settings = instance.settings
    token = asked.cookie(security.session_cookie_name(settings))
    viewer = await viewer_of_session(instance, token)
    out = await login.shut_out(instance, token) if scope == SHUT_OUT else None
    visitor = asked.cookie(security.visitor_cookie_name(settings))
    secret = token if viewer is not None or out is not None else visitor
    form, is_late = Fields(), False
    if is_signed:
        await _read_form(asked, settings, takes_files=False)
    elif asked.method == "POST":
        if viewer is None and out is None and scope != PUBLIC and not takes_late:
            raise Unauthenticated("Please log in first; nothing was done.")
        form = await _read_form(asked, settings, takes_files=viewer is not None)
        security.check_origin(
            site=asked.header("sec-fetch-site"),
            origin=asked.header("origin"),
            host=asked.header("host"),
        )
        sent = form.get(security.CSRF_FIELD, "")
        is_late = takes_late and security.is_other_token(secret if viewer else "", sent)
        if not is_late:
            security.check_form(secret, sent)
    if not security.is_secret(secret):
        secret = security.new_visitor()
    return Visit(
        instance=instance,
        asked=asked,
        viewer=viewer,
        path=quote(asked.path, safe="/@:~+,;=!$&'()*"),
        query=forms.read_query(asked.query_string),
        form=form,
        csrf=FormToken(secret),
        session_token=token,
        shut_out=out,
        is_late=is_late,
    )


def redirect(path: str, *headers: tuple[str, str]) -> Answer:
    """Send the browser on to a path of ours, by GET."""
    return Answer(_SEE_OTHER, [_HTML, ("Location", security.local_path(path, "/")), *headers])


def said(path: str, note: str) -> str:
    """Return a path of ours with a note (a key of the notes) to be shown there."""
    path, hash_sign, anchor = path.partition("#")
    base, _, query = path.partition("?")
    kept = [part for part in query.split("&") if part and not part.startswith("said=")]
    return f"{base}?{'&'.join([*kept, f'said={note}'])}{hash_sign}{anchor}"


def see_id(uri: str) -> Answer:
    """Send a server on to the id of the object that a page of ours shows."""
    headers = [_HTML, ("Location", uri), ("Vary", "Accept"), ("Cache-Control", "no-cache")]
    return Answer(_FOUND, headers)


async def _read_form(asked: Asked, settings: Settings, *, takes_files: bool) -> Fields:
    bytes_max = settings.limits.form_body_bytes_max
    if takes_files:
        bytes_max = _form_bytes_max(asked, settings)
    body = await asked.body(bytes_max, BODY_TIMEOUT_S)
    if asked.content_length is not None and asked.content_length > len(body):
        raise RequestEntityTooLarge("The form did not arrive completely.")
    return forms.read_body(asked.header("content-type"), body)


def _form_bytes_max(asked: Asked, settings: Settings) -> int:
    """How large a form may be: with files as large as they are taken there, else of words alone."""
    limits, path = settings.limits, asked.path
    if not asked.header("content-type").lower().startswith("multipart/"):
        return limits.form_body_bytes_max
    files_bytes_max = 0
    if path == UPLOAD_PATH:
        files_bytes_max = PICTURES_PER_FORM * limits.upload_bytes_max
    elif path == COMPOSE_PATH or _EDIT_PATH.fullmatch(path):
        pictures_bytes_max = files.PER_POST_MAX * limits.upload_bytes_max
        files_bytes_max = max(pictures_bytes_max, settings.media.film_bytes_max)
    elif path == IMPORT_PATH:
        files_bytes_max = max(lists.BYTES_MAX, post_archives.BYTES_MAX)
    return limits.form_body_bytes_max + files_bytes_max
