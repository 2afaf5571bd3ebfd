"""Actor records -> entities of the client API. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from actors.links import web_link
from federation.addresses import Addresses, still_address
from posts import policies
from posts.policies import Standing, Verdict
from storage.records import (
    IS_FOLLOWED,
    IS_FOLLOWER,
    IS_NAMED,
    Act,
    Actor,
    ActorKind,
    Emoji,
    Group,
    Post,
    ProfileField,
    Role,
    Rule,
    SafeHtml,
    Sight,
    User,
)
from webapp.mastodon import entities as e

_BOTS = frozenset({ActorKind.SERVICE, ActorKind.APPLICATION})
_ROLES: Mapping[Role, tuple[str, str]] = {
    Role.OWNER: ("3", "Owner"),
    Role.ADMIN: ("2", "Admin"),
    Role.MODERATOR: ("1", "Moderator"),
}
# Flags of https://docs.joinmastodon.org/entities/Role/: administrator; reports and users.
_PERMISSIONS: Mapping[Role, int] = {
    Role.OWNER: 0x1,
    Role.ADMIN: 0x1,
    Role.MODERATOR: 0x10 | 0x400,
    Role.USER: 0,
}


@dataclass(frozen=True, slots=True)
class Here:
    """What entities need to know of this server; `header_path` is of who chose no header."""

    base_url: str
    header_path: str
    addresses: Addresses

    def absolute(self, url: str) -> str:
        """Return the address of a file: with our origin, of others' files that of our copy."""
        if url.startswith("/"):
            return f"{self.base_url}{url}"
        return self.addresses.shown_file(url)


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody with what entities show besides the row; `moved` is where they live now."""

    actor: Actor
    followers: int = 0
    following: int = 0
    posts: int = 0
    last_post_at: datetime | None = None
    role: Role | None = None
    moved: "Known | None" = None


def instant(moment: datetime) -> str:
    """Return a time as the client API writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def acct(actor: Actor) -> str:
    """Return a handle without @, with the host only of who lives elsewhere."""
    return f"{actor.username}@{actor.host}" if actor.host else actor.username


def page_url(actor: Actor, here: Here) -> str:
    """Return where people read somebody's profile."""
    if actor.is_local:
        return f"{here.base_url}/@{actor.username}"
    return (web_link(actor.url) if actor.url else None) or actor.uri


def account(known: Known, here: Here) -> e.Account:
    """Render somebody; of who is suspended or gone, no more than the handle (MO-3)."""
    actor = known.actor
    is_hidden = actor.suspended_at is not None or actor.deleted_at is not None
    if is_hidden:
        actor = _bare(actor)
    avatar = here.absolute(_picture(actor.avatar_url) or _default_avatar(actor))
    header = here.absolute(_picture(actor.header_url) or here.header_path)
    return {
        "id": str(actor.id),
        "username": actor.username,
        "acct": acct(actor),
        "display_name": actor.name,
        "locked": actor.is_locked,
        "bot": actor.kind in _BOTS,
        "group": actor.kind is ActorKind.GROUP,
        "discoverable": actor.is_discoverable,
        "indexable": actor.is_indexable,
        "noindex": not actor.is_indexable if actor.is_local else None,
        "created_at": actor.created_at.strftime("%Y-%m-%dT00:00:00.000Z"),
        "note": actor.summary,
        "url": page_url(actor, here),
        "uri": actor.uri,
        "avatar": avatar,
        "avatar_static": still_address(avatar),
        "avatar_description": actor.avatar_alt,
        "header": header,
        "header_static": still_address(header),
        "header_description": actor.header_alt,
        "followers_count": _reported(actor.followers_total, known.followers, actor),
        "following_count": _reported(actor.following_total, known.following, actor),
        "statuses_count": _reported(actor.posts_total, known.posts, actor),
        "last_status_at": known.last_post_at.strftime("%Y-%m-%d") if known.last_post_at else None,
        "hide_collections": actor.hides_follows if actor.is_local else None,
        # Profiles show all of these here; nobody can turn one off.
        "show_media": True,
        "show_media_replies": True,
        "show_featured": True,
        "emojis": emojis(actor.emojis, here),
        "fields": [_field(each) for each in actor.fields],
        "roles": _badges(known.role),
        "moved": account(known.moved, here) if known.moved is not None else None,
        "suspended": is_hidden,
        "limited": actor.silenced_at is not None,
        "memorial": actor.is_memorial,
        "feature_approval": _feature_approval(actor),
    }


