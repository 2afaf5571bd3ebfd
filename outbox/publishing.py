"""Publish, edit and delete a post of a local person. Waits for no other server but for handles.

Each act is checked first, handles are looked up, then *one* transaction writes the post, what it
does here and the jobs for the rest: once it is answered, it is kept.
https://www.w3.org/TR/activitypub/#create-activity-outbox
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from actors import emoji
from federation import vocabulary as v
from feeds import notifications
from instance import hints
from instance.errors import Forbidden, Gone, NotFound
from instance.hints import Kind
from instance.resources import Instance
from moderation import limits
from outbox import answering, circles, delivery, mentions, voting
from outbox.answering import Around
from outbox.audience import inboxes_of_interacting
from outbox.making_known import audience_of, send_update
from posts import burying, cards, files, policies, text
from posts.activitystreams import note_from_post
from posts.drafts import CheckedDraft, Draft, PollDraft, check, check_thread
from posts.polls import has_same_answers
from posts.visibility import WIDE, let_in, reply_visibility
from storage import actors, polls, posts, receipts
from storage.records import (
    Actor,
    ActorKind,
    Emoji,
    Media,
    Mention,
    NotificationKind,
    Poll,
    PollOption,
    Post,
    Revision,
    RowId,
    SafeHtml,
    Visibility,
)

_EDIT_STEP = timedelta(seconds=1)
_OPEN_FOR = timedelta(days=1)
_QUESTION, _NOTE = "Question", "Note"

Beside = Callable[[Post], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Written:
    """A checked draft as it will stand in the post, with the people it names."""

    draft: CheckedDraft
    content: SafeHtml
    people: Mapping[str, Actor]
    emojis: tuple[Emoji, ...]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A post of which everything is known that must be asked for before it is kept."""

    written: _Written
    around: Around
    files: tuple[Media, ...]
    silent: tuple[Mention, ...]
    named: tuple[Mention, ...]


async def publish(
    instance: Instance, author: Actor, draft: Draft, *, beside: Beside | None = None
) -> Post:
    """Say something; returns the post as it is kept: of several at once (B39) the first one.

    `beside` is called with it in the transaction that keeps it; what it raises undoes all.

    Raises `Invalid` for a draft against the rules, `NotFound` for an answer to what the author may
    not see, `Forbidden` for what others let nobody do to their posts, `TooMany`. A handle that
    cannot be found out in ten seconds stays plain text.
    """
    thread = check_thread(draft, instance.settings.limits)
    first, *others = [await _prepare(instance, author, each) for each in thread]
    if others and first.around.reply_waits:
        raise Forbidden("Its author wants to be asked first. Post the first one alone.")
    async with instance.store.transaction():
        author = await actors.get_locked(author.id)
        if author.deleted_at is not None:
            raise Gone("This account was deleted meanwhile; nothing was posted.")
        if author.moved_to is not None:
            raise Forbidden("You have moved to another account. Post there.")  # A169
        post = said = await _say(instance, author, first, beside)
        for each in others:
            around = Around(parent=said)
            named = await _named(author, each.written, around, each.silent)
            said = await _say(instance, author, replace(each, around=around, named=named))
    return post


async def edit(instance: Instance, author: Actor, post_id: RowId, draft: Draft) -> Post:
    """Change the words of an own post; how it read before is kept. Nothing new: nothing is sent.

    Who may see it and what it answers stay as they were (PV-16). Raises as `publish`, and
    `NotFound` for posts of others, `Gone` for deleted ones.
    """
    before = await _own_post(author, post_id)
    as_it_is = replace(draft, visibility=before.visibility, quote_of=before.quote_id)
    checked = check(as_it_is, instance.settings.limits)
    written = await _render(instance, author, checked)
    chosen = await files.checked(author, draft.media_ids or ())
    await limits.allow_post(instance, author.id)
    async with instance.store.transaction():
        before = await _own_post_locked(author, post_id)
        if before.held is not None:
            raise Forbidden("This reply is not shown to others, so it cannot be edited now.")
        after = _edited(before, author, written, instance.now())
        if draft.quoters is not None:
            after = policies.with_quoters(after, draft.quoters)
        if draft.media_ids is not None:
            await files.give(before.id, chosen)
            chosen = await files.redescribed(before.id, chosen, draft.file_changes)
            after = replace(after, attachments=tuple(map(files.attachment, chosen)))
        after = files.covered(author, after)
        if replace(after, edited_at=before.edited_at) == before:
            return before
        # The Update's row has the id of the revision, for the same reason as the Create's.
        revision = _revision(instance, before)
        await posts.insert_revision(revision)
        await posts.save(after)
        await _follow_poll(instance, before, after)
        await _tell_about_edit(instance, before, after)
        await cards.enqueue(instance, after, was=before)
        await send_update(instance, author, after, row=revision.id)
        hints.give(instance, Kind.EDITED, after.id)
    return after


