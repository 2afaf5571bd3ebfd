"""Posts that somebody brings along from another server (B127): with their dates, told to nobody.

They stand where their date puts them, in profiles and feeds that are read off the posts; nothing is
delivered, nobody is notified. They say where they come from, and all of one import can go again.
"""

from datetime import UTC
from typing import Final
from urllib.parse import urlsplit

from actors.markup import clean_html, plain_text
from actors.text import clean_line, find_hashtags, fold_hashtag
from federation import reading
from instance.errors import Conflict, Invalid, NotFound
from instance.resources import Instance
from posts import burying
from posts.text import language_tag
from storage import posts, transfers, users
from storage.records import (
    Actor,
    ImportedPost,
    ImportKind,
    Post,
    PostDetails,
    RowId,
    User,
    Visibility,
)

UNDO_IMPORT: Final = "undo_import"
BURIED_PER_JOB: Final = 100
_SUMMARY_LETTERS_MAX: Final = 500


async def bring(
    instance: Instance, author: Actor, import_id: RowId, cells: tuple[str, ...]
) -> None:
    """Make a post of a line; raises `Conflict` for one that was brought before, `Invalid`."""
    uri, answers = cells[0], cells[7]
    known = await transfers.imported_among(author.id, [uri, answers])
    if uri in known:
        raise Conflict("You brought this post here before.")
    parent = await posts.find(known[answers]) if answers in known else None
    if answers and parent is None:
        raise Invalid("It answers what is not yours, or not in this file.")
    post = _post(instance, author, cells, parent)
    made = ImportedPost(instance.ids.new(), author.id, post.id, import_id, uri)
    async with instance.store.transaction():
        await posts.insert(post)
        if not await transfers.insert_imported(made):
            raise Conflict("You brought this post here before.")


def _post(instance: Instance, author: Actor, cells: tuple[str, ...], parent: Post | None) -> Post:
    uri, published, visibility, markup, summary, sensitive, language, _ = cells
    moment = reading.instant(published)
    if moment is None or moment > instance.now():
        raise Invalid("It has no date, or one that is yet to come.")
    created_at = moment.astimezone(UTC)
    post_id = instance.ids.at(created_at)
    content = clean_html(markup)
    words = plain_text(content)
    context = instance.addresses.context(post_id)
    return Post(
        id=post_id,
        uri=instance.addresses.post(post_id),
        actor_id=author.id,
        visibility=Visibility(visibility),
        created_at=created_at,
        content=content,
        source=words,
        summary=clean_line(summary, _SUMMARY_LETTERS_MAX),
        is_sensitive=bool(sensitive or summary),
        language=language_tag(language),
        url=instance.addresses.post_page(author.username, post_id),
        is_local=True,
        conversation=(parent.conversation or parent.uri) if parent else context,
        context_uri=parent.context_uri if parent else context,
        in_reply_to_uri=parent.uri if parent else None,
        in_reply_to_id=parent.id if parent else None,
        in_reply_to_actor_id=parent.actor_id if parent else None,
        hashtags=tuple(dict.fromkeys(map(fold_hashtag, find_hashtags(words)))),
        details=PostDetails(origin=_origin(uri)),
    )


def _origin(uri: str) -> str:
    """The host that a post comes from; Misskey's archives name none."""
    try:
        return urlsplit(uri).hostname or "elsewhere"
    except ValueError:
        return "elsewhere"


async def undo(instance: Instance, user: User, import_id: int) -> None:
    """Take all posts of one of somebody's own imports away, by jobs. Raises `NotFound`.

    Other servers are not told, as they never were. What came of an import under way stops there.
    """
    found = await transfers.find_import(import_id)
    if found is None or found.user_id != user.id or found.kind is not ImportKind.POSTS:  # AU-29
        raise NotFound("There is no such import.")
    async with instance.store.transaction():
        await transfers.end_import(found.id, instance.now())
        await _enqueue(instance, found.id)


async def _enqueue(instance: Instance, import_id: RowId) -> None:
    await instance.queue.enqueue(UNDO_IMPORT, {"import_id": import_id}, now=instance.now())


async def carry_out_undo(instance: Instance, payload: dict[str, object]) -> None:
    """Job: bury a slice of the posts of an import, and queue the next. May run twice."""
    found = await transfers.find_import(int(str(payload["import_id"])))
    user = await users.find(found.user_id) if found else None
    if found is None or user is None:
        return
    async with instance.store.transaction():
        gone = await transfers.imported_by(found.id, BURIED_PER_JOB)
        known = await posts.by_ids(each.post_id for each in gone)
        for each in gone:
            await burying.bury(instance, known[each.post_id])
            await transfers.forget_imported(each.post_id)
        if gone:
            await _enqueue(instance, found.id)