def _bare(actor: Actor) -> Actor:
    """What is shown of somebody of whom nothing is to be shown."""
    return replace(
        actor,
        kind=ActorKind.GROUP if actor.kind is ActorKind.GROUP else ActorKind.PERSON,
        name="",
        summary=SafeHtml(""),
        fields=(),
        emojis=(),
        avatar_url=None,
        avatar_alt="",
        header_url=None,
        header_alt="",
        is_locked=False,
        is_discoverable=False,
        is_indexable=False,
    )


def _feature_approval(actor: Actor) -> e.FeatureApproval:
    """As Mastodon has it: who lives here and wants to be found may be put into collections."""
    may = actor.is_local and actor.is_discoverable
    return {
        "automatic": ["public"] if may else [],
        "manual": [],
        "current_user": "automatic" if may else "denied",
    }


def credential_account(
    known: Known, user: User, here: Here, *, requests: int
) -> e.CredentialAccount:
    """Render the person whose token it is; `requests` wait to follow."""
    actor, chosen = known.actor, user.preferences
    source: e.Source = {
        "note": actor.summary_source,
        "fields": typed_fields(actor),
        "privacy": visibility(chosen.default_visibility),
        "sensitive": chosen.default_sensitive,
        "language": chosen.language,
        "follow_requests_count": requests,
        "discoverable": actor.is_discoverable,
        "indexable": actor.is_indexable,
        "hide_collections": actor.hides_follows,
        "attribution_domains": list(actor.attribution_domains),
        "quote_policy": quote_policy(user),
        "status_content_type": chosen.source_type,
    }
    return {**account(known, here), "source": source, "role": role(user.role)}


def profile(actor: Actor, featured: list[e.FeaturedTag], here: Here) -> e.Profile:
    """Render a profile for its owner, with the hashtags that it shows."""
    avatar, header = _chosen(actor.avatar_url, here), _chosen(actor.header_url, here)
    return {
        "id": str(actor.id),
        "display_name": actor.name,
        "note": actor.summary_source,
        "fields": typed_fields(actor),
        "avatar": avatar,
        "avatar_static": avatar and still_address(avatar),
        "avatar_description": actor.avatar_alt,
        "header": header,
        "header_static": header and still_address(header),
        "header_description": actor.header_alt,
        "locked": actor.is_locked,
        "bot": actor.kind in _BOTS,
        "hide_collections": actor.hides_follows,
        "discoverable": actor.is_discoverable,
        "indexable": actor.is_indexable,
        "show_media": True,
        "show_media_replies": True,
        "show_featured": True,
        "attribution_domains": list(actor.attribution_domains),
        "featured_tags": featured,
    }


def typed_fields(actor: Actor) -> list[e.Field]:
    """Render the lines of a profile as their owner typed them."""
    return [
        {"name": name, "value": value, "verified_at": _verified_at(actor, number)}
        for number, (name, value) in enumerate(actor.fields_source)
    ]


def role(of: Role) -> e.Role:
    """Render what somebody may do here."""
    number, name = _ROLES.get(of, ("-99", ""))
    return {
        "id": number,
        "name": name,
        "color": "",
        "permissions": str(_PERMISSIONS[of]),
        "highlighted": of is not Role.USER,
    }


def visibility(ours: str) -> str:
    """Return how the client API calls who may see something."""
    return "private" if ours in {"followers", "local"} else ours


def quote_policy(user: User) -> str:
    """Return who may quote by default: public, followers or nobody."""
    rule = user.preferences.policy.quote
    if rule is None or "everybody" in rule.automatic:
        return "public"
    return "followers" if "followers" in rule.automatic else "nobody"


