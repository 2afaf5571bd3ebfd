"""Reports: somebody here says that something is wrong, and those who run this server look at it.

Who reports is never told to the other server: what is forwarded comes from the instance actor.
https://docs.joinmastodon.org/spec/activitypub/#Flag
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from actors import identity
from actors.activitystreams import handle_of
from actors.relations import check_two_people
from actors.text import clean_source
from federation import vocabulary as v
from feeds import notifications
from instance.errors import Invalid, NotFound
from instance.resources import Instance
from moderation import audit, limits
from outbox import audience, delivery
from posts import threads
from storage import actors, reports, site_texts, users
from storage import notifications as notification_rows
from storage.records import (
    Actor,
    AuditKind,
    NotificationDetails,
    NotificationKind,
    Page,
    Post,
    Report,
    ReportCategory,
    RowId,
    User,
)
from users import starter_packs
from users.registration import check_moderates

COMMENT_LETTERS_MAX = 1000
POSTS_MAX = 20
"""Posts that one report names, however often it is added to (OR-27, MO-6)."""
NOTE_LETTERS_MAX = 1000


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a person wrote into the form; `forwards`: their server shall hear of it.

    `rule_ids` are the rules of this server that are broken: then it is a violation.
    """

    comment: str = ""
    category: str = ReportCategory.OTHER.value
    post_ids: tuple[RowId, ...] = ()
    forwards: bool = False
    rule_ids: tuple[RowId, ...] = ()
    pack_ids: tuple[RowId, ...] = ()


# ---------------------------------------------------------------- people here report


async def report(instance: Instance, actor: Actor, target: Actor, complaint: Complaint) -> Report:
    """Tell the moderators that something is wrong with somebody, here or elsewhere.

    Said again while it waits, it is added to. Raises `Invalid`, `NotFound` for posts that one may
    not see or that are not theirs, `TooMany`.
    """
    check_two_people(actor.id, target.id)
    category = ReportCategory.VIOLATION if complaint.rule_ids else _category(complaint.category)
    broken = await _rules(complaint.rule_ids)
    comment = clean_source(complaint.comment).strip()
    if len(comment) > COMMENT_LETTERS_MAX:
        reason = f"There is room for {COMMENT_LETTERS_MAX} letters."
        raise Invalid(reason, fields={"comment": reason})
    shown = [
        await threads.visible_post(instance, post_id, actor)
        for post_id in complaint.post_ids[:POSTS_MAX]
    ]
    if any(post.actor_id != target.id for post in shown):
        raise NotFound("This post is by somebody else.")
    packs = await _packs(instance, actor, target, complaint.pack_ids)
    await limits.allow_report(instance, actor.id)
    forwards = complaint.forwards and not target.is_local
    async with instance.store.transaction():
        made = await file(
            instance,
            Report(
                id=instance.ids.new(),
                actor_id=actor.id,
                target_id=target.id,
                post_ids=tuple(post.id for post in shown),
                category=category,
                comment=comment,
                is_forwarded=forwards,
                created_at=instance.now(),
                rule_ids=broken,
                pack_ids=packs,
            ),
        )
    if forwards:
        await _forward(instance, target, shown, comment)
    return made


async def _rules(ids: Sequence[RowId]) -> tuple[RowId, ...]:
    known = {each.id for each in await site_texts.rules_by_ids(list(ids))} if ids else set()
    if known != set(ids):
        reason = "There is no such rule."
        raise Invalid(reason, fields={"rule_ids": reason})
    return tuple(dict.fromkeys(ids))


async def _packs(
    instance: Instance, actor: Actor, target: Actor, ids: Sequence[RowId]
) -> tuple[RowId, ...]:
    wanted = tuple(dict.fromkeys(ids))[: starter_packs.PACKS_MAX]
    for pack_id in wanted:
        _, owner = await starter_packs.read(instance, pack_id, actor)
        if owner.id != target.id:
            raise NotFound("This collection is by somebody else.")
    return wanted


def _category(text: str) -> ReportCategory:
    try:
        return ReportCategory(text)
    except ValueError:
        raise Invalid("Choose what it is about.", fields={"category": "Choose one."}) from None