async def delete(
    instance: Instance, author: Actor, post_id: RowId, *, keeps_files: bool = False
) -> None:
    """Delete an own post: a tombstone stays, its words go everywhere (PV-20, MD-13).

    With `keeps_files` its files wait for another post, a day at most (B41: delete and redraft).

    Raises `NotFound` for posts of others, `Gone` for what is deleted already.
    """
    post = await _own_post(author, post_id)
    interacting = await inboxes_of_interacting(post)
    async with instance.store.transaction():
        post = await _own_post_locked(author, post_id)
        audience = await audience_of(instance, author, let_in(post))
        if post.held is not None and post.in_reply_to_actor_id is not None:
            # Who was asked to let it in has it, too.
            asked = (*audience.actor_ids, post.in_reply_to_actor_id)
            audience = replace(audience, actor_ids=asked)
        note = note_from_post(post, author, addresses=instance.addresses)
        # What was sent about it holds its words too: the Create and the Updates.
        revisions = await posts.list_revisions(post.id)
        await receipts.forget_activities([post.id, *(each.id for each in revisions)])
        if post.poll is not None:  # how it stood was sent with its words
            await receipts.forget_updates(author.id, post.id)
        await burying.bury(instance, post)
        left = await files.let_go(post)
        activity_id = delivery.new_id(instance)
        gone = v.Delete(
            id=activity_id.uri, actor=author.uri, object=post.uri, to=note.to, cc=note.cc
        )
        if let_in(post).visibility is not Visibility.LOCAL:
            await delivery.send(
                instance,
                author,
                gone,
                replace(audience, inboxes=interacting),
                row=activity_id.row,
                post_id=post.id,
            )
    if not keeps_files:
        await files.remove(instance, left)


# ---------------------------------------------------------------- checking


async def _prepare(instance: Instance, author: Actor, checked: CheckedDraft) -> _Prepared:
    around = await answering.look_around(instance, author, checked)
    written = await _render(instance, author, checked)
    if checked.visibility is Visibility.LOCAL and around.asks_elsewhere:
        raise Forbidden("Its author wants to be asked first, and this would stay here.")
    chosen = await files.checked(author, checked.media_ids or ())
    silent = await circles.addressed(author, checked, around.parent)
    await limits.allow_post(instance, author.id)
    named = await _named(author, written, around, silent)
    answering.check_quote_in_private(author, checked, around, named)
    return _Prepared(written, around, chosen, silent, named)


async def _named(
    author: Actor, written: _Written, around: Around, silent: Collection[Mention]
) -> tuple[Mention, ...]:
    draft, people = written.draft, written.people.values()
    named = await mentions.addressed(
        author, people, around.parent, also=draft.recipients, blind=draft.blind
    )
    known = {mention.uri for mention in named}
    return (*named, *(mention for mention in silent if mention.uri not in known))


async def _render(instance: Instance, author: Actor, checked: CheckedDraft) -> _Written:
    people = await mentions.find_people(instance, author, checked.mentions)
    resolved = text.resolve_mentions(people)
    base_url = instance.addresses.base_url
    content = text.written(checked.source, checked.source_type, resolved, base_url)
    answers = checked.poll.options if checked.poll is not None else ()
    emojis = await emoji.used_in(checked.spoken, checked.summary, *answers)
    return _Written(checked, content, people, emojis)


async def _own_post(author: Actor, post_id: RowId) -> Post:
    return _checked_own(author, await posts.find(post_id))


async def _own_post_locked(author: Actor, post_id: RowId) -> Post:
    """The same for who changes it in this transaction."""
    return _checked_own(author, await posts.find_locked(post_id))


def _checked_own(author: Actor, post: Post | None) -> Post:
    if post is None or post.actor_id != author.id:
        raise NotFound("There is no post of yours at this address.")
    if post.deleted_at is not None:
        raise Gone("You have deleted this post.")
    return post


# ---------------------------------------------------------------- making


async def _say(
    instance: Instance, author: Actor, prepared: _Prepared, beside: Beside | None = None
) -> Post:
    """Keep a post and make it known; in the transaction of `publish`."""
    new, around = _new_post(instance, author, prepared), prepared.around
    post = await answering.placed(instance, author, files.covered(author, new), around)
    await posts.insert(post)
    if beside is not None:
        await beside(post)
    await files.give(post.id, prepared.files)
    if post.poll is not None:
        await voting.close_later(instance, post.id, post.poll)
    await answering.send_out(instance, author, post, around)
    return post


