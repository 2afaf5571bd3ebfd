"""Who an activity goes to: recipients become distinct inboxes, shared inboxes first.

An audience is small enough for a job's payload: it names groups ("the followers"), a few actors and
inboxes. The groups are walked when the job runs, in constant memory. The Public collection is an
address for readers and never one for deliveries (ActivityPub 7.1, A32 of the features).
https://www.w3.org/TR/activitypub/#delivery
"""

from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass, replace

from federation import origin
from instance.errors import Invalid
from instance.resources import Instance
from storage import actors, posts, relations
from storage.records import Actor, FollowState, InteractionKind, Page, Post, RowId

_FOLLOWED_PER_READ_MAX = 200
_INTERACTING_PER_READ_MAX = 200


@dataclass(frozen=True, slots=True)
class Destination:
    """One inbox. `actor_id` is set when the inbox belongs to that one actor alone."""

    inbox: str
    host: str
    actor_id: RowId | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """Who gets an activity; `inboxes` are those of people who are named by no row any more.

    `relays`: those that exchange posts with us pass it on (`relaying.py`). `but_host`: where it
    came from, and is not sent back to.
    """

    followers: bool = False
    followed: bool = False
    actor_ids: tuple[RowId, ...] = ()
    inboxes: tuple[str, ...] = ()
    relays: bool = False
    but_host: str = ""

    def payload(self) -> dict[str, object]:
        """As small JSON for a job."""
        return {
            "followers": self.followers,
            "followed": self.followed,
            "actor_ids": list(self.actor_ids),
            "inboxes": list(self.inboxes),
            "relays": self.relays,
            "but_host": self.but_host,
        }


def only(*recipients: Actor) -> Audience:
    """Nobody but these actors."""
    return Audience(actor_ids=tuple(recipient.id for recipient in recipients))


def from_payload(payload: dict[str, object]) -> Audience:
    """The audience that `Audience.payload` wrote."""
    actor_ids, inboxes = payload.get("actor_ids"), payload.get("inboxes")
    return Audience(
        followers=payload.get("followers") is True,
        followed=payload.get("followed") is True,
        actor_ids=tuple(
            RowId(each)
            for each in (actor_ids if isinstance(actor_ids, list) else ())
            if isinstance(each, int)
        ),
        inboxes=tuple(
            each for each in (inboxes if isinstance(inboxes, list) else ()) if isinstance(each, str)
        ),
        relays=payload.get("relays") is True,
        but_host=str(payload.get("but_host", "")),
    )


async def may_reach_others(sender_id: RowId, audience: Audience) -> bool:
    """Whether anybody of another server may be among them; False spares a plan for nobody."""
    if audience.inboxes:
        return True
    people = await actors.by_ids(audience.actor_ids)
    return any(not person.is_local for person in people.values()) or (
        await relations.may_have_remote(
            sender_id,
            followers=audience.followers,
            followed=audience.followed,
            relays=audience.relays,
        )
    )


async def inboxes(
    instance: Instance, sender_id: RowId, audience: Audience
) -> AsyncIterator[Destination]:
    """The distinct inboxes of an audience, the named people's before the followers'."""
    seen: set[str] = set()
    async for destination in _named(instance, audience):
        if destination.inbox not in seen:
            seen.add(destination.inbox)
            yield destination
    if audience.followed:
        async for destination in _followed(instance, sender_id):
            if destination.inbox not in seen:
                seen.add(destination.inbox)
                yield destination
    if audience.followers:
        # Distinct already: only the inboxes from above have to be remembered, however many follow.
        async for inbox, _ in relations.follower_inboxes(sender_id):
            found = _destination(instance, inbox)
            if found is not None and inbox not in seen and found.host != audience.but_host:
                yield found


def distinct_inboxes(people: Iterable[Actor]) -> tuple[str, ...]:
    """The inboxes of these actors, shared ones first choice, each once."""
    return tuple(dict.fromkeys(_inbox_of(person) for person in people if not person.is_local))


async def _named(instance: Instance, audience: Audience) -> AsyncIterator[Destination]:
    people = await actors.by_ids(audience.actor_ids)
    for actor_id in audience.actor_ids:
        person = people.get(actor_id)
        if person is not None and (found := _destination_of(instance, person)) is not None:
            yield found
    for inbox in audience.inboxes:
        if (found := _destination(instance, inbox)) is not None:
            yield found


async def _followed(instance: Instance, sender_id: RowId) -> AsyncIterator[Destination]:
    """The inboxes of those whom the sender follows, also those who have not accepted yet."""
    for state in (FollowState.ACCEPTED, FollowState.REQUESTED):
        max_id: int | None = None
        while True:
            page = Page(limit=_FOLLOWED_PER_READ_MAX, max_id=max_id)
            rows = await relations.following(sender_id, page, state=state)
            for _, person in rows:
                if (found := _destination_of(instance, person)) is not None:
                    yield found
            if len(rows) < _FOLLOWED_PER_READ_MAX:
                break
            max_id = rows[-1][0]


def _inbox_of(person: Actor) -> str:
    return person.shared_inbox_url or person.inbox_url


def _destination_of(instance: Instance, person: Actor) -> Destination | None:
    if person.is_local or person.deleted_at is not None:
        return None
    found = _destination(instance, _inbox_of(person))
    if found is None or person.shared_inbox_url:
        return found
    return Destination(found.inbox, found.host, actor_id=person.id)


def _destination(instance: Instance, inbox: str) -> Destination | None:
    """None for what is never delivered to: ourselves, and what is no usable address."""
    if instance.addresses.is_ours(inbox):
        return None
    try:
        return Destination(inbox, origin.host_of(inbox))
    except Invalid:
        return None


async def inboxes_of_interacting(post: Post) -> tuple[str, ...]:
    """Return where a post is known because somebody liked, boosted or answered it."""
    found: dict[str, None] = {}
    async for people in _interacting(post):
        found |= dict.fromkeys(distinct_inboxes(people))
    return tuple(found)


async def _interacting(post: Post) -> AsyncIterator[Collection[Actor]]:
    for kind in (InteractionKind.LIKE, InteractionKind.BOOST):
        page = Page(limit=_INTERACTING_PER_READ_MAX)
        while rows := await posts.actors_of(kind, post.id, page):
            yield [actor for _, actor in rows]
            page = replace(page, max_id=rows[-1][0])
    page = Page(limit=_INTERACTING_PER_READ_MAX)
    while replies := await posts.replies_to(post.id, page):
        yield (await actors.by_ids({reply.actor_id for reply in replies})).values()
        page = replace(page, max_id=min(reply.id for reply in replies))
