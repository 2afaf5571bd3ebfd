"""What is left out of a page."""

from datetime import UTC, datetime
from typing import Any

import pytest

from feeds.filters import FeedItem, Reader, apply, is_shown, may_notify
from storage.records import Actor, ActorKind, ActorUri, Post, RowId, Visibility

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ME, ANN, BEN = RowId(1), RowId(2), RowId(3)


def actor(number: RowId, **more: Any) -> Actor:
    uri = ActorUri(f"https://a.test/{number}")
    return Actor(number, uri, f"a{number}", "a.test", ActorKind.PERSON, "", NOW, **more)


def item(
    author: Actor | None = None,
    booster: Actor | None = None,
    visibility: Visibility = Visibility.PUBLIC,
    deleted_at: datetime | None = None,
) -> FeedItem:
    author = author or actor(ANN)
    post = Post(RowId(9), "https://a.test/p", author.id, visibility, NOW, deleted_at=deleted_at)
    return FeedItem(RowId(50), post, author, booster)


def reader(**more: set[RowId]) -> Reader:
    return Reader(viewer_id=ME, **{key: frozenset(ids) for key, ids in more.items()})


def test_plain_items_stay_in_order() -> None:
    items = [item(), item(actor(BEN)), item(booster=actor(BEN))]
    assert apply(items, reader()) == items
    assert apply(items, Reader()) == items


@pytest.mark.parametrize("relation", ["blocking_ids", "blocked_by_ids", "muted_ids"])
@pytest.mark.parametrize("subject", [item(actor(ANN)), item(actor(BEN), booster=actor(ANN))])
def test_pv19_blocked_and_muted_people_are_left_out_as_authors_and_boosters(
    relation: str, subject: FeedItem
) -> None:
    assert not is_shown(subject, reader(**{relation: {ANN}}))
    assert is_shown(subject, reader(**{relation: {RowId(77)}}))


def test_a_muted_person_is_shown_on_their_own_page() -> None:
    assert is_shown(item(), reader(muted_ids={ANN}), shows_muted=True)
    assert not is_shown(item(), reader(blocking_ids={ANN}), shows_muted=True)


@pytest.mark.parametrize("state", ["deleted_at", "suspended_at"])
def test_mo2_deleted_and_suspended_people_are_left_out(state: str) -> None:
    gone = actor(ANN, **{state: NOW})
    assert not is_shown(item(gone), reader())
    assert not is_shown(item(actor(BEN), booster=gone), reader())


def test_pv7_a_boost_does_not_widen() -> None:
    hidden = item(booster=actor(BEN), visibility=Visibility.FOLLOWERS)
    assert not is_shown(hidden, reader(following_ids={BEN}))
    assert is_shown(hidden, reader(following_ids={ANN}))
    assert not is_shown(hidden, Reader(following_ids=frozenset({ANN})))


def test_deleted_posts_are_left_out() -> None:
    assert not is_shown(item(deleted_at=NOW), reader())


def test_pv18_who_may_notify() -> None:
    assert may_notify(actor(ANN), ME, reader())
    assert not may_notify(actor(ME), ME, reader())
    assert not may_notify(actor(ANN), ME, reader(muted_ids={ANN}))
    assert not may_notify(actor(ANN), ME, reader(blocking_ids={ANN}))
    assert not may_notify(actor(ANN), ME, reader(blocked_by_ids={ANN}))
    assert not may_notify(actor(ANN, deleted_at=NOW), ME, reader())