async def file(instance: Instance, made: Report) -> Report:
    """Keep a report, or add it to the one that waits, and tell the moderators; in a transaction."""
    waiting = await reports.find_open(made.actor_id, made.target_id)
    if waiting is None:
        await reports.insert(made)
    else:
        said = "\n\n".join(dict.fromkeys(each for each in (waiting.comment, made.comment) if each))
        posts = tuple(dict.fromkeys((*waiting.post_ids, *made.post_ids)))
        made = replace(
            waiting,
            post_ids=posts[:POSTS_MAX],
            comment=said[:COMMENT_LETTERS_MAX],
            is_forwarded=waiting.is_forwarded or made.is_forwarded,
            rule_ids=tuple(dict.fromkeys((*waiting.rule_ids, *made.rule_ids))),
            pack_ids=tuple(dict.fromkeys((*waiting.pack_ids, *made.pack_ids))),
        )
        await reports.save(made)
    for moderator in await users.list_moderators():
        kind, details = NotificationKind.REPORT, NotificationDetails(report_id=made.id)
        await notifications.tell(
            instance, kind, moderator.actor_id, made.target_id, details=details
        )
    return made


async def _forward(instance: Instance, target: Actor, shown: Iterable[Post], comment: str) -> None:
    """E126, A177: the other server learns what is wrong, and not who said so."""
    us = await identity.instance_actor(instance)
    activity_id = delivery.new_id(instance)
    flag = v.Flag(
        id=activity_id.uri,
        actor=us.uri,
        objects=(target.uri, *(post.uri for post in shown)),
        content=comment,
    )
    async with instance.store.transaction():
        await delivery.send(instance, us, flag, audience.only(target), row=activity_id.row)


# ---------------------------------------------------------------- moderators answer


async def list_reports(moderator: User, page: Page, *, resolved: bool = False) -> list[Report]:
    """Return a page of the reports that wait, or of those that somebody has answered."""
    check_moderates(moderator)
    return await (reports.list_resolved(page) if resolved else reports.list_open(page))


async def resolve(
    instance: Instance, moderator: User, report_id: RowId, note: str, *, is_operator: bool = False
) -> Report:
    """Settle a report, with a note for the other moderators. Raises `Invalid`, `NotFound`."""
    check_moderates(moderator)
    note = clean_source(note).strip()
    if len(note) > NOTE_LETTERS_MAX:
        reason = f"There is room for {NOTE_LETTERS_MAX} letters."
        raise Invalid(reason, fields={"note": reason})
    async with instance.store.transaction():
        before = await reports.get_locked(report_id)
        now = instance.now()
        after = replace(before, note=note, resolved_at=now, resolved_by_id=moderator.actor_id)
        await reports.save(after)
        await _forget_told(before.target_id, await users.list_moderators())
        await _note(instance, None if is_operator else moderator.actor_id, "settled", after)
    return after


async def reopen(
    instance: Instance, moderator: User, report_id: RowId, *, is_operator: bool = False
) -> Report:
    """Let a report wait again; its note stays. Raises `NotFound`."""
    check_moderates(moderator)
    async with instance.store.transaction():
        before = await reports.get_locked(report_id)
        after = replace(before, resolved_at=None, resolved_by_id=None)
        await reports.save(after)
        await _note(instance, None if is_operator else moderator.actor_id, "reopened", after)
    return after


async def _note(instance: Instance, by: RowId | None, did: str, report: Report) -> None:
    about = await actors.get(report.target_id)
    words = f"{did} the report about {handle_of(about, instance.settings.handles_at)}"
    await audit.note(instance, by, AuditKind.REPORT, str(report.id), words)


async def _forget_told(target_id: RowId, moderators: Sequence[User]) -> None:
    """What is settled is no news; the next report about the same person is."""
    kind = NotificationKind.REPORT
    for moderator in moderators:
        await notification_rows.remove_one(moderator.actor_id, kind, target_id, None)


async def about(found: Sequence[Report]) -> dict[RowId, Actor]:
    """Everybody whom these reports name: reporters, the reported, and who settled them."""
    named = {each.actor_id for each in found} | {each.target_id for each in found}
    return await actors.by_ids(
        named | {each.resolved_by_id for each in found if each.resolved_by_id}
    )
