"""Changes a local profile and verifies its links. Sends nothing: `outbox/profiles.py` does."""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from html import unescape
from typing import TypeVar

from actors import emoji
from actors.links import host_of, web_link
from actors.markup import ResolvedMention, render, render_field
from actors.text import clean_name, clean_source, find_mentions, letters
from federation import origin
from instance.errors import Failure, Invalid, RemoteFailure, RemoteUnreachable
from instance.resources import Instance
from media.uploads import Purpose, remove_picture, store_picture
from moderation import limits
from storage import actors
from storage.records import Actor, ActorKind, Emoji, ProfileField, RowId

NAME_LETTERS_MAX = 100
BIO_LETTERS_MAX = 500
FIELDS_MAX = 4
FIELD_LETTERS_MAX = 255
ALT_LETTERS_MAX = 1500
DOMAINS_MAX = 10
PAGE_BYTES_MAX = 1024 * 1024
VERIFY_LINKS = "verify_links"

Tell = Callable[[Instance, Actor], Awaitable[None]]
"""The kind of the job that looks at the pages which a profile links to."""

_T = TypeVar("_T")

_CODE_POINTS_PER_LETTER_MAX = 10
_LINK_TAG = re.compile(r"<(?:a|link|area)\s([^<>]{1,4000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"([a-z-]{1,20})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))", re.IGNORECASE
)
# Words in these are no links of the page, whoever wrote them.
_HIDDEN = (
    ("<!--", "-->"),
    *(
        (f"<{name}", f"</{name}")
        for name in ("script", "style", "textarea", "template", "noscript")
    ),
)


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """What a person wants changed; None leaves a thing as it is.

    `fields` are pairs of name and value as typed. `avatar` and `header` are files; empty bytes
    remove the picture.
    """

    name: str | None = None
    bio: str | None = None
    fields: tuple[tuple[str, str], ...] | None = None
    avatar: bytes | None = None
    avatar_alt: str | None = None
    header: bytes | None = None
    header_alt: str | None = None
    is_locked: bool | None = None
    hides_follows: bool | None = None
    is_discoverable: bool | None = None
    is_indexable: bool | None = None
    is_bot: bool | None = None
    shows_applications: bool | None = None
    attribution_domains: tuple[str, ...] | None = None


async def change_profile(
    instance: Instance, actor: Actor, change: ProfileChange, *, tell: Tell | None = None
) -> Actor:
    """Check, store and return the changed actor; links in fields are verified later by a job.

    Raises `Invalid` naming every wrong field, `TooMany`. Decodes pictures in a thread before its
    transaction, of which `tell` is a part: whoever must hear of the change.
    """
    check(change)
    mentions = await _known_mentions(clean_source(change.bio or ""))
    avatar_url = await _picture(instance, actor, change.avatar, "avatar")
    try:
        header_url = await _picture(instance, actor, change.header, "header")
    except Failure:
        await remove_picture(instance, avatar_url)  # nobody will ever show it
        raise
    async with instance.store.transaction():
        before = await actors.get_locked(actor.id)
        after = changed(before, change, mentions, instance.settings.base_url)
        if avatar_url is not None:
            after = replace(after, avatar_url=avatar_url or None)
        if header_url is not None:
            after = replace(after, header_url=header_url or None)
        after = replace(after, emojis=await _emojis(after))
        await actors.save(after)
        if tell is not None:
            await tell(instance, after)
        if change.fields is not None and any(_linked(value) for _, value in after.fields_source):
            await instance.queue.enqueue(
                VERIFY_LINKS,
                {"actor_id": after.id},
                now=instance.now(),
                unique_key=f"{VERIFY_LINKS}:{after.id}",
            )
    if after.avatar_url != before.avatar_url:
        await remove_picture(instance, before.avatar_url)
    if after.header_url != before.header_url:
        await remove_picture(instance, before.header_url)
    return after


async def _emojis(actor: Actor) -> tuple[Emoji, ...]:
    """A184: the custom emoji of this server that a profile uses."""
    lines = (text for line in actor.fields_source for text in line)
    return await emoji.used_in(actor.name, actor.summary_source, *lines)


