"""Lists that people bring from elsewhere (B125): carried out line by line, by jobs.

Each line is done once, and what came of it stands with it: a server that stops goes on with the
next. Asks other servers, one at a time, never in a transaction.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from actors import identity, remote
from federation import webfinger
from feeds import lists as person_lists
from inbox import fetching
from instance.errors import (
    Conflict,
    Failure,
    Forbidden,
    Invalid,
    NotFound,
    RemoteUnreachable,
    TooMany,
)
from instance.resources import Instance
from outbox import blocking, following, host_blocking, interacting
from storage import actors, posts, relations, transfers, users
from storage.records import Actor, FollowState, Import, ImportKind, ImportLine, RowId, User
from transfers import bringing, exporting, lists, post_archives

IMPORT_SLICE: Final = "import_slice"

LINES_PER_JOB: Final = 20
WAITING_MAX: Final = 3
SHOWN_MAX: Final = 10
FAILED_SHOWN_MAX: Final = 100
KEPT_FOR: Final = timedelta(days=7)
_REASON_LETTERS_MAX: Final = 300
_ALL: Final = lists.LINES_MAX


async def begin(
    instance: Instance, user: User, kind: ImportKind, data: bytes, *, overwrites: bool
) -> Import:
    """Take a file in; raises `Invalid` for what cannot be read, `Conflict` for one too many."""
    is_of_posts = kind is ImportKind.POSTS
    # A large archive is read beside what else goes on.
    read = (
        await asyncio.to_thread(post_archives.read, data) if is_of_posts else lists.read(kind, data)
    )
    now = instance.now()
    made = Import(instance.ids.new(), user.id, kind, overwrites and not is_of_posts, len(read), now)
    rows = [
        ImportLine(
            id=instance.ids.new(),
            file_id=made.id,
            number=line.number,
            cells=line.cells,
            done_at=now if line.failure else None,
            failure=line.failure,
        )
        for line in read
    ]
    async with instance.store.transaction():
        await users.find_locked(user.id)
        before = await transfers.imports_of(user.id, SHOWN_MAX)
        if sum(one.finished_at is None for one in before) >= WAITING_MAX:
            raise Conflict("Wait until one of your imports is done.")
        await transfers.insert_import(made, rows)
        await _enqueue(instance, made.id)
    return made


async def _enqueue(instance: Instance, import_id: RowId, *, in_s: int = 0) -> None:
    await instance.queue.enqueue(
        IMPORT_SLICE,
        {"import_id": import_id},
        now=instance.now(),
        due_at=instance.now() + timedelta(seconds=in_s),
    )


async def carry_out(instance: Instance, payload: dict[str, object]) -> None:
    """Job: a slice of the lines; queues the next. Run twice, no line is done twice in effect."""
    found = await transfers.find_import(int(str(payload["import_id"])))
    user = await users.find(found.user_id) if found else None
    actor = await actors.find(user.actor_id) if user else None
    if found is None or actor is None or found.finished_at is not None:
        return  # left in the meantime
    for line in await transfers.lines_to_do(found.id, LINES_PER_JOB):
        try:
            failure = await _try(instance, actor, found, line)
        except TooMany as often:  # follows of a day: the rest comes when it may
            await _enqueue(instance, found.id, in_s=often.retry_after_s)
            return
        async with instance.store.transaction():
            await transfers.end_line(line.id, instance.now(), failure)
            if found.kind is ImportKind.POSTS:
                await transfers.shorten_line(line.id, line.cells[0])
    if await transfers.lines_to_do(found.id, 1):
        await _enqueue(instance, found.id)
        return
    if found.overwrites:
        await _remove_others(instance, actor, found)
    await transfers.end_import(found.id, instance.now())


async def _try(instance: Instance, actor: Actor, made: Import, line: ImportLine) -> str | None:
    """Do what a line says; returns why nothing came of it, if so."""
    try:
        if made.kind is ImportKind.POSTS:
            await bringing.bring(instance, actor, made.id, line.cells)
        else:
            await _ACTS[made.kind](instance, actor, line.cells)
    except TooMany:
        raise
    except Failure as failure:
        return failure.public[:_REASON_LETTERS_MAX]
    return None


# ---------------------------------------------------------------- what a line does


async def _follow(instance: Instance, actor: Actor, cells: tuple[str, ...]) -> None:
    handle, boosts, notifies, languages = cells
    target = await _person(instance, handle)
    options = following.Options(
        shows_boosts=lists.is_yes(boosts),
        notifies=bool(notifies) and lists.is_yes(notifies),
        languages=tuple(part.strip() for part in languages.split(",") if part.strip()),
    )
    await following.follow(instance, actor, target, options)


async def _block(instance: Instance, actor: Actor, cells: tuple[str, ...]) -> None:
    await blocking.block(instance, actor, (await _person(instance, cells[0])).id)


async def _mute(instance: Instance, actor: Actor, cells: tuple[str, ...]) -> None:
    target = await _person(instance, cells[0])
    hides = lists.is_yes(cells[1])
    await blocking.mute(instance, actor, target.id, hides_notifications=hides)


async def _block_host(instance: Instance, actor: Actor, cells: tuple[str, ...]) -> None:
    await host_blocking.block(instance, actor, cells[0])


async def _bookmark(instance: Instance, actor: Actor, cells: tuple[str, ...]) -> None:
    post = await posts.find_by_url(cells[0])
    if post is None:
        signer = await identity.signer(instance, actor.id)
        try:
            async with asyncio.timeout(remote.ASKED_TIMEOUT_S):
                post = await fetching.fetch_post(instance, cells[0], signer=signer)
        except TimeoutError as late:
            raise RemoteUnreachable("The other server does not answer.") from late
    if post is None:
        raise NotFound("This post is deleted.")
    await interacting.bookmark(instance, actor, post.id)


async def _list(instance: Instance, actor: Actor, cells: tuple[str, ...]) -> None:
    title, handle = cells
    target = await _person(instance, handle)
    mine = await person_lists.all_of(instance, actor)
    found = next((one for one in mine if one.title == title), None)
    follow = await relations.find_follow(actor.id, target.id)
    if follow is None or follow.state is not FollowState.ACCEPTED:
        raise Forbidden("You do not follow them: bring your follows first.")
    made = found or await person_lists.create(instance, actor, title)
    await person_lists.add(instance, actor, made.id, target.id)


async def _person(instance: Instance, text: str) -> Actor:
    handle = webfinger.parse_handle(text)
    if handle is None:
        raise Invalid("This is no handle.")
    return await remote.by_handle(instance, handle)


_ACTS: Mapping[ImportKind, Callable[[Instance, Actor, tuple[str, ...]], Awaitable[None]]] = (
    MappingProxyType(
        {
            ImportKind.FOLLOWS: _follow,
            ImportKind.BLOCKS: _block,
            ImportKind.MUTES: _mute,
            ImportKind.HOST_BLOCKS: _block_host,
            ImportKind.BOOKMARKS: _bookmark,
            ImportKind.LISTS: _list,
        }
    )
)


# ---------------------------------------------------------------- what is not in the file


async def _remove_others(instance: Instance, actor: Actor, done: Import) -> None:
    """Take away what is here and not in the file; a line of which nothing came counts as in it."""
    kept = set()
    for line in await transfers.all_lines(done.id, 0, _ALL):
        if line.cells:
            kept.add(lists.key(done.kind, line.cells))
    here = [row async for row in exporting.rows(instance, actor, done.kind)]
    for row in here:
        if lists.key(done.kind, row) not in kept:
            await _undo(instance, actor, done.kind, row)


async def _undo(instance: Instance, actor: Actor, kind: ImportKind, row: list[str]) -> None:
    """Take one thing away; who is gone meanwhile is not looked for elsewhere."""
    if kind is ImportKind.HOST_BLOCKS:
        await host_blocking.unblock(instance, actor, row[0])
        return
    if kind is ImportKind.BOOKMARKS:
        post = await posts.find_by_uri(row[0])
        if post is not None:
            await interacting.unbookmark(instance, actor, post.id)
        return
    username, _, host = row[-1 if kind is ImportKind.LISTS else 0].rpartition("@")
    is_here = host == instance.settings.handles_at
    target = await actors.find_by_handle(username, None if is_here else host)
    if target is None:
        return
    if kind is ImportKind.FOLLOWS:
        await following.unfollow(instance, actor, target)
    elif kind is ImportKind.BLOCKS:
        await blocking.unblock(instance, actor, target.id)
    elif kind is ImportKind.MUTES:
        await blocking.unmute(instance, actor, target.id)
    else:
        for made in await person_lists.all_with(instance, actor, target.id):
            if made.title == row[0]:
                await person_lists.remove(instance, actor, made.id, target.id)
