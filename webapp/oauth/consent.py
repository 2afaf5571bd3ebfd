"""GET and POST /oauth/authorize: a person is asked whether an app may come in."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

from storage.records import OauthApp
from users import apps, grants
from users.grants import Asked, AuthorizationRequest, SendBack
from webapp import security
from webapp.asking import Answer
from webapp.errors import of_failure
from webapp.forms import Fields
from webapp.pages import presenting
from webapp.pages.permissions import sentences
from webapp.pages.visit import Visit, redirect

_SEE_OTHER = 303
_PARAMETERS = (
    *("client_id", "redirect_uri", "response_type", "scope", "state"),
    *("code_challenge", "code_challenge_method"),
)


async def ask(visit: Visit) -> Answer:
    """GET /oauth/authorize (RFC 6749, section 4.1.1): shows who asks for what. Changes nothing."""
    query = visit.query
    if query.get("force_login") in ("true", "1"):
        rest = urlencode({name: query[name] for name in _PARAMETERS if name in query})
        return redirect(f"/log-in?again=1&next={quote(f'/oauth/authorize?{rest}', safe='')}")
    try:
        request = await grants.read_request(_asked(query))
    except SendBack as refused:
        return await _refused(visit, refused)
    page = await presenting.page(
        visit,
        "authorize.html",
        app=request.app,
        app_place=_place(request.app, request.redirect_uri),
        sentences=sentences(request.scopes),
        sent={name: query[name] for name in _PARAMETERS if name in query},
    )
    return _with_forms_to(visit, page, request.redirect_uri)


async def decide(visit: Visit) -> Answer:
    """POST /oauth/authorize: yes or no; AU-13: a click each time, in a form of ours."""
    try:
        request = await grants.read_request(_asked(visit.form))
    except SendBack as refused:
        return await _refused(visit, refused)
    if visit.form.get("do") != "allow":
        return _answer(visit, request, {"error": "access_denied"})
    code = await grants.grant(visit.instance, visit.me.user, request)
    if request.redirect_uri == apps.OUT_OF_BAND:
        return await presenting.page(visit, "authorize_code.html", app=request.app, code=code)
    return _answer(visit, request, {"code": code})


def _asked(fields: Fields) -> Asked:
    return Asked(
        client_id=fields.get("client_id", ""),
        redirect_uri=fields.get("redirect_uri", ""),
        response_type=fields.get("response_type", ""),
        scope=fields.get("scope", ""),
        state=fields.get("state"),
        code_challenge=fields.get("code_challenge"),
        code_challenge_method=fields.get("code_challenge_method"),
    )


def _answer(visit: Visit, request: AuthorizationRequest, values: Mapping[str, str]) -> Answer:
    """Send the browser to the app with what the person answered."""
    if request.redirect_uri == apps.OUT_OF_BAND:
        return redirect("/home")
    location = _way_back(visit, request.redirect_uri, values, request.state)
    headers = [("Location", location), ("Cache-Control", "no-store"), ("Content-Type", "text/html")]
    return Answer(_SEE_OTHER, headers)


async def _refused(visit: Visit, refused: SendBack) -> Answer:
    """Say that an app asked wrongly, with a link that tells the app.

    Anybody registers an app that leads anywhere: nobody is sent on without a click of theirs
    (RFC 9700, section 4.11.2).
    """
    if refused.redirect_uri == apps.OUT_OF_BAND:
        raise refused
    sent = {"error": refused.code, "error_description": refused.public}
    mistake = of_failure(refused)
    return await presenting.page(
        visit,
        "plain.html",
        status=mistake.status,
        title="This app asked in a wrong way",
        lines=(mistake.words, "Nothing was granted."),
        action="",
        link_path=_way_back(visit, refused.redirect_uri, sent, refused.state),
        link_words="Go back to the app",
    )


def _way_back(visit: Visit, redirect_uri: str, values: Mapping[str, str], state: str | None) -> str:
    """Return a checked URI with more in its query (RFC 6749, section 3.1.2).

    `iss` says who answers, also when it refuses (AU-25; RFC 9207, section 2).
    """
    sent = {**values, "iss": f"{visit.instance.settings.base_url}/"}
    if state is not None:
        sent["state"] = state
    joint = "&" if "?" in redirect_uri else "?"
    return f"{redirect_uri}{joint}{urlencode(sent)}"


def _with_forms_to(visit: Visit, page: Answer, redirect_uri: str) -> Answer:
    """Browsers hold the redirect after a form to `form-action` too: the app's place is let in."""
    policy = security.content_security_policy(
        visit.instance.settings, forms_lead_to=_source(redirect_uri)
    )
    return Answer(page.status, [*page.headers, ("Content-Security-Policy", policy)], page.body)


def _source(uri: str) -> str:
    """Return a CSP source for where a URI leads: its origin, or the scheme of an app."""
    parts = urlsplit(uri)
    if uri == apps.OUT_OF_BAND:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"


def _place(app: OauthApp, redirect_uri: str) -> str:
    """Return where the person is led, so that a borrowed name is seen through."""
    parts = urlsplit(redirect_uri)
    if parts.scheme in ("http", "https"):
        return parts.netloc
    return urlsplit(app.website).netloc if app.website else ""
