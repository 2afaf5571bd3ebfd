"""Starter packs: people whom somebody recommends together (collections of Mastodon 4.6, B105).

They are told to nobody elsewhere. Who wants to be found at all may be put into one, and may leave
it for good.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from actors.text import clean_line, fold_hashtag, is_hashtag
from instance.errors import Forbidden, Invalid, NotFound
from instance.resources import Instance
from storage import actors, relations, starter_packs
from storage.records import Actor, MembershipState, RowId, StarterPack, StarterPackMember
from users.preferences import is_language

NAME_LETTERS_MAX: Final = 40
DESCRIPTION_LETTERS_MAX: Final = 100
MEMBERS_MAX: Final = 25
PACKS_MAX: Final = 10
# The jobs that tell people of it (`feeds/pack_news.py`).
TELL_PACKED: Final = "tell_packed"
TELL_PACK_CHANGED: Final = "tell_pack_changed"


@dataclass(frozen=True, slots=True)
class PackDraft:
    """What somebody says about a pack; None leaves what there is."""

    name: str | None = None
    description: str | None = None
    language: str | None = None
    hashtag: str | None = None
    is_sensitive: bool | None = None
    is_discoverable: bool | None = None


@dataclass(frozen=True, slots=True)
class ShownPack:
    """A pack with those of its members whom one reader may meet there."""

    pack: StarterPack
    members: Sequence[tuple[StarterPackMember, Actor]]


async def create(
    instance: Instance, owner: Actor, draft: PackDraft, actor_ids: Collection[int]
) -> ShownPack:
    """Make a pack of these people. Raises `Invalid`, and what `add` raises."""
    now = instance.now()
    empty = StarterPack(
        id=instance.ids.new(),
        actor_id=owner.id,
        name="",
        description="",
        language=None,
        hashtag=None,
        is_sensitive=False,
        is_discoverable=True,
        created_at=now,
        changed_at=now,
    )
    made = _changed(empty, draft, instance)
    if len(set(actor_ids)) > MEMBERS_MAX:
        raise _too_many()
    async with instance.store.transaction():
        await actors.get_locked(owner.id)  # whose packs are counted
        if await starter_packs.count_of(owner.id) >= PACKS_MAX:
            raise Invalid(f"There is room for {PACKS_MAX} collections.")
        await starter_packs.insert(made)
        for actor_id in dict.fromkeys(actor_ids):
            await _add(instance, owner, made, actor_id)
    return await _shown(made, owner)


async def change(instance: Instance, owner: Actor, pack_id: int, draft: PackDraft) -> ShownPack:
    """Say something else about a pack. Raises `NotFound`, `Forbidden`, `Invalid`."""
    async with instance.store.transaction():
        before = await _own(owner, pack_id)
        changed = _changed(before, draft, instance)
        await starter_packs.save(changed)
        if (before.name, before.description) != (changed.name, changed.description):
            told: dict[str, object] = {"pack_id": changed.id}
            await instance.queue.enqueue(TELL_PACK_CHANGED, told, now=instance.now())
    return await _shown(changed, owner)


async def discard(instance: Instance, owner: Actor, pack_id: int) -> None:
    """Remove a pack. Raises `NotFound`, `Forbidden`."""
    async with instance.store.transaction():
        await starter_packs.remove((await _own(owner, pack_id)).id)


async def add(instance: Instance, owner: Actor, pack_id: int, actor_id: int) -> StarterPackMember:
    """Put somebody into a pack; who is in it stays there.

    Raises `NotFound`, `Invalid`, and `Forbidden`: they do not want to be found, one blocks the
    other, or they left this pack.
    """
    async with instance.store.transaction():
        pack = await _own(owner, pack_id)
        return await _add(instance, owner, pack, actor_id)


async def take_out(instance: Instance, owner: Actor, pack_id: int, member_id: int) -> None:
    """Take somebody out of one's pack. Raises `NotFound`, `Forbidden`."""
    async with instance.store.transaction():
        pack = await _own(owner, pack_id)
        member = await _member(pack.id, member_id)
        if member.state is MembershipState.REVOKED:
            raise NotFound("Record not found")  # that they left stays known
        await starter_packs.remove_member(member.id)


async def leave(instance: Instance, me: Actor, pack_id: int, member_id: int) -> None:
    """Leave a pack of somebody, for good. Raises `NotFound`, `Forbidden`."""
    async with instance.store.transaction():
        member = await _member(pack_id, member_id)
        if member.actor_id != me.id:
            raise Forbidden("This action is not allowed")
        await starter_packs.save_member(replace(member, state=MembershipState.REVOKED))


async def read(instance: Instance, pack_id: int, reader: Actor | None) -> tuple[ShownPack, Actor]:
    """Return a pack with its owner, as a reader meets it; NotFound where they may not."""
    pack = await starter_packs.find(pack_id)
    owner = await actors.find(pack.actor_id) if pack is not None else None
    if pack is None or owner is None or owner.deleted_at or owner.suspended_at:
        raise NotFound("Record not found")
    if await _is_blocked(owner, reader):
        raise NotFound("Record not found")
    del instance
    return await _shown(pack, reader), owner


async def of_actor(
    actor: Actor, reader: Actor | None, *, limit: int, offset: int
) -> list[ShownPack]:
    """Return somebody's packs, newest first; those that are not to be found, to their owner."""
    if await _is_blocked(actor, reader):
        return []
    is_own = reader is not None and reader.id == actor.id
    found = await starter_packs.of_actor(actor.id, hidden=is_own, limit=limit, offset=offset)
    return await _all_shown(found, reader)


