"""`Visit`: one request of a person with a browser, read and checked before its handler sees it.

`page` makes a `Route` handler of a page handler `(visit, **values of the path) -> response`: who is
logged in, query and form are read, CSRF is checked, and the scope of the route decides who enters.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from quart import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from instance.errors import NotFound, Unauthenticated
from instance.resources import Instance
from storage.records import Actor
from webapp import forms, security
from webapp.auth import Viewer, client_address, viewer_of_session
from webapp.forms import Fields
from webapp.pages import words
from webapp.routing import Handler

PUBLIC: Final = "public"
SESSION: Final = "session"
ADMIN: Final = "admin"
_SEE_OTHER = 303
_FOUND = 302
_USER_AGENT_LETTERS_MAX = 300


class FormToken:
    """The CSRF token of a page; remembers whether a form took it."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.is_used = False

    def __str__(self) -> str:
        self.is_used = True
        return security.csrf_token(self.secret)


@dataclass(frozen=True, slots=True)
class Visit:
    """What a page handler is given. `session_token` is the cookie, '' for nobody."""

    instance: Instance
    viewer: Viewer | None
    path: str
    full_path: str
    query: Fields
    form: Fields
    csrf: FormToken
    session_token: str
    address: str
    user_agent: str
    accept: str
    language: str
    is_htmx: bool

    @property
    def me(self) -> Viewer:
        """Who is logged in, on a page that needs it."""
        if self.viewer is None:
            raise Unauthenticated("Please log in first.")
        return self.viewer

    @property
    def reader(self) -> Actor | None:
        """As whom the person reads; None for a stranger."""
        return self.viewer.actor if self.viewer else None

    def back(self, default: str) -> str:
        """Where the person came from, as the form says; only on this server."""
        return security.local_path(self.form.get("back", ""), default)


PageHandler = Callable[..., Awaitable[Response]]


def page(handler: PageHandler, scope: str) -> Handler:
    """Make a route's handler of a page's handler."""

    async def answer(instance: Instance, **values: str) -> Response:
        visit = await open_visit(instance, scope)
        if visit.viewer is None and scope != PUBLIC:
            return redirect(f"/log-in?next={quote(visit.full_path, safe='')}")
        if scope == ADMIN and not visit.me.is_admin:
            raise NotFound("There is nothing at this address.")
        return await handler(visit, **values)

    return answer


async def open_visit(instance: Instance, scope: str = PUBLIC) -> Visit:
    """Read the request that is being answered; refuses forms that are not ours."""
    settings = instance.settings
    token = request.cookies.get(security.session_cookie_name(settings), "")
    viewer = await viewer_of_session(instance, token)
    visitor = request.cookies.get(security.visitor_cookie_name(settings), "")
    secret = token if viewer is not None else visitor
    form = Fields()
    if request.method == "POST":
        if viewer is None and scope != PUBLIC:
            raise Unauthenticated("Please log in first; nothing was done.")
        form = await _read_form()
        _check_is_ours(secret, form)
    if not security.is_secret(secret):
        secret = security.new_visitor()
    query = forms.read_query(request.query_string)
    peer = request.scope.get("client") or ("", 0)
    return Visit(
        instance=instance,
        viewer=viewer,
        path=quote(request.path, safe="/@:~+,;=!$&'()*"),
        full_path=_full_path(),
        query=query,
        form=form,
        csrf=FormToken(secret),
        session_token=token,
        address=client_address(settings, peer[0], request.headers.get("X-Forwarded-For", "")),
        user_agent=request.headers.get("User-Agent", "")[:_USER_AGENT_LETTERS_MAX],
        accept=request.headers.get("Accept", ""),
        language=words.preferred_language(request.headers.get("Accept-Language", "")),
        is_htmx=request.headers.get("HX-Request") == "true",
    )


def redirect(path: str) -> Response:
    """Send the browser on to a path of ours, by GET."""
    return Response("", status=_SEE_OTHER, headers={"Location": security.local_path(path, "/")})


def said(path: str, note: str) -> str:
    """Return a path of ours with a note (a key of the notes) to be shown there."""
    path, hash_sign, anchor = path.partition("#")
    base, _, query = path.partition("?")
    kept = [part for part in query.split("&") if part and not part.startswith("said=")]
    return f"{base}?{'&'.join([*kept, f'said={note}'])}{hash_sign}{anchor}"


def see_id(uri: str) -> Response:
    """Send a server on to the id of the object that a page of ours shows."""
    headers = {"Location": uri, "Vary": "Accept", "Cache-Control": "no-cache"}
    return Response("", status=_FOUND, headers=headers)


async def _read_form() -> Fields:
    body = await request.get_data(cache=False, as_text=False, parse_form_data=False)
    if request.content_length is not None and request.content_length > len(body):
        raise RequestEntityTooLarge("The form did not arrive completely.")
    return forms.read_body(request.headers.get("Content-Type", ""), body)


def _check_is_ours(secret: str, form: Fields) -> None:
    security.check_origin(
        site=request.headers.get("Sec-Fetch-Site", ""),
        origin=request.headers.get("Origin", ""),
        host=request.headers.get("Host", ""),
    )
    security.check_form(secret, form.get(security.CSRF_FIELD, ""))


def _full_path() -> str:
    path = quote(request.path, safe="/@:~+,;=!$&'()*")
    query = request.query_string.decode("ascii", errors="ignore")
    return f"{path}?{query}" if query else path
