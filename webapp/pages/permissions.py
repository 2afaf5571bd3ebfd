"""Scopes as sentences for people: what an app could do; pure."""

from users.scopes import Scopes

_TOP = {
    "profile": "see who you are: your name, handle and picture",
    "read": "read everything you can read here, private posts and notifications too",
    "write": "write, follow, favourite and change settings as you",
    "follow": "see and change whom you follow, mute and block",
    "push": "send notifications to your device",
    "admin:read": "read what only those who run this server can read",
    "admin:write": "do what only those who run this server can do",
}
_VERBS = {"read": "see", "write": "change"}
_PARTS = {
    "accounts": "your profile and those of others",
    "blocks": "whom you block",
    "bookmarks": "what you saved",
    "collections": "your collections",
    "conversations": "your private conversations",
    "favourites": "what you favourited",
    "filters": "your filters",
    "follows": "whom you follow",
    "lists": "your lists",
    "media": "pictures and films you upload",
    "mutes": "whom you mute",
    "notifications": "your notifications",
    "reports": "your reports",
    "search": "what a search finds",
    "statuses": "posts",
}


def sentences(granted: Scopes) -> tuple[str, ...]:
    """Return what the scopes mean, the widest first."""
    wide = [scope for scope in _TOP if scope in granted]
    parts = sorted(granted - set(wide))
    return tuple(dict.fromkeys(_sentence(scope) for scope in (*wide, *parts)))


def _sentence(scope: str) -> str:
    if scope in _TOP:
        return _TOP[scope]
    top, _, part = scope.rpartition(":")
    if top in _VERBS:
        return f"{_VERBS[top]} {_PARTS.get(part, part.replace('_', ' '))}"
    return f"{_VERBS[top.removeprefix('admin:')]} {part.replace('_', ' ')} of this server"
