"""Filters as their owners make them: what they do not want to meet, by words or post by post.

What a filter does is in `feeds/keyword_filters.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from instance import hints
from instance.errors import Invalid, NotFound
from instance.hints import Kind
from instance.resources import Instance
from posts.threads import visible_post
from storage import keyword_filters
from storage.records import (
    Actor,
    Filter,
    FilterAction,
    FilterContext,
    FilteredPost,
    FilterKeyword,
    RowId,
)

T = TypeVar("T")

TITLE_LETTERS_MAX: Final = 256
KEYWORD_LETTERS_MAX: Final = 512
FILTERS_MAX: Final = 100
KEYWORDS_MAX: Final = 500
POSTS_MAX: Final = 500
EXPIRES_IN_S_MAX: Final = 100 * 365 * 86400


@dataclass(frozen=True, slots=True)
class KeywordWish:
    """A keyword as it was sent: a new one, or with `id` one that is changed, or goes."""

    keyword: str | None = None
    is_whole_word: bool | None = None
    id: RowId | None = None
    is_removed: bool = False


@dataclass(frozen=True, slots=True)
class FilterWish:
    """A filter as it was sent; what is None stays as it is. `expires_in_s` 0 is never."""

    title: str | None = None
    contexts: Sequence[str] | None = None
    action: str | None = None
    expires_in_s: int | None = None
    keywords: Sequence[KeywordWish] = ()


async def all_of(owner: Actor) -> list[Filter]:
    """Return somebody's filters, the oldest first."""
    return await keyword_filters.of_owner(owner.id)


async def get(owner: Actor, filter_id: RowId) -> Filter:
    """Return one filter; `NotFound` for those of others."""
    return _one(each for each in await all_of(owner) if each.id == filter_id)


async def create(instance: Instance, owner: Actor, wish: FilterWish) -> Filter:
    """Make a filter. Raises `Invalid`."""
    if len(await all_of(owner)) >= FILTERS_MAX:
        raise Invalid(f"Validation failed: There is room for {FILTERS_MAX} filters")
    made = Filter(
        id=instance.ids.new(),
        owner_id=owner.id,
        title="",
        contexts=(),
        action=FilterAction.WARN,
        created_at=instance.now(),
    )
    made = _wished(instance, made, wish)
    async with instance.store.transaction():
        await keyword_filters.insert(made)
        hints.give(instance, Kind.FILTERS, owner.id)
    return made


async def change(instance: Instance, owner: Actor, filter_id: RowId, wish: FilterWish) -> Filter:
    """Change a filter. Raises `Invalid`, `NotFound`."""
    async with instance.store.transaction():
        before = await keyword_filters.get_locked(owner.id, filter_id)
        after = _wished(instance, before, wish)
        await keyword_filters.save(after)
        hints.give(instance, Kind.FILTERS, owner.id)
    return after


async def remove(instance: Instance, owner: Actor, filter_id: RowId) -> None:
    """Remove a filter; `NotFound` for those of others."""
    async with instance.store.transaction():
        await keyword_filters.remove(await keyword_filters.get_locked(owner.id, filter_id))
        hints.give(instance, Kind.FILTERS, owner.id)


# ---------------------------------------------------------------- keywords


async def with_keyword(owner: Actor, keyword_id: RowId) -> tuple[Filter, FilterKeyword]:
    """Return a keyword and the filter it belongs to; `NotFound` for those of others."""
    return _one(
        (each, keyword)
        for each in await all_of(owner)
        for keyword in each.keywords
        if keyword.id == keyword_id
    )


async def add_keyword(
    instance: Instance, owner: Actor, filter_id: RowId, wish: KeywordWish
) -> FilterKeyword:
    """Add a keyword to a filter. Raises `Invalid`, `NotFound`."""
    after = await change(instance, owner, filter_id, FilterWish(keywords=[wish]))
    return after.keywords[-1]


async def change_keyword(
    instance: Instance, owner: Actor, wish: KeywordWish, filter_wish: FilterWish | None = None
) -> tuple[Filter, FilterKeyword]:
    """Change a keyword, and its filter as the first API of filters has both in one.

    Raises `Invalid`, also where other keywords of the filter would change with it, and `NotFound`.
    """
    before, _ = await with_keyword(owner, wish.id or RowId(0))
    filter_wish = filter_wish or FilterWish()
    if len(before.keywords) > 1 and _wished(instance, before, filter_wish) != before:
        raise Invalid(
            "These parameters cannot be changed from this application because they apply to more "
            "than one filter keyword."
        )
    after = await change(instance, owner, before.id, replace(filter_wish, keywords=[wish]))
    return after, _one(each for each in after.keywords if each.id == wish.id)


async def remove_keyword(
    instance: Instance, owner: Actor, keyword_id: RowId, *, and_empty: bool = False
) -> None:
    """Take a keyword away; with `and_empty` a filter too that nothing is left in."""
    found, _ = await with_keyword(owner, keyword_id)
    wish = KeywordWish(id=keyword_id, is_removed=True)
    after = await change(instance, owner, found.id, FilterWish(keywords=[wish]))
    if and_empty and not after.keywords and not after.posts:
        await remove(instance, owner, after.id)


