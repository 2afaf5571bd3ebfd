"""Every expected failure, named by what the caller can do about it.

    Failure                     expected; shown to people by `public`, logged with `detail`
    ├─ Invalid            422   the input is wrong: change it (field -> reason)
    ├─ Unauthenticated    401   say who you are
    ├─ Forbidden          403   you may not
    ├─ NotFound           404   nothing here for you
    │  └─ Gone            410   it was here and is deleted (tombstone)
    ├─ Conflict           409   already so, or somebody was faster
    ├─ TooMany            429   come back after `retry_after_s`
    ├─ Unavailable        503   we cannot do this now: the disk is full, the database is away
    ├─ Misconfigured            the operator must change a setting; the start stops with one line
    └─ RemoteFailure            another server is the cause
       ├─ RemoteUnreachable 503 try later            -> a job is retried with back-off
       ├─ RemoteRefused     502 it said no           -> a job ends
       └─ RemoteNonsense    502 unacceptable answer  -> a job ends, a sample is kept

Anything else that is raised is a bug. Only two tables use this tree: `webapp/errors.py` (class ->
status) and `instance/worker.py` (class -> retry, end, bury).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Failure(Exception):  # noqa: N818 - the names of the tree say what the caller can do
    """An expected failure. `public` may be shown to anybody, `detail` goes to the log alone."""

    def __init__(self, public: str, *, detail: str = "") -> None:
        super().__init__(public)
        self.public = public
        self.detail = detail or public


class Invalid(Failure):
    """The input is wrong. `fields` names each wrong field and what to change about it.

    `codes` say for programs what is wrong with a field, where that is more than "invalid".
    """

    def __init__(
        self,
        public: str,
        *,
        fields: Mapping[str, str] | None = None,
        codes: Mapping[str, str] | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(public, detail=detail)
        self.fields = dict(fields or {})
        self.codes = dict(codes or {})


@contextmanager
def noted(wrong: dict[str, str]) -> Iterator[None]:
    """Note the fields that are found wrong within, and go on: all are told at once."""
    try:
        yield
    except Invalid as invalid:
        wrong |= invalid.fields


class Unauthenticated(Failure):
    """Nobody said, in a way we can check, who is asking."""


class Forbidden(Failure):
    """Known, and not allowed. What is hidden answers `NotFound` instead."""


class NotFound(Failure):
    """Nothing here for you: it does not exist, or you may not know that it does."""


class Gone(NotFound):
    """It was here and is deleted."""


class Conflict(Failure):
    """It is so already, or somebody was faster."""


class TooMany(Failure):
    """Too often. Come back after `retry_after_s` seconds."""

    def __init__(self, public: str, *, retry_after_s: int, detail: str = "") -> None:
        super().__init__(public, detail=detail)
        self.retry_after_s = retry_after_s


class Unavailable(Failure):
    """We cannot do this now; nothing was changed. Come back after `retry_after_s` seconds."""

    def __init__(self, public: str, *, retry_after_s: int = 30, detail: str = "") -> None:
        super().__init__(public, detail=detail)
        self.retry_after_s = retry_after_s


class Misconfigured(Failure):
    """A setting or the machine is wrong; `public` names the command or setting that mends it."""


class RemoteFailure(Failure):
    """Another server is the cause. `status` is its HTTP status, where it gave one."""

    def __init__(self, public: str, *, status: int | None = None, detail: str = "") -> None:
        super().__init__(public, detail=detail)
        self.status = status


class RemoteUnreachable(RemoteFailure):
    """No usable answer now (network, 5xx, 408, 429): try later, after `retry_after_s` if given."""

    def __init__(
        self,
        public: str,
        *,
        status: int | None = None,
        retry_after_s: int | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(public, status=status, detail=detail)
        self.retry_after_s = retry_after_s


class RemoteRefused(RemoteFailure):
    """The other server understood and said no (4xx), or our own rules refuse its address."""


class RemoteNonsense(RemoteFailure):
    """The other server answered what nobody should accept: wrong type, wrong id, not JSON."""
