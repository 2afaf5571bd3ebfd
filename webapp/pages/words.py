"""Records -> plain words for people: times, audiences, devices. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from posts.drafts import MUTUALS
from storage.records import Post, RegistrationMode, Visibility
from storage.values import to_microseconds, to_moment

AUDIENCES = (
    (Visibility.PUBLIC.value, "Everyone"),
    (Visibility.UNLISTED.value, "Everyone, quietly"),
    (Visibility.LOCAL.value, "People on this server"),
    (Visibility.FOLLOWERS.value, "My followers"),
    (Visibility.DIRECT.value, "Only people I mention"),
)
AUDIENCE_HINTS = (
    (*AUDIENCES[0], "Also on the pages that strangers look at."),
    (*AUDIENCES[1], "Everyone can read it, but it is not shown around."),
    (*AUDIENCES[2], "Whoever is logged in here. It does not leave this server."),
    (*AUDIENCES[3], "And the people you mention."),
    (*AUDIENCES[4], "Nobody else."),
)
SEEN_BY = {
    Visibility.PUBLIC: "Everyone",
    Visibility.UNLISTED: "Everyone, quietly",
    Visibility.LOCAL: "People on this server",
    Visibility.FOLLOWERS: "Followers only",
    Visibility.DIRECT: "Only people mentioned",
}
AUDIENCE_ICONS = {
    Visibility.PUBLIC: "globe",
    Visibility.UNLISTED: "eye",
    Visibility.LOCAL: "home",
    Visibility.FOLLOWERS: "users",
    Visibility.DIRECT: "at",
}
CIRCLES = ((MUTUALS, "Those I follow too"),)
"""Some of one's followers (B37); one's lists come after these."""
REPORT_CATEGORIES = (
    ("spam", "Spam: advertising, fraud, or automatic"),
    ("violation", "It breaks the rules of this server"),
    ("legal", "It is against the law"),
    ("other", "Something else"),
)
JOINING = (
    (RegistrationMode.CLOSED.value, "Only me", "A server of your own. You can open it any time."),
    (RegistrationMode.INVITE.value, "People I invite", "You hand out links."),
    (RegistrationMode.APPROVAL.value, "Anyone who asks", "You let each one in."),
    (RegistrationMode.OPEN.value, "Anyone", "Needs people who answer reports."),
)
CLOSED = "closed"
"""What `remaining` says of a poll that is over."""

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_SECOND_US = 1_000_000
_DAY_US = _DAY * _SECOND_US
_DAYS_AS_DAYS = 7
_EXCERPT_LETTERS = 200

NOTES = {
    "saved": "Saved.",
    "heard": "Their notifications are among yours now.",
    "unheard": "What they said is forgotten.",
    "filter_deleted": "The filter is deleted.",
    "post_filtered": "Your filter matches that post from now on.",
    "deleted": "The post is deleted.",
    "kept": "Saved as a draft.",
    "typed": "You were logged out meanwhile. What you wrote is kept: log in, and it is there.",
    "discarded": "The draft is thrown away.",
    "scheduled": "It will be posted when it is time.",
    "cancelled": "It will not be posted.",
    "removed": "Done. They no longer follow you.",
    "accepted": "Accepted. They follow you now.",
    "declined": "Declined. They are not told why.",
    "password": "Your password is changed, and your other devices are logged out.",
    "reset": "Your password is changed. Log in with the new one.",
    "address": "This is your e-mail address now.",
    "asked_address": "We sent a mail to the new address. Open the link in it, then it is yours.",
    "asked_confirmation": "Saved. Open the link in the mail that we sent you: then mails begin.",
    "confirmed_address": "Your e-mail address is confirmed: you are mailed what you chose.",
    "importing": "Your file is here. It is worked through now; you can look at it below.",
    "undoing": "The posts that came with this file go again. That takes a moment.",
    "archiving": "Your archive is being made. That takes a while.",
    "appealed": "Your appeal is with those who moderate this server.",
    "struck": "Done; they are told.",
    "lifted": "It is taken back.",
    "ended": "That device is logged out.",
    "ended-others": "All other devices are logged out.",
    "shut": "That app is shut out.",
    "left": "Your account is deleted. Take care.",
    "out": "You are logged out.",
    "confirmed": "Your e-mail address is confirmed. You can log in.",
    "asked": "You asked to follow. As soon as they agree, you follow them.",
    "following": "You follow them now.",
    "unfollowed": "You no longer follow them.",
    "blocked": "Blocked. You do not meet any more.",
    "unblocked": "Not blocked any more.",
    "muted": "Muted. They do not notice.",
    "thread_muted": "Muted. You are told nothing more about this conversation.",
    "thread_unmuted": "Not muted any more. You are told about this conversation again.",
    "unmuted": "Not muted any more.",
    "let_in": "Done. It happens now.",
    "turned_away": "Refused. You can allow it after all below.",
    "hidden": "Hidden from everybody. You can show it again below.",
    "unquoted": "Your post is not shown there any more.",
    "opened": "Saved. Who waited for your approval follows you now.",
    "renamed": "This is your name now. The old one still leads to you.",
    "moved": "Your followers are sent to your new account.",
    "reported": "Thank you. Those who run this server will look at it.",
    "list_deleted": "The list is deleted. Whom you follow you follow as before.",
    "feed_deleted": "The feed is deleted. The posts stay where they are.",
    "tag_followed": "You follow this hashtag: public posts with it appear at home.",
    "tag_unfollowed": "You no longer follow this hashtag.",
    "not_suggested": "They are not suggested any more.",
    "looking_for_friends": "They are looked for now, one after the other. You need not wait.",
    "switched": "You are somebody else now: the one that this page shows.",
    "ended_account": "That account is logged out here.",
    "now_you": "You are logged out. From now on you are the account that this page shows.",
    "invited": "Here is a new link to give away.",
    "revoked": "That link lets nobody in any more.",
}
"""What a page says above its forms after something was done, by the key in its address."""


@dataclass(frozen=True, slots=True)
class When:
    """A moment for people: `short` beside a post, `spoken` in a sentence, `exact` on pointing."""

    iso: str
    short: str
    spoken: str
    exact: str


def audience(post: Post) -> tuple[str, str]:
    """Return who sees a post, and the icon of that."""
    if post.is_for_some:
        return "Chosen followers", "users"
    return SEEN_BY[post.visibility], AUDIENCE_ICONS[post.visibility]


def when(moment: datetime, now: datetime) -> When:
    """Return a moment in words, as seen from now."""
    short, spoken = age(to_microseconds(moment), to_microseconds(now))
    exact = f"{day(moment)}, {moment:%H:%M} UTC"
    return When(f"{moment:%Y-%m-%dT%H:%M:%SZ}", short, spoken, exact)


def age(moment_us: int, now_us: int) -> tuple[str, str]:
    """Return `When.short` and `When.spoken` alone, of microseconds since 1970."""
    seconds = max(0, now_us - moment_us) // _SECOND_US
    if seconds < _MINUTE:
        return "now", "just now"
    if seconds < _HOUR:
        return _ago(seconds // _MINUTE, "min", "minute")
    if seconds < _DAY:
        return _ago(seconds // _HOUR, "h", "hour")
    if seconds < _DAYS_AS_DAYS * _DAY:
        return _ago(seconds // _DAY, "d", "day")
    return _dated(moment_us // _DAY_US, now_us // _DAY_US)


@lru_cache(maxsize=256)
def _ago(number: int, short: str, noun: str) -> tuple[str, str]:
    return f"{number} {short}", f"{_count(number, noun)} ago"


@lru_cache(maxsize=4096)
def _dated(moment_day: int, now_day: int) -> tuple[str, str]:
    """The same of days since 1970."""
    moment, now = to_moment(moment_day * _DAY_US), to_moment(now_day * _DAY_US)
    short = f"{moment.day} {_MONTHS[moment.month - 1][:3]}"
    if moment.year != now.year:
        short = f"{short} {moment.year}"
    return short, f"on {day(moment)}"


def day(moment: datetime) -> str:
    """Return a date in words."""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def month(moment: datetime) -> str:
    """Return a month in words."""
    return f"{_MONTHS[moment.month - 1]} {moment.year}"


def remaining(ends_at: datetime | None, now: datetime) -> str:
    """Return how long a poll is open, in words; a poll is over when its end is (consequence 12)."""
    if ends_at is None:
        return "open"
    left = ends_at - now
    if left <= timedelta(0):
        return CLOSED
    seconds = int(left.total_seconds())
    for size, name in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= size:
            return f"{_count(seconds // size, name)} left"
    return "closes in less than a minute"


def excerpt(text: str, letters: int = _EXCERPT_LETTERS) -> str:
    """Return the beginning of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= letters else f"{line[: letters - 1].rstrip()}…"


def device(user_agent: str) -> str:
    """Return a browser and system that a person recognises, from a User-Agent."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or "A program"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
