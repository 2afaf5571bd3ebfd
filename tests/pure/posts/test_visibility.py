"""Who may see, boost and answer what: the whole table."""

from datetime import UTC, datetime

import pytest

from instance.errors import Forbidden, NotFound
from posts.visibility import (
    VisiblePost,
    check_boost,
    is_wider,
    may_boost,
    may_see,
    narrower,
    reply_visibility,
    seen_by,
    visible_kinds,
)
from storage.records import Actor, ActorKind, ActorUri, Mention, Post, RowId, Visibility

NOW = datetime(2026, 11, 22, tzinfo=UTC)
AUTHOR, FOLLOWER, NAMED, STRANGER, BLOCKED = (RowId(n) for n in range(1, 6))
PUBLIC, UNLISTED, LOCAL, FOLLOWERS, DIRECT = Visibility


def post(visibility: Visibility, deleted_at: datetime | None = None) -> Post:
    return Post(
        id=RowId(100),
        uri="https://a.test/1",
        actor_id=AUTHOR,
        visibility=visibility,
        created_at=NOW,
        mentions=(
            Mention(ActorUri("https://b.test/n"), "n@b.test", NAMED),
            Mention(ActorUri("https://b.test/unknown"), "u@b.test"),
        ),
        deleted_at=deleted_at,
    )


# viewer, follows the author, is blocked by the author -> what they may see
TABLE = [
    ("author", AUTHOR, False, False, {PUBLIC, UNLISTED, LOCAL, FOLLOWERS, DIRECT}),
    ("follower", FOLLOWER, True, False, {PUBLIC, UNLISTED, FOLLOWERS}),
    ("mentioned", NAMED, False, False, {PUBLIC, UNLISTED, FOLLOWERS, DIRECT}),
    ("stranger", STRANGER, False, False, {PUBLIC, UNLISTED}),
    ("anonymous", None, False, False, {PUBLIC, UNLISTED}),
    ("anonymous who claims to follow", None, True, False, {PUBLIC, UNLISTED}),
    ("blocked", BLOCKED, False, True, set()),
    ("blocked follower", FOLLOWER, True, True, set()),
    ("blocked mentioned", NAMED, False, True, set()),
]


@pytest.mark.parametrize("visibility", Visibility)
@pytest.mark.parametrize(("viewer", "follows", "blocked", "seen"), [row[1:] for row in TABLE])
def test_who_sees_what(
    *,
    visibility: Visibility,
    viewer: RowId | None,
    follows: bool,
    blocked: bool,
    seen: set[Visibility],
) -> None:
    """PV-1 to PV-4, PV-11, PV-13: follower, stranger, addressee, blocked, nobody."""
    subject = post(visibility)
    expected = visibility in seen
    assert may_see(subject, viewer, follows_author=follows, is_blocked=blocked) is expected
    if expected:
        assert seen_by(subject, viewer, follows_author=follows, is_blocked=blocked) == subject
    else:
        with pytest.raises(NotFound):
            seen_by(subject, viewer, follows_author=follows, is_blocked=blocked)


@pytest.mark.parametrize("visibility", Visibility)
def test_nobody_sees_a_deleted_post(visibility: Visibility) -> None:
    gone = post(visibility, deleted_at=NOW)
    assert not may_see(gone, AUTHOR, follows_author=True, is_blocked=False)
    assert not may_boost(gone, AUTHOR)


def test_a_mention_of_somebody_unknown_opens_nothing() -> None:
    """An actor_id of None in a mention is not the viewer None."""
    assert not may_see(post(DIRECT), None, follows_author=False, is_blocked=False)


@pytest.mark.parametrize(
    ("visibility", "actor_id", "may"),
    [
        (PUBLIC, STRANGER, True),
        (UNLISTED, STRANGER, True),
        (FOLLOWERS, FOLLOWER, False),
        (FOLLOWERS, AUTHOR, True),
        (DIRECT, AUTHOR, False),
        (DIRECT, NAMED, False),
    ],
)
def test_pv6_e85_who_may_boost(visibility: Visibility, *, actor_id: RowId, may: bool) -> None:
    subject = post(visibility)
    assert may_boost(subject, actor_id) is may
    if not may:
        with pytest.raises(Forbidden):
            check_boost(VisiblePost(subject), actor_id)
    else:
        check_boost(VisiblePost(subject), actor_id)


@pytest.mark.parametrize("one", Visibility)
@pytest.mark.parametrize("other", Visibility)
def test_narrower_and_wider(one: Visibility, other: Visibility) -> None:
    order = list(Visibility)
    expected = order[max(order.index(one), order.index(other))]
    assert narrower(one, other) is expected
    assert narrower(other, one) is expected
    assert is_wider(one, other) is (order.index(one) < order.index(other))


@pytest.mark.parametrize("wanted", Visibility)
@pytest.mark.parametrize("parent", Visibility)
def test_pv25_an_answer_is_never_wider_than_its_parent(
    wanted: Visibility, parent: Visibility
) -> None:
    assert not is_wider(reply_visibility(wanted, parent), parent)
    # What answers something that stays here stays here, also for who meant their followers alone.
    assert parent is LOCAL or not is_wider(reply_visibility(wanted, parent), wanted)


def viewer(number: RowId) -> Actor:
    return Actor(number, ActorUri("https://x.test"), "x", None, ActorKind.PERSON, "", NOW)


def test_pv5_a_profile_lists_followers_only_posts_to_followers() -> None:
    assert visible_kinds(None, AUTHOR, follows_author=False) == {PUBLIC, UNLISTED}
    assert visible_kinds(None, AUTHOR, follows_author=True) == {PUBLIC, UNLISTED}
    assert visible_kinds(viewer(STRANGER), AUTHOR, follows_author=False) == {
        PUBLIC,
        UNLISTED,
        LOCAL,
    }
    followers = {PUBLIC, UNLISTED, LOCAL, FOLLOWERS}
    assert visible_kinds(viewer(FOLLOWER), AUTHOR, follows_author=True) == followers
    assert visible_kinds(viewer(AUTHOR), AUTHOR, follows_author=False) == followers


def test_b36_a_local_post_is_for_people_here() -> None:
    """B36: for who lives here; not for others, be they named, follow, or sign their request."""
    subject = post(LOCAL)
    for viewer_id in (STRANGER, FOLLOWER, NAMED):
        how = {"follows_author": True, "is_blocked": False}
        assert may_see(subject, viewer_id, **how, is_here=True)
        assert not may_see(subject, viewer_id, **how)
    assert not may_see(subject, None, follows_author=True, is_blocked=False, is_here=True)
    assert not may_see(subject, STRANGER, follows_author=False, is_blocked=True, is_here=True)
    assert not may_boost(subject, STRANGER)
    assert not may_boost(subject, AUTHOR)
