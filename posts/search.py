"""Finds posts by their words, as far as one viewer may find them. Handles and links: elsewhere.

Found are one's own posts and those one has met, public posts of who agreed to it, and by hashtags
alone every public post (B101, B102, PV-17). The index knows only which words stand where: whose
posts they are is asked for each look, of the youngest that match.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from actors import handles
from federation import webfinger
from instance.errors import Invalid
from instance.resources import Instance
from posts import indexing, queries, words
from posts.queries import Query, Scope
from posts.threads import visible_among
from storage import actors, full_text, posts
from storage.ids import first_at
from storage.matching import Match, Term
from storage.records import Actor, Page, Post, RowId

# So many of the youngest posts that match are looked at; of older ones only one's own, and those
# one answered, kept or is named in.
LOOKED_AT_MAX = 5000
TOUCHED_MAX = 2000
RANKED_MAX = 500
_FIRST_CHUNK, _CHUNK_GROWS = 50, 4


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, in the order of the page.

    `end` is the last post that was looked at where more may follow; None: that is everything.
    """

    posts: list[Post]
    end: RowId | None


async def find_posts(
    instance: Instance,
    text: str,
    viewer: Actor | None,
    page: Page,
    *,
    offset: int = 0,
    author_id: RowId | None = None,
) -> list[Post]:
    """Posts that a search means, newest first unless it says `order:relevance`.

    Raises `Invalid` for a search that is too long or has an impossible day (OP-4).
    """
    query = queries.parse(text)
    if author_id is not None:
        query.wanted.append(Term((words.author_mark(author_id),)))
    match = await _match(instance, query, viewer)
    if match is None:
        return []
    await indexing.catch_up(instance)
    candidates = await _candidates(match, viewer, _bounds(query, page))
    if query.is_by_relevance and candidates:
        looked_at = candidates[:LOOKED_AT_MAX]
        candidates = await full_text.best(match, min(looked_at), max(looked_at), RANKED_MAX)
    found = await _look_through(instance, candidates, query, viewer, offset + page.limit)
    shown = found.posts[offset : offset + page.limit]
    return shown if page.min_id is None else shown[::-1]


async def look(instance: Instance, text: str, viewer: Actor, page: Page) -> Found:
    """Posts that a search means, and how far it looked for them: so that it can go on from there.

    It gives what it has found besides when a page is full. Raises `Invalid` as `find_posts`.
    """
    query = queries.parse(text)
    match = await _match(instance, query, viewer)
    if match is None:
        return Found([], None)
    await indexing.catch_up(instance)
    candidates = await full_text.newest(match, _bounds(query, page), LOOKED_AT_MAX)
    found = await _look_through(instance, candidates, query, viewer, page.limit)
    is_cut = len(candidates) == LOOKED_AT_MAX
    return found if is_cut or found.end not in candidates[-1:] else replace(found, end=None)


async def check_kept(instance: Instance, text: str, owner: Actor) -> None:
    """Check that a search is worth being kept: it can find something, and goes by time.

    Raises `Invalid` with what is to be mended.
    """
    query = queries.parse(text)
    if query.is_by_relevance:
        raise Invalid("What is kept is read newest first: leave order:relevance out.")
    for name in (*query.authors, *query.not_authors):
        if await _author(instance, name, owner) is None:
            raise Invalid(f"Nobody called {name[:60]} is known here. Look them up first.")
    if not query.wanted and not query.authors:
        raise Invalid("Say what to look for: a word, a #hashtag, from: or has:, not only a minus.")


async def _match(instance: Instance, query: Query, viewer: Actor | None) -> Match | None:
    """What is looked for in the index; None for what nothing can match."""
    wanted, unwanted = list(query.wanted), list(query.unwanted)
    for names, terms in ((query.authors, wanted), (query.not_authors, unwanted)):
        for name in names:
            author = await _author(instance, name, viewer)
            if author is not None:
                terms.append(Term((words.author_mark(author.id),)))
            elif terms is wanted:
                return None
    return Match(tuple(wanted), tuple(unwanted)) if wanted else None


async def _author(instance: Instance, name: str, viewer: Actor | None) -> Actor | None:
    if name.lower() == "me":
        return viewer
    domain = instance.settings.handles_at
    handle = webfinger.parse_handle(name if "@" in name else f"{name}@{domain}")
    if handle is None:
        return None
    host = None if handles.is_ours(instance, handle) else handle.host
    return await actors.find_by_handle(handle.username, host)


def _bounds(query: Query, page: Page) -> Page:
    """The page within the days that a search names."""
    max_id, since_id = page.max_id, page.since_id
    if query.before is not None:
        before = first_at(query.before)
        max_id = before if max_id is None else min(max_id, before)
    if query.since is not None:
        after = first_at(query.since) - 1
        since_id = after if since_id is None else max(since_id, after)
    return replace(page, max_id=max_id, since_id=since_id)


async def _candidates(match: Match, viewer: Actor | None, bounds: Page) -> list[RowId]:
    """Which posts match, in the order of the page; not all are for the viewer to find."""
    found = await full_text.newest(match, bounds, LOOKED_AT_MAX)
    if viewer is None or len(found) < LOOKED_AT_MAX or bounds.min_id is not None:
        return found
    older = replace(bounds, max_id=found[-1])
    mine = replace(match, wanted=(*match.wanted, Term((words.author_mark(viewer.id),))))
    touched = await full_text.touched_by(viewer.id, found[-1], TOUCHED_MAX)
    more = set(await full_text.newest(mine, older, TOUCHED_MAX))
    more.update(each for each in await full_text.among(match, touched) if _is_in(each, older))
    return [*found, *sorted(more, reverse=True)]


async def _look_through(
    instance: Instance, candidates: Sequence[RowId], query: Query, viewer: Actor | None, enough: int
) -> Found:
    """Those that the viewer may find; `end` is the last one that was looked at."""
    found: list[Post] = []
    end = None
    for chunk in _chunks(candidates):
        found += await _allowed(instance, chunk, query, viewer)
        end = chunk[-1]
        if len(found) >= enough:
            break
    return Found(found, end)


def _is_in(post_id: RowId, bounds: Page) -> bool:
    return bounds.since_id is None or post_id > bounds.since_id


def _chunks(ids: Sequence[RowId]) -> Iterator[Sequence[RowId]]:
    """Few first: mostly they fill the page."""
    start, size = 0, _FIRST_CHUNK
    while start < len(ids):
        yield ids[start : start + size]
        start, size = start + size, size * _CHUNK_GROWS


async def _allowed(
    instance: Instance, ids: Sequence[RowId], query: Query, viewer: Actor | None
) -> list[Post]:
    allowed = set(
        await full_text.findable(
            ids,
            viewer.id if viewer is not None else None,
            own_and_seen=query.scope is not Scope.PUBLIC,
            others=query.scope is not Scope.LIBRARY,
            consent=not query.is_of_hashtags,
        )
    )
    known = await posts.by_ids(allowed)
    return await visible_among(instance, [known[each] for each in ids if each in known], viewer)