# ---------------------------------------------------------------- posts


async def with_post(owner: Actor, filtered_id: RowId) -> tuple[Filter, FilteredPost]:
    """Return a filtered post and the filter it belongs to; `NotFound` for those of others."""
    return _one(
        (each, filtered)
        for each in await all_of(owner)
        for filtered in each.posts
        if filtered.id == filtered_id
    )


async def add_post(
    instance: Instance, owner: Actor, filter_id: RowId, post_id: RowId
) -> FilteredPost:
    """Let a filter match one post; again changes nothing. Raises `NotFound` for hidden posts."""
    await visible_post(instance, post_id, owner)
    async with instance.store.transaction():
        before = await keyword_filters.get_locked(owner.id, filter_id)
        for each in before.posts:
            if each.post_id == post_id:
                return each
        if len(before.posts) >= POSTS_MAX:
            raise Invalid(f"Validation failed: There is room for {POSTS_MAX} posts")
        made = FilteredPost(instance.ids.new(), post_id)
        await keyword_filters.save(replace(before, posts=(*before.posts, made)))
        hints.give(instance, Kind.FILTERS, owner.id)
    return made


async def remove_post(instance: Instance, owner: Actor, filtered_id: RowId) -> FilteredPost:
    """Let a filter match a post no more. Raises `NotFound`."""
    found, gone = await with_post(owner, filtered_id)
    async with instance.store.transaction():
        before = await keyword_filters.get_locked(owner.id, found.id)
        rest = tuple(each for each in before.posts if each.id != filtered_id)
        await keyword_filters.save(replace(before, posts=rest))
        hints.give(instance, Kind.FILTERS, owner.id)
    return gone


# ---------------------------------------------------------------- what was wished


def _wished(instance: Instance, before: Filter, wish: FilterWish) -> Filter:
    title = before.title if wish.title is None else wish.title.strip()
    return replace(
        before,
        title=_bounded(title, "Title", TITLE_LETTERS_MAX),
        contexts=_contexts(before.contexts if wish.contexts is None else wish.contexts),
        action=before.action if wish.action is None else _action(wish.action),
        expires_at=_expires_at(instance, before, wish.expires_in_s),
        keywords=_keywords(instance, before.keywords, wish.keywords),
    )


def _bounded(text: str, name: str, letters_max: int) -> str:
    reason = "can't be blank" if not text else ""
    if len(text) > letters_max:
        reason = f"is too long (maximum is {letters_max} characters)"
    if reason:
        raise Invalid(f"Validation failed: {name} {reason}", fields={name.lower(): reason})
    return text


def _contexts(given: Sequence[str]) -> tuple[FilterContext, ...]:
    try:
        found = tuple(dict.fromkeys(FilterContext(each) for each in given))
    except ValueError:
        found = ()
    if not found:
        reason = "None or invalid context supplied"
        raise Invalid(f"Validation failed: Context {reason}", fields={"context": reason})
    return found


def _action(given: str) -> FilterAction:
    try:
        return FilterAction(given)
    except ValueError:
        reason = "Validation failed: Filter action is not included in the list"
        raise Invalid(reason, fields={"filter_action": "is unknown"}) from None


def _expires_at(instance: Instance, before: Filter, expires_in_s: int | None) -> datetime | None:
    if expires_in_s is None:
        return before.expires_at
    return instance.now() + timedelta(seconds=expires_in_s) if expires_in_s else None


def _keywords(
    instance: Instance, before: Sequence[FilterKeyword], wishes: Sequence[KeywordWish]
) -> tuple[FilterKeyword, ...]:
    found = {each.id: each for each in before}
    for wish in wishes:
        if wish.id is not None and wish.id not in found:
            raise NotFound("Record not found")
        if wish.is_removed:
            found.pop(wish.id or RowId(0), None)
            continue
        known = found.get(wish.id) if wish.id is not None else None
        made = _keyword(known or FilterKeyword(instance.ids.new(), "", is_whole_word=True), wish)
        found[made.id] = made
    if len(found) > KEYWORDS_MAX:
        raise Invalid(f"Validation failed: There is room for {KEYWORDS_MAX} keywords")
    return tuple(found.values())


def _keyword(before: FilterKeyword, wish: KeywordWish) -> FilterKeyword:
    keyword = before.keyword if wish.keyword is None else wish.keyword.strip()
    whole = before.is_whole_word if wish.is_whole_word is None else wish.is_whole_word
    return FilterKeyword(before.id, _bounded(keyword, "Keyword", KEYWORD_LETTERS_MAX), whole)


def _one(found: Iterable[T]) -> T:
    """The one there is; those of others are not among them."""
    for each in found:
        return each
    raise NotFound("Record not found")
