"""What is left out of a page."""

import pytest

from feeds.filters import FeedItem, apply, may_notify
from storage.records import BLOCKED_BY, BLOCKS, FOLLOWS, MUTES, Person, RowId, Sight, Visibility

ME, ANN, BEN = RowId(1), RowId(2), RowId(3)

POST = Sight(
    id=RowId(9),
    author_id=ANN,
    visibility=Visibility.PUBLIC,
    is_deleted=False,
    author_is_live=True,
    is_named=False,
    stamp=0,
    replies=0,
    likes=0,
    boosts=0,
    done=0,
    standing=0,
)
BOOSTER = Person(BEN, version=0, is_live=True, standing=0)


def item(post: Sight = POST, booster: Person | None = None) -> FeedItem:
    return FeedItem(RowId(50), post, booster)


def is_shown(subject: FeedItem, viewer_id: RowId | None = ME, *, shows_muted: bool = False) -> bool:
    return apply([subject], viewer_id, shows_muted=shows_muted) == [subject]


def test_plain_items_stay_in_order() -> None:
    items = [item(), item(POST._replace(id=RowId(8))), item(booster=BOOSTER)]
    assert apply(items, ME) == items
    assert apply(items, None) == items


@pytest.mark.parametrize("standing", [BLOCKS, BLOCKED_BY, MUTES, MUTES | FOLLOWS])
def test_pv19_blocked_and_muted_people_are_left_out_as_authors_and_boosters(standing: int) -> None:
    assert not is_shown(item(POST._replace(standing=standing)))
    assert not is_shown(item(booster=BOOSTER._replace(standing=standing)))
    assert is_shown(item(booster=BOOSTER._replace(standing=FOLLOWS)))


def test_a_muted_person_is_shown_on_their_own_page() -> None:
    assert is_shown(item(POST._replace(standing=MUTES)), shows_muted=True)
    assert not is_shown(item(POST._replace(standing=BLOCKS)), shows_muted=True)


def test_mo2_deleted_and_suspended_people_are_left_out() -> None:
    assert not is_shown(item(POST._replace(author_is_live=False)))
    assert not is_shown(item(booster=BOOSTER._replace(is_live=False)))


def test_pv7_a_boost_does_not_widen() -> None:
    hidden = POST._replace(visibility=Visibility.FOLLOWERS)
    assert not is_shown(item(hidden, BOOSTER._replace(standing=FOLLOWS)))
    assert is_shown(item(hidden._replace(standing=FOLLOWS), BOOSTER))
    assert not is_shown(item(hidden, BOOSTER), None)


def test_pv4_direct_posts_are_for_who_is_named() -> None:
    direct = POST._replace(visibility=Visibility.DIRECT, standing=FOLLOWS)
    assert not is_shown(item(direct))
    assert is_shown(item(direct._replace(is_named=True)))
    assert is_shown(item(direct), ANN)


def test_deleted_posts_are_left_out() -> None:
    assert not is_shown(item(POST._replace(is_deleted=True)))
    assert not is_shown(item(POST._replace(is_deleted=True)), ANN)


def test_pv18_who_may_notify() -> None:
    assert may_notify(BOOSTER, ME)
    assert not may_notify(BOOSTER, BEN)
    assert may_notify(BOOSTER._replace(standing=MUTES), ME)
    assert not may_notify(BOOSTER._replace(standing=BLOCKS), ME)
    assert not may_notify(BOOSTER._replace(standing=BLOCKED_BY), ME)
    assert not may_notify(BOOSTER._replace(is_live=False), ME)