async def with_member(
    actor: Actor, reader: Actor | None, *, limit: int, offset: int
) -> list[ShownPack]:
    """Return the packs that recommend somebody, newest first."""
    if await _is_blocked(actor, reader):
        return []
    is_own = reader is not None and reader.id == actor.id
    found = await starter_packs.with_member(actor.id, hidden=is_own, limit=limit, offset=offset)
    return await _all_shown(found, reader)


async def by_ids(ids: Collection[int], reader: Actor) -> list[ShownPack]:
    """Return those of these packs that there are, as a reader meets them."""
    return await _all_shown(await starter_packs.by_ids(ids), reader)


# ---------------------------------------------------------------- parts


def _changed(pack: StarterPack, draft: PackDraft, instance: Instance) -> StarterPack:
    wrong: dict[str, str] = {}
    name = pack.name if draft.name is None else clean_line(draft.name, NAME_LETTERS_MAX + 1)
    description = pack.description
    if draft.description is not None:
        description = clean_line(draft.description, DESCRIPTION_LETTERS_MAX + 1)
    hashtag = pack.hashtag if draft.hashtag is None else draft.hashtag.strip().removeprefix("#")
    language = pack.language if draft.language is None else draft.language
    if not name:
        wrong["name"] = "can't be blank"
    if len(name) > NAME_LETTERS_MAX:
        wrong["name"] = f"is too long (maximum is {NAME_LETTERS_MAX} characters)"
    if len(description) > DESCRIPTION_LETTERS_MAX:
        wrong["description"] = f"is too long (maximum is {DESCRIPTION_LETTERS_MAX} characters)"
    if hashtag and not is_hashtag(hashtag):
        wrong["tag_name"] = "is invalid"
    if language and not is_language(language):
        wrong["language"] = "is invalid"
    if wrong:
        words = ", ".join(f"{name.capitalize()} {reason}" for name, reason in wrong.items())
        raise Invalid(f"Validation failed: {words}", fields=wrong)
    return replace(
        pack,
        name=name,
        description=description,
        hashtag=fold_hashtag(hashtag) if hashtag else None,
        language=language or None,
        is_sensitive=_either(draft.is_sensitive, pack.is_sensitive),
        is_discoverable=_either(draft.is_discoverable, pack.is_discoverable),
        changed_at=instance.now(),
    )


def _either(new: bool | None, old: bool) -> bool:  # noqa: FBT001 - which of two
    return old if new is None else new


async def _add(
    instance: Instance, owner: Actor, pack: StarterPack, actor_id: int
) -> StarterPackMember:
    known = await starter_packs.find_actor(pack.id, actor_id)
    if known is not None and known.state is MembershipState.ACCEPTED:
        return known
    actor = await actors.find(RowId(actor_id))
    if actor is None or actor.deleted_at or actor.suspended_at:
        raise NotFound("Record not found")
    is_unwanted = known is not None or not actor.is_discoverable
    if is_unwanted or await relations.is_blocked_between(owner.id, actor.id):
        raise Forbidden("This action is not allowed")
    if len(await starter_packs.members([pack.id])) >= MEMBERS_MAX:
        raise _too_many()
    state = MembershipState.ACCEPTED
    made = StarterPackMember(instance.ids.new(), pack.id, actor.id, state, instance.now())
    await starter_packs.insert_member(made)
    if actor.is_local:
        told: dict[str, object] = {"pack_id": pack.id, "actor_id": actor.id}
        await instance.queue.enqueue(TELL_PACKED, told, now=instance.now())
    return made


def _too_many() -> Invalid:
    reason = f"are too many (maximum is {MEMBERS_MAX})"
    return Invalid(f"Validation failed: Collection items {reason}", fields={"account_ids": reason})


async def _own(owner: Actor, pack_id: int) -> StarterPack:
    """The pack, locked, if it is one's own."""
    pack = await starter_packs.find_locked(pack_id)
    if pack is None:
        raise NotFound("Record not found")
    if pack.actor_id != owner.id:
        raise Forbidden("This action is not allowed")
    return pack


async def _member(pack_id: int, member_id: int) -> StarterPackMember:
    member = await starter_packs.find_member(pack_id, member_id)
    if member is None:
        raise NotFound("Record not found")
    return member


async def _is_blocked(actor: Actor, reader: Actor | None) -> bool:
    """Whom somebody blocks is not told whom they recommend."""
    return reader is not None and await relations.find_block(actor.id, reader.id) is not None


async def _shown(pack: StarterPack, reader: Actor | None) -> ShownPack:
    return (await _all_shown([pack], reader))[0]


async def _all_shown(packs: Sequence[StarterPack], reader: Actor | None) -> list[ShownPack]:
    """Packs with whom a reader meets there: nobody with a block between them (two queries)."""
    hidden: set[RowId] = set()
    if reader is not None and packs:
        hidden = await relations.blocking_ids(reader.id) | await relations.blocked_by_ids(reader.id)
    members: dict[RowId, list[tuple[StarterPackMember, Actor]]] = {pack.id: [] for pack in packs}
    for member, actor in await starter_packs.members(list(members)) if packs else []:
        if actor.id not in hidden:
            members[member.pack_id].append((member, actor))
    return [ShownPack(pack, members[pack.id]) for pack in packs]
