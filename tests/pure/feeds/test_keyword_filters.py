"""Which filters match a post, and by what."""

from typing import Any

import pytest

from feeds.matching import NONE, Filters
from storage.records import (
    Filter,
    FilterAction,
    FilterContext,
    FilteredPost,
    FilterKeyword,
    Post,
    RowId,
)
from tests.factories import START, make_actor, make_post

ME = RowId(1)
AUTHOR = make_actor()


def made(*keywords: tuple[str, bool], posts: tuple[int, ...] = (), hides: bool = False) -> Filters:
    one = Filter(
        id=RowId(5),
        owner_id=ME,
        title="No cheese",
        contexts=(FilterContext.HOME,),
        action=FilterAction.HIDE if hides else FilterAction.WARN,
        created_at=START,
        keywords=tuple(FilterKeyword(RowId(7), word, whole) for word, whole in keywords),
        posts=tuple(FilteredPost(RowId(8), RowId(post_id)) for post_id in posts),
    )
    return Filters(ME, (one,))


def said(text: str, **changes: Any) -> Post:
    return make_post(AUTHOR, content=text, **changes)


@pytest.mark.parametrize(
    ("keyword", "whole", "text", "is_matched"),
    [
        ("cheese", True, "<p>I like CHEESE.</p>", True),
        ("cheese", True, "<p>cheesecake</p>", False),
        ("cheese", False, "<p>cheesecake</p>", True),
        ("cheese", True, "<p>cheesecake and cheese</p>", True),
        ("a cheese", True, "<p>a <em>cheese</em></p>", True),
        ("#food", True, '<p><a href="https://a.test/tags/food">#<span>food</span></a></p>', True),
        ("straße", True, "<p>Die STRASSE</p>", True),
        ("Käse", True, "<p>Ka\u0308se</p>", True),
        ("href", False, '<p><a href="https://a.test">link</a></p>', False),
        ("?!", True, "<p>what?! no</p>", True),
        ("$5", True, "<p>a$5 note</p>", True),
        ("x_1", True, "<p>x_12</p>", False),
    ],
)
def test_b91_whole_words_and_parts_of_words(
    keyword: str, *, whole: bool, text: str, is_matched: bool
) -> None:
    found = made((keyword, whole)).matches(said(text))
    assert [each.keywords for each in found] == ([(keyword,)] if is_matched else [])


def test_b91_warnings_choices_and_descriptions_count_and_names_of_posts_too() -> None:
    post = said("<p>Nothing</p>", summary="About cheese")
    assert made(("cheese", True), ("milk", True)).matches(post)[0].keywords == ("cheese",)
    found = made(("milk", True), posts=(post.id, post.id + 1)).matches(post)
    assert [(each.keywords, each.post_ids) for each in found] == [((), (post.id,))]


def test_b91_nobody_is_filtered_by_their_own_filters() -> None:
    post = said("<p>cheese</p>")
    assert made(("cheese", True), hides=True).hides(post)
    mine = Filters(post.actor_id, made(("cheese", True), hides=True).active)
    assert not mine.hides(post)


def test_b91_a_warning_hides_nothing() -> None:
    post = said("<p>cheese</p>")
    warning = made(("cheese", True))
    assert warning.matches(post)
    assert not warning.hides(post)
    assert not warning.hiding()
    assert NONE.matches(post) == []