def emojis(found: tuple[Emoji, ...], here: Here) -> list[e.CustomEmoji]:
    """Render custom emoji; what is not on the web is not shown."""
    return [
        {
            "shortcode": emoji.shortcode,
            "url": url,
            "static_url": still_address(url),
            "visible_in_picker": False,
        }
        for emoji in found
        if (link := web_link(emoji.url)) and (url := here.absolute(link))
    ]


def _chosen(url: str | None, here: Here) -> str | None:
    return here.absolute(url) if url else None


def _picture(url: str | None) -> str | None:
    return web_link(url) if url else None


def _default_avatar(actor: Actor) -> str:
    return f"/avatars/{actor.username}.png"  # apps draw no SVG


def _field(field: ProfileField) -> e.Field:
    at = instant(field.verified_at) if field.verified_at else None
    return {"name": field.name, "value": field.value, "verified_at": at}


def _verified_at(actor: Actor, number: int) -> str | None:
    field = actor.fields[number] if number < len(actor.fields) else None
    return instant(field.verified_at) if field is not None and field.verified_at else None


def _reported(total: int | None, counted: int, actor: Actor) -> int:
    """What their server says of people elsewhere, when that is more than we know of."""
    return counted if actor.is_local else max(total or 0, counted)


def _badges(of: Role | None) -> list[e.AccountRole]:
    if of is None or of not in _ROLES:
        return []
    number, name = _ROLES[of]
    return [{"id": number, "name": name, "color": ""}]


# ---------------------------------------------------------------- who may quote

_GROUPS = {
    Group.EVERYBODY: "public",
    Group.FOLLOWERS: "followers",
    Group.FOLLOWED: "following",
}
_OTHERS = "unsupported_policy"
_APPROVALS = {
    Verdict.FREE: "automatic",
    Verdict.MEMBER: "automatic",
    Verdict.ASK: "manual",
    Verdict.NEVER: "denied",
}


def quote_approval(sight: Sight, post: Post, viewer: Actor | None) -> e.QuoteApproval:
    """What a policy says to the viewer: https://docs.joinmastodon.org/entities/QuoteApproval/."""
    rule = policies.rule_for(post, Act.QUOTE)
    approvals = _approvals(rule)
    if viewer is None:
        return approvals[_STRANGER]
    if post.actor_id == viewer.id:
        return approvals[_AUTHOR]
    if viewer.uri in rule.automatic or viewer.uri in rule.approval:
        who = replace(_BY_CLOSENESS[sight.closeness], uri=viewer.uri)
        return _approval(rule, _APPROVALS[policies.judge(rule, Act.QUOTE, who)])
    return approvals[sight.closeness]


_BY_CLOSENESS = tuple(
    Standing(
        is_named=bool(closeness & IS_NAMED),
        follows=bool(closeness & IS_FOLLOWER),
        is_followed=bool(closeness & IS_FOLLOWED),
    )
    for closeness in range((IS_NAMED | IS_FOLLOWER | IS_FOLLOWED) + 1)
)
_STRANGER, _AUTHOR = -1, -2


@lru_cache(maxsize=1024)
def _approvals(rule: Rule) -> tuple[e.QuoteApproval, ...]:
    """What a rule says to each by closeness; then to the author, then to strangers."""
    people = (*_BY_CLOSENESS, Standing(is_author=True))
    judged = (_APPROVALS[policies.judge(rule, Act.QUOTE, who)] for who in people)
    return tuple(_approval(rule, current) for current in (*judged, "denied"))


def _approval(rule: Rule, current_user: str) -> e.QuoteApproval:
    return {
        "automatic": _groups(rule.automatic),
        "manual": _groups(rule.approval),
        "current_user": current_user,
    }


def _groups(who: Sequence[str]) -> list[str]:
    return sorted(
        {_GROUPS.get(Group(each), _OTHERS) if each in set(Group) else _OTHERS for each in who}
    )
