"""The session cookies of a browser: who it acts for, and who else is logged in there (B10).

One cookie holds the session that acts, another those that one may switch to. Each form is bound to
the session that acts (`security.csrf_token`): what one account was shown does nothing as another.
"""

from typing import Final, NamedTuple

from storage.records import Actor, User
from users import login
from users.login import Entered
from webapp import security
from webapp.asking import Answer
from webapp.pages.visit import SHUT_OUT_PATH, Visit, redirect

OTHERS_MAX: Final = 4
_BETWEEN: Final = "."  # in no token


class Other(NamedTuple):
    """Somebody who is logged in, too, and does not act now."""

    token: str
    user: User
    actor: Actor


async def others(visit: Visit) -> list[Other]:
    """Return who else is logged in here, each once; for nobody without a session that acts."""
    if visit.viewer is None:
        return []
    written = visit.asked.cookie(security.others_cookie_name(visit.instance.settings))
    tokens = [each for each in written.split(_BETWEEN)[:OTHERS_MAX] if security.is_secret(each)]
    found: dict[int, Other] = {}
    for token in tokens:
        owned = await login.session(visit.instance, token)
        if owned is not None and owned[1].id != visit.viewer.user.id:
            found.setdefault(owned[1].id, Other(token, owned[1], owned[2]))
    return list(found.values())


async def begin(visit: Visit, entered: Entered, path: str) -> Answer:
    """Let the browser act for who came in; who acted before, and is somebody else, stays.

    Where nobody acted nobody stays: whoever comes to a browser whose person is out begins anew.
    """
    if not login.may_act(entered.user, entered.actor):  # suspended: the others are told nothing
        return redirect(SHUT_OUT_PATH, *_cookies(visit, entered.token, []))
    known = await others(visit)
    if visit.viewer is not None:
        known.insert(0, Other(visit.session_token, visit.viewer.user, visit.viewer.actor))
    kept = [each.token for each in known if each.user.id != entered.user.id]
    return redirect(path, *_cookies(visit, entered.token, kept))


def switch(visit: Visit, wanted: Other, known: list[Other], path: str) -> Answer:
    """Let the browser act for another of its accounts."""
    rest = [each.token for each in known if each.user.id != wanted.user.id]
    return redirect(path, *_cookies(visit, wanted.token, [visit.session_token, *rest]))


def keep(visit: Visit, known: list[Other], path: str) -> Answer:
    """Go on as before, with these beside."""
    kept = [each.token for each in known]
    return redirect(path, *_cookies(visit, visit.session_token, kept))


async def end(visit: Visit, path: str, *, next_path: str = "") -> Answer:
    """Take away the session that acts; the next account acts, at `next_path`, if there is one."""
    known = await others(visit) if next_path else []
    if known:
        rest = [each.token for each in known[1:]]
        return redirect(next_path, *_cookies(visit, known[0].token, rest))
    return redirect(path, *_cookies(visit, "", []))


def _cookies(visit: Visit, token: str, rest: list[str]) -> list[tuple[str, str]]:
    settings = visit.instance.settings
    given = (
        (security.session_cookie_name(settings), token),
        (security.others_cookie_name(settings), _BETWEEN.join(rest[:OTHERS_MAX])),
    )
    return [
        security.cookie(
            settings, name, value, max_age_s=security.SESSION_COOKIE_AGE_S if value else 0
        )
        for name, value in given
        if value or visit.asked.cookie(name)
    ]
