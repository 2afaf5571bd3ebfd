"""Which streams there are, what opens them, and how they are named; pure.

https://docs.joinmastodon.org/methods/streaming/
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from instance.errors import Forbidden, Invalid
from posts.text import fold_hashtag
from storage.records import RowId
from users import scopes
from users.scopes import Scopes
from webapp.paging import row_id

USER: Final = "user"
NOTIFICATIONS: Final = "user:notification"
DIRECT: Final = "direct"
LIST: Final = "list"
HASHTAG: Final = "hashtag"
HASHTAG_LOCAL: Final = "hashtag:local"
PUBLIC: Final = (
    *("public", "public:media", "public:local"),
    *("public:local:media", "public:remote", "public:remote:media"),
)
OPEN: Final = frozenset({*PUBLIC, HASHTAG, HASHTAG_LOCAL})
"""Streams of public posts: any token of a person opens them."""

NAME_LETTERS_MAX: Final = 100


class Channel(NamedTuple):
    """What somebody listens to: the name of a stream, and whose it is or of which hashtag."""

    name: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Stream:
    """A channel as an app asked for it: `label` is how the app knows it again."""

    channel: Channel
    label: tuple[str, ...]


def read(name: str, value: Callable[[str], str], person_id: RowId) -> Stream:
    """Return the stream that an app asks for; `value` gives its parameters. Raises `Invalid`."""
    if name in PUBLIC:
        if value("only_media") in ("true", "1") and not name.endswith(":media"):
            name += ":media"
        return Stream(Channel(name), (name,))
    if name in (USER, NOTIFICATIONS, DIRECT):
        return Stream(Channel(name, str(person_id)), (name,))
    if name in (HASHTAG, HASHTAG_LOCAL):
        tag = value("tag").strip().removeprefix("#")[:NAME_LETTERS_MAX]
        if not tag:
            raise Invalid("Missing tag name parameter")
        return Stream(Channel(name, fold_hashtag(tag)), (name, tag))
    if name == LIST:
        found = row_id(value("list"))
        if found is None:
            raise Invalid("Missing list name parameter")
        return Stream(Channel(name, str(found)), (name, str(found)))
    raise Invalid("Unknown stream type")


def check_scope(name: str, granted: Scopes) -> None:
    """AU-2: raise `Forbidden` for a stream that these scopes do not open."""
    wanted = "read:notifications" if name == NOTIFICATIONS else "read:statuses"
    if name not in OPEN and not scopes.allows(granted, wanted):
        raise Forbidden("Access token does not have the required scopes")


def hears_notifications(granted: Scopes) -> bool:
    """Whether the stream of a person has notifications too: `read:statuses` does not open them."""
    return scopes.allows(granted, "read:notifications")
