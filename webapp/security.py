"""CSP and the other headers, cookies, CSRF, redirects: what a browser is told and must show us.

CSRF: each form carries an HMAC of a cookie that only we can set and no script can read (the session
cookie, or before log-in the visitor cookie); and what the browser says about the origin of the
request (Fetch Metadata, Origin) must be our own.
"""

import hashlib
import hmac
import re
import secrets
from urllib.parse import quote, urlsplit

from werkzeug.http import dump_cookie

from instance.errors import Forbidden
from instance.settings import Settings

SESSION_COOKIE_AGE_S = 60 * 60 * 24 * 365
VISITOR_COOKIE_AGE_S = 60 * 60 * 24
CSRF_FIELD = "csrf"
_SECRET = re.compile(r"[A-Za-z0-9_-]{20,100}")
_TOKEN = re.compile(r"[0-9a-f]{64}")
_LOCAL = re.compile(r"/(?![/\\])[^\x00-\x20\\\x7f]*")
_PATH_LETTERS_MAX = 2000
_NOWHERE = "'none'"


# ---------------------------------------------------------------- headers


def content_security_policy(
    settings: Settings, *, forms_lead_to: str = "", is_embedded: bool = False
) -> str:
    """HX-7. Pictures and films are ours, or copies that we keep (B65), perhaps in a bucket.

    `forms_lead_to` is one source more that the answer to a form of the page may redirect to. A page
    that `is_embedded` may stand in frames of other sites: it has no forms and no scripts.
    """
    files = f"'self'{_bucket(settings)}"
    forms = f"'self' {forms_lead_to}" if forms_lead_to else "'self'"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'none'" if is_embedded else "script-src 'self'",
            "style-src 'self'",
            f"img-src {files}",
            f"media-src {files}",
            "font-src 'none'",
            "connect-src 'self'",
            "manifest-src 'self'",
            f"frame-ancestors {'*' if is_embedded else _NOWHERE}",
            "base-uri 'none'",
            f"form-action {_NOWHERE if is_embedded else forms}",
            "object-src 'none'",
        )
    )


def _bucket(settings: Settings) -> str:
    """Where browsers are sent on to for our files, as a source."""
    parts = urlsplit(settings.media.public_url)
    return f" {parts.scheme}://{parts.netloc}" if settings.media.public_url else ""


def headers(settings: Settings) -> dict[str, str]:
    """HX-7, HX-8, AU-26: what every answer carries, unless its route knows better."""
    found = {
        "Content-Security-Policy": content_security_policy(settings),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": (
            "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), "
            "microphone=(), payment=(), usb=(), browsing-topics=()"
        ),
    }
    if settings.scheme == "https":
        found["Strict-Transport-Security"] = "max-age=31536000"
    return found


# ---------------------------------------------------------------- cookies


def session_cookie_name(settings: Settings) -> str:
    """AU-9: `__Host-` wants Secure, which plain http (localhost, test nets) cannot give."""
    return "__Host-session" if settings.scheme == "https" else "session"


def others_cookie_name(settings: Settings) -> str:
    """The cookie that holds the sessions of other accounts in this browser (B10)."""
    return "__Host-others" if settings.scheme == "https" else "others"


def visitor_cookie_name(settings: Settings) -> str:
    """The cookie that binds the forms of somebody who is not logged in."""
    return "__Host-visitor" if settings.scheme == "https" else "visitor"


def cookie(settings: Settings, name: str, value: str, *, max_age_s: int) -> tuple[str, str]:
    """AU-9: the header of one of our cookies: for this host alone, not for scripts or others."""
    written = dump_cookie(
        name,
        value,
        max_age=max_age_s,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=settings.scheme == "https",
    )
    return "Set-Cookie", written


# ---------------------------------------------------------------- CSRF


def new_visitor() -> str:
    """A value for the visitor cookie."""
    return secrets.token_urlsafe(24)


def is_secret(text: str) -> bool:
    """Whether a cookie looks like one of ours."""
    return _SECRET.fullmatch(text) is not None


def csrf_token(secret: str) -> str:
    """The token of all forms that are shown under this cookie."""
    return hmac.new(secret.encode(), b"kittiwake form", hashlib.sha256).hexdigest()


def check_form(secret: str, token: str) -> None:
    """AU-13: Forbidden unless the form was one of ours, shown to this browser."""
    sent = token.encode("utf-8", errors="replace")
    if not is_secret(secret) or not hmac.compare_digest(csrf_token(secret).encode(), sent):
        raise Forbidden(
            "This form is too old, or did not come from this server. "
            "Go back, load the page again and send it once more.",
            detail="CSRF token missing or wrong",
        )


def is_other_token(secret: str, token: str) -> bool:
    """Whether a form has the token of another cookie than `secret`: it may be ours and too old."""
    return _TOKEN.fullmatch(token) is not None and not (
        is_secret(secret) and hmac.compare_digest(csrf_token(secret), token)
    )


def check_origin(*, site: str, origin: str, host: str) -> None:
    """AU-13: Forbidden when the browser says that another site sent the form.

    `site` is Sec-Fetch-Site, which no page can forge; where a browser does not send it, the host of
    `origin` must be the one the request went to. Neither is sent by programs: the token remains.
    """
    if site:
        is_ours = site in ("same-origin", "none")
    else:
        is_ours = not origin or _host_of(origin) == host.lower()
    if not is_ours:
        raise Forbidden(
            "This form was sent by another site, so nothing was done.",
            detail=f"cross-site form: Sec-Fetch-Site {site!r}, Origin {origin!r}",
        )


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None


# ---------------------------------------------------------------- redirects


def local_path(text: str, default: str) -> str:
    """AU-27: `text` when it is a path on this server, else `default`."""
    if len(text) > _PATH_LETTERS_MAX or not _LOCAL.fullmatch(text):
        return default
    return quote(text, safe="/?&=#%@:;,+~!$'()*[]")