def check(change: ProfileChange) -> None:
    """Raise `Invalid` that names every wrong field of a change, and what to do about it."""
    wrong: dict[str, str] = {}
    if change.name is not None and letters(change.name.strip()) > NAME_LETTERS_MAX:
        wrong["name"] = f"A name has room for {NAME_LETTERS_MAX} letters."
    if change.bio is not None and _is_too_long(change.bio, BIO_LETTERS_MAX):
        wrong["bio"] = f"This text has room for {BIO_LETTERS_MAX} letters."
    if change.fields is not None and len(_filled(change.fields)) > FIELDS_MAX:
        wrong["fields"] = f"There is room for {FIELDS_MAX} lines."
    for place, (name, value) in enumerate(change.fields or (), start=1):
        if max(len(name.strip()), len(value.strip())) > FIELD_LETTERS_MAX:
            wrong[f"field_{place}"] = f"Each side has room for {FIELD_LETTERS_MAX} letters."
        elif value.strip() and not name.strip():
            wrong[f"field_{place}"] = "Give this line a name."
    for key, text in (("avatar_alt", change.avatar_alt), ("header_alt", change.header_alt)):
        if text is not None and len(text) > ALT_LETTERS_MAX:
            wrong[key] = f"A description has room for {ALT_LETTERS_MAX} letters."
    if wrong:
        raise Invalid(next(iter(wrong.values())), fields=wrong)


def changed(
    actor: Actor, change: ProfileChange, mentions: Mapping[str, ResolvedMention], base_url: str
) -> Actor:
    """The actor after a checked change, apart from its pictures. Pure."""
    after = replace(
        actor,
        name=_or(change.name, actor.name, clean_name),
        avatar_alt=_or(change.avatar_alt, actor.avatar_alt, clean_source),
        header_alt=_or(change.header_alt, actor.header_alt, clean_source),
        is_locked=_or(change.is_locked, actor.is_locked),
        hides_follows=_or(change.hides_follows, actor.hides_follows),
        is_discoverable=_or(change.is_discoverable, actor.is_discoverable),
        is_indexable=_or(change.is_indexable, actor.is_indexable),
        shows_applications=_or(change.shows_applications, actor.shows_applications),
        kind=_kind(actor.kind, is_bot=change.is_bot),
        attribution_domains=_or(change.attribution_domains, actor.attribution_domains, _domains),
    )
    if change.bio is not None:
        source = clean_source(change.bio)
        summary = render(source, mentions, base_url)
        after = replace(after, summary_source=source, summary=summary)
    if change.fields is not None:
        typed = tuple(
            (clean_name(name), " ".join(clean_source(value).split()))
            for name, value in _filled(change.fields)
        )
        after = replace(after, fields_source=typed, fields=_rendered(typed, actor))
    return after


# ---------------------------------------------------------------- verified links


async def verify_links(instance: Instance, payload: Mapping[str, object]) -> None:
    """Job: a field's link is verified when its page links back with rel=me (network).

    A page that cannot be read now changes nothing. Idempotent.
    """
    actor_id = RowId(int(str(payload["actor_id"])))
    actor = await actors.find(actor_id)
    if actor is None or not actor.is_local or actor.deleted_at is not None:
        return
    links = {_linked(value) for _, value in actor.fields_source} - {None}
    answers = {url: await _links_back(instance, url, actor) for url in links if url}
    async with instance.store.transaction():
        actor = await actors.get_locked(actor_id)
        after = replace(actor, fields=_verified(actor, answers, instance))
        if after != actor:
            await actors.save(after)


def rel_me_links(page: str) -> Iterator[str]:
    """Every address that a page of HTML links to with rel=me, as written; linear, bounded."""
    for opening, closing in _HIDDEN:
        page = _without(page, opening, closing)
    for tag in _LINK_TAG.finditer(page):
        found = {
            name.lower(): unescape(double or single or bare)
            for name, double, single, bare in _ATTRIBUTE.findall(tag[1])
        }
        if "me" in found.get("rel", "").lower().split():
            yield found.get("href", "").strip()


