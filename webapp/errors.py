"""The one table: error class -> status and words. Pure; `app.py` answers with it.

People get a page, programs a problem document (RFC 9457). Nobody gets a traceback: what is a bug is
written to the log under a short reference, and the reference is shown (OP-3, OP-11).
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from werkzeug.exceptions import HTTPException

from instance import errors

_STATUS: tuple[tuple[type[errors.Failure], int], ...] = (  # the narrower class first
    (errors.Invalid, 422),
    (errors.Unauthenticated, 401),
    (errors.Forbidden, 403),
    (errors.Gone, 410),
    (errors.NotFound, 404),
    (errors.Conflict, 409),
    (errors.TooMany, 429),
    (errors.Unavailable, 503),
    (errors.RemoteUnreachable, 503),
    (errors.RemoteFailure, 502),
    (errors.Misconfigured, 500),
)

_TITLES: Mapping[int, str] = {
    400: "This request cannot be read",
    401: "Please log in first",
    403: "This is for someone else\u2019s eyes",
    404: "There is nothing here, or not any more",
    405: "This address does not do that",
    409: "Somebody was faster",
    410: "Deleted by its author",
    413: "That is too big",
    414: "This address is too long",
    415: "This kind of thing cannot be read here",
    422: "Something has to be changed",
    429: "A bit much at once",
    500: "We broke something",
    502: "The other server gave no useful answer",
    503: "Back in a moment",
}

_WORDS: Mapping[int, str] = {
    404: (
        "It may have been deleted by its author, or it may be for someone else\u2019s eyes. "
        "We cannot tell which, on purpose."
    ),
    405: "The page exists, but not for this kind of request.",
    410: "Its author took it back.",
    413: "The server takes less than that at once.",
}

# When to come back, where an answer does not say it better.
WAIT_S: Mapping[int, int] = {429: 60, 503: 30}

_SERVER_ERROR = 500
_TOO_BIG = 413
_TWO_MINUTES_S = 120


class SignatureWanted(errors.Unauthenticated):
    """Another server must sign its request; `headers` say how."""

    def __init__(self, public: str, *, headers: Mapping[str, str], detail: str = "") -> None:
        super().__init__(public, detail=detail)
        self.headers = headers


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is told about an error. `fields` are the wrong fields and what to change."""

    status: int
    title: str
    words: str
    fields: Mapping[str, str] = field(default_factory=dict)
    retry_after_s: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def status_words(self) -> str:
        """The name of the status in small letters."""
        try:
            return HTTPStatus(self.status).phrase.lower()
        except ValueError:
            return "error"

    @property
    def all_headers(self) -> dict[str, str]:
        """The headers of the answer."""
        found = dict(self.headers)
        if self.retry_after_s is not None:
            found["Retry-After"] = str(self.retry_after_s)
        return found

    def problem(self) -> dict[str, object]:
        """The problem document (RFC 9457); `error` as the client API has it."""
        found: dict[str, object] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.words,
            "error": self.words,
        }
        if self.fields:
            found["fields"] = dict(self.fields)
        return found


def status_of(failure: errors.Failure) -> int:
    """Return the HTTP status of an expected failure."""
    return next((status for kind, status in _STATUS if isinstance(failure, kind)), _SERVER_ERROR)


def of_failure(failure: errors.Failure) -> Mistake:
    """Return what is told about an expected failure: its `public`, never its `detail`."""
    status = status_of(failure)
    wait = getattr(failure, "retry_after_s", None)
    fields = failure.fields if isinstance(failure, errors.Invalid) else {}
    words = failure.public
    if isinstance(failure, errors.TooMany):
        words = f"{words} Try again in {_duration(failure.retry_after_s)}."
    headers = failure.headers if isinstance(failure, SignatureWanted) else {}
    return Mistake(status, _title(status), words, fields, wait, headers)


def of_http(error: HTTPException) -> Mistake:
    """Return what is told about an error of the framework."""
    status = error.code or _SERVER_ERROR
    default = type(error).description
    own = error.description if error.description != default else None
    words = own or _WORDS.get(status) or "The server could not make sense of it."
    headers = {
        name: value
        for name, value in error.get_headers()
        if name.lower() in ("allow", "retry-after")
    }
    return Mistake(status, _title(status), words, headers=headers)


def of_size(sent_bytes: int | None, bytes_max: int) -> Mistake:
    """Return what is told about a body that is too big, with both numbers."""
    takes = f"the server takes {_megabytes(bytes_max)} at once."
    words = f"This has {_megabytes(sent_bytes)}, {takes}" if sent_bytes else f"Here {takes}"
    return Mistake(_TOO_BIG, _title(_TOO_BIG), words)


def of_bug(reference: str) -> Mistake:
    """Return what is told about a bug: where to find it, nothing else."""
    words = (
        f"It is written down as {reference}; the people who run this server can see it. "
        "Nothing you did was wrong."
    )
    return Mistake(_SERVER_ERROR, _title(_SERVER_ERROR), words)


def new_reference() -> str:
    """Return a short name under which a bug is found in the log, like 7f3a-91."""
    return f"{secrets.token_hex(2)}-{secrets.token_hex(1)}"


def wants_page(path: str, accept: str) -> bool:
    """Whether a person with a browser asks, not a program."""
    if "text/html" in accept:
        return True
    if "json" in accept:
        return False
    machine = ("/api/", "/actors/", "/posts/", "/activities/", "/inbox", "/.well-known/")
    return not path.startswith((*machine, "/nodeinfo", "/oauth/"))


def _duration(seconds: int) -> str:
    if seconds < _TWO_MINUTES_S:
        return f"{seconds} seconds"
    return f"{-(-seconds // 60)} minutes"


def _megabytes(size: int) -> str:
    return f"{size / (1024 * 1024):.1f}".removesuffix(".0") + " MB"


def _title(status: int) -> str:
    return _TITLES.get(status, "That did not work")