def _new_post(instance: Instance, author: Actor, prepared: _Prepared) -> Post:
    written, parent = prepared.written, prepared.around.parent
    post_id, draft = instance.ids.new(), written.draft
    uri = instance.addresses.post(post_id)
    post = Post(
        id=post_id,
        uri=uri,
        actor_id=author.id,
        visibility=draft.visibility,
        created_at=instance.now(),
        content=written.content,
        source=draft.source,
        source_type=draft.source_type,
        summary=draft.summary,
        is_sensitive=draft.is_sensitive,
        language=draft.language,
        url=instance.addresses.post_page(author.username, post_id),
        is_local=True,
        conversation=instance.addresses.context(post_id),
        context_uri=instance.addresses.context(post_id),
        mentions=prepared.named,
        attachments=tuple(map(files.attachment, prepared.files)),
        hashtags=draft.hashtags,
        policy=draft.policy,
        emojis=written.emojis,
        kind=_QUESTION if draft.poll is not None else _NOTE,
        poll=_poll(draft.poll, None, instance.now()),
        audience=_group(draft, written.people.values(), parent),
        application=draft.application,
    )
    if parent is None:
        return post
    return replace(
        post,
        visibility=reply_visibility(draft.visibility, parent.visibility),  # PV-25
        in_reply_to_uri=parent.uri,
        in_reply_to_id=parent.id,
        in_reply_to_actor_id=parent.actor_id,
        conversation=parent.conversation or parent.uri,
        context_uri=_context_of(instance, parent),
    )


def _group(draft: CheckedDraft, people: Collection[Actor], parent: Post | None) -> str | None:
    """The group a post is for (FEP-1b12): that of what it answers, or the first that it names."""
    if draft.visibility not in WIDE:
        return None
    if parent is not None:
        return parent.audience
    return next((person.uri for person in people if person.kind is ActorKind.GROUP), None)


def _context_of(instance: Instance, parent: Post) -> str | None:
    """FEP-7888: an answer belongs where the post belongs that it answers."""
    if parent.context_uri is None and parent.is_local and parent.in_reply_to_uri is None:
        return instance.addresses.context(parent.id)
    return parent.context_uri


def _edited(before: Post, author: Actor, written: _Written, now: datetime) -> Post:
    """The post with its new words. Who was named once stays addressed: they have the post."""
    named = {mention.uri: mention for mention in before.mentions}
    for person in written.people.values():
        known = named.get(person.uri)
        if person.id != author.id and (known is None or known.is_silent):
            named[person.uri] = mentions.mention_of(person)
    draft = written.draft
    return replace(
        before,
        content=written.content,
        source=draft.source,
        source_type=draft.source_type,
        summary=draft.summary,
        is_sensitive=draft.is_sensitive,
        language=draft.language,
        hashtags=draft.hashtags,
        mentions=tuple(named.values()),
        emojis=written.emojis,
        kind=_QUESTION if draft.poll is not None else _NOTE,
        poll=_poll(draft.poll, before.poll, now),
        # E105: newer than what others have, in whole seconds too, or they drop the words.
        edited_at=max(now, (before.edited_at or before.created_at) + _EDIT_STEP),
    )


def _poll(draft: PollDraft | None, before: Poll | None, now: datetime) -> Poll | None:
    """The poll of a draft. Its votes stay as long as its answers do (E107)."""
    if draft is None:
        return None
    known_end = before.ends_at if before is not None else None
    wanted = Poll(
        options=tuple(PollOption(text, 0) for text in draft.options),
        is_multiple=draft.is_multiple,
        ends_at=now + draft.open_for if draft.open_for else known_end or now + _OPEN_FOR,
        voters=0,
        hides_totals=draft.hides_totals,
    )
    if before is None or not has_same_answers(before, wanted):
        return wanted
    return replace(
        wanted,
        options=before.options,
        voters=before.voters,
        is_closed=before.is_closed and wanted.ends_at == known_end,
    )


def _revision(instance: Instance, before: Post) -> Revision:
    return Revision(
        id=instance.ids.new(),
        post_id=before.id,
        content=before.content,
        source=before.source,
        summary=before.summary,
        is_sensitive=before.is_sensitive,
        attachments=before.attachments,
        created_at=before.edited_at or before.created_at,
    )


async def _follow_poll(instance: Instance, before: Post, after: Post) -> None:
    """E107: other answers are another poll, in which nobody has voted."""
    if before.poll is not None and not has_same_answers(before.poll, after.poll):
        await polls.remove_of_post(after.id)
    if after.poll is not None:
        await voting.close_later(instance, after.id, after.poll)


# ---------------------------------------------------------------- telling


async def _tell_about_edit(instance: Instance, before: Post, after: Post) -> None:
    """People who are named now and were not before; and whoever boosted what reads differently."""
    known = {mention.actor_id for mention in before.mentions if not mention.is_silent}
    for mention in after.mentions:
        is_new = mention.actor_id not in known and not mention.is_silent
        if mention.actor_id is not None and is_new:
            await notifications.tell(
                instance, NotificationKind.MENTION, mention.actor_id, after.actor_id, after.id
            )
    await notifications.tell_of_edit(instance, after)