async def _links_back(instance: Instance, url: str, actor: Actor) -> bool | None:
    """Whether a page names this profile; None when it could not be read."""
    try:
        page = await instance.http.get_page(url, PAGE_BYTES_MAX)
    except RemoteUnreachable:
        return None
    except RemoteFailure:
        return False
    ours = {actor.uri, actor.url or instance.addresses.profile_page(actor.username)}
    return any(link in ours for link in rel_me_links(page))


def _verified(
    actor: Actor, answers: Mapping[str, bool | None], instance: Instance
) -> tuple[ProfileField, ...]:
    lines = []
    for (_, value), line in zip(actor.fields_source, actor.fields, strict=True):
        answer = answers.get(_linked(value) or "")
        if answer is True and line.verified_at is None:
            lines.append(replace(line, verified_at=instance.now()))
        elif answer is False:
            lines.append(replace(line, verified_at=None))
        else:
            lines.append(line)
    return tuple(lines)


def _without(page: str, opening: str, closing: str) -> str:
    parts = []
    lower = page.lower()
    at = 0
    while (start := lower.find(opening, at)) >= 0:
        parts.append(page[at:start])
        end = lower.find(closing, start + len(opening))
        if end < 0:
            return "".join(parts)
        at = end + len(closing)
    parts.append(page[at:])
    return "".join(parts)


# ---------------------------------------------------------------- helpers of a change


async def _known_mentions(source: str) -> dict[str, ResolvedMention]:
    found: dict[str, ResolvedMention] = {}
    for handle in find_mentions(source)[:10]:
        username, _, host = handle.partition("@")
        actor = await actors.find_by_handle(username, host or None)
        if actor is not None and actor.deleted_at is None:
            found[handle] = ResolvedMention(actor.username, actor.url or actor.uri)
    return found


async def _picture(
    instance: Instance, actor: Actor, data: bytes | None, purpose: Purpose
) -> str | None:
    """The URL of the new picture; '' when it is to go, None when it stays."""
    if not data:
        return data if data is None else ""
    await limits.allow_upload(instance, actor.id)
    try:
        return await store_picture(instance, data, purpose=purpose)
    except Invalid as wrong:
        raise Invalid(wrong.public, fields={purpose: wrong.public}, detail=wrong.detail) from wrong


def _rendered(typed: tuple[tuple[str, str], ...], before: Actor) -> tuple[ProfileField, ...]:
    verified = {line.value: line.verified_at for line in before.fields}
    lines = []
    for name, value in typed:
        markup = render_field(value)
        lines.append(ProfileField(name, markup, verified.get(markup)))
    return tuple(lines)


def _filled(fields: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in fields if name.strip() or value.strip()]


def _linked(value: str) -> str | None:
    """The address, when a field's value is one link and nothing else."""
    url = web_link(value)
    return url if url and host_of(url) else None


def _kind(present: ActorKind, *, is_bot: bool | None) -> ActorKind:
    """A bot is a Service; who is no person anyway, a group for instance, stays what it is."""
    if is_bot is None or present not in (ActorKind.PERSON, ActorKind.SERVICE):
        return present
    return ActorKind.SERVICE if is_bot else ActorKind.PERSON


def _domains(typed: tuple[str, ...]) -> tuple[str, ...]:
    """Domains in canonical form, each once; what is typed may be a whole address."""
    if len(typed) > DOMAINS_MAX:
        reason = f"There is room for {DOMAINS_MAX} domains."
        raise Invalid(reason, fields={"attribution_domains": reason})
    bare = (re.sub(r"^https?://(?:www\.)?", "", each.strip()).partition("/")[0] for each in typed)
    return tuple(dict.fromkeys(origin.canonical_host(each) for each in bare if each))


def _is_too_long(text: str, letters_max: int) -> bool:
    return len(text) > letters_max * _CODE_POINTS_PER_LETTER_MAX or letters(text) > letters_max


def _or(wanted: _T | None, present: _T, cleaned: Callable[[_T], _T] | None = None) -> _T:
    if wanted is None:
        return present
    return wanted if cleaned is None else cleaned(wanted)
