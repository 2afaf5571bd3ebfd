"""Search by words: whose posts are found by whom, operators, edits, deletions; both databases."""

from typing import Any

import pytest

from instance.resources import Instance
from outbox import blocking, publishing
from posts import indexing, search
from posts.drafts import Draft
from storage import full_text, posts, store
from storage.records import (
    Actor,
    InteractionKind,
    Page,
    Post,
    RowId,
    SearchableBy,
    Visibility,
)
from tests.factories import insert, make_interaction, make_post
from tests.instances import FakeClock, drain
from tests.usecases.social import befriend, change, make_person, make_remote, say


async def find(instance: Instance, text: str, viewer: Actor | None, **page: int) -> list[RowId]:
    found = await search.find_posts(instance, text, viewer, Page(**page))
    return [each.id for each in found]


async def hear(author: Actor, **changes: object) -> Post:
    """A post that reached this server and nobody's feed."""
    post = make_post(author, **changes)  # type: ignore[arg-type]  # checked by the factory
    await insert(post)
    return post


async def test_b101_own_posts_are_found_whatever_their_visibility(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """B101, PV-17: one's own, also private ones; those of others stay hidden."""
    kinds = [visibility.value for visibility in Visibility]
    made = [await say(instance, alice, f"A kittiwake, {kind}", visibility=kind) for kind in kinds]
    assert await find(instance, "kittiwake", alice) == [post.id for post in reversed(made)]
    for viewer in (None, bob):
        assert await find(instance, "kittiwake", viewer) == []
        assert await find(instance, "from:alice", viewer) == []


@pytest.mark.parametrize(
    ("changes", "by_stranger", "by_follower"),
    [
        ({}, False, True),
        ({"is_indexable": True}, True, True),
        ({"searchable_by": SearchableBy.EVERYBODY}, True, True),
        ({"searchable_by": SearchableBy.FOLLOWERS, "is_indexable": True}, False, True),
        ({"searchable_by": SearchableBy.NOBODY, "is_indexable": True}, False, False),
    ],
)
async def test_b102_public_posts_of_others_are_found_by_their_consent(
    instance: Instance,
    alice: Actor,
    bob: Actor,
    changes: dict[str, Any],
    by_stranger: bool,  # noqa: FBT001 - a column of the table above
    by_follower: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    """B102, A195, PV-17, B22: FEP-5feb and FEP-268d, of people here and elsewhere alike."""
    ben = await make_remote(instance, "ben", **changes)
    post = await hear(ben)
    unlisted = await hear(ben, visibility=Visibility.UNLISTED)
    await befriend(instance, bob, ben)
    stranger = [post.id] if by_stranger else []
    assert await find(instance, "hello", None) == await find(instance, "hello", alice) == stranger
    follower = [unlisted.id, post.id] if by_follower else []
    assert await find(instance, "hello", bob) == follower
    assert await find(instance, "hello in:public", bob) == stranger
    assert await find(instance, "hello in:library", bob) == follower
    assert await find(instance, "hello in:library", alice) == []


async def test_b101_what_one_pressed_a_button_of_or_is_named_in_is_seen(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """B101: liked, boosted, kept, named; not by others, and not against a searchable_by."""
    ben = await make_remote(instance, "ben")
    liked, named, _ = await hear(ben), await hear(ben, mentions=(alice,)), await hear(ben)
    direct = await hear(ben, mentions=(alice,), visibility=Visibility.DIRECT)
    await insert(make_interaction(alice, liked, InteractionKind.BOOKMARK))
    assert await find(instance, "hello", alice) == [direct.id, named.id, liked.id]
    assert await find(instance, "hello", bob) == []
    await change(ben, searchable_by=SearchableBy.NOBODY)
    assert await find(instance, "hello", alice) == []


async def test_pv17_by_a_hashtag_alone_every_public_post_is_found_and_nothing_else(
    instance: Instance, alice: Actor
) -> None:
    """PV-17: a hashtag is put there to be found; the words beside it are not."""
    ben = await make_remote(instance, "ben")
    public = await hear(ben, hashtags=("seabirds",))
    for visibility in (Visibility.UNLISTED, Visibility.FOLLOWERS, Visibility.DIRECT):
        await hear(ben, hashtags=("seabirds",), visibility=visibility)
    for viewer in (None, alice):
        assert await find(instance, "#SeaBirds", viewer) == [public.id]
        assert await find(instance, "#seabirds from:@ben@beta.test", viewer) == [public.id]
        assert await find(instance, "#seabirds hello", viewer) == []
        assert await find(instance, "hello", viewer) == []
    await change(ben, silenced_at=instance.now())
    assert await find(instance, "#seabirds", alice) == []


async def test_blocked_and_muted_people_are_not_found(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """PV-11, PV-19."""
    bob = await change(bob, is_indexable=True)
    await say(instance, bob, "A kittiwake")
    await blocking.block(instance, alice, bob.id)
    assert await find(instance, "kittiwake", alice) == []


async def test_b102_operators(instance: Instance, alice: Actor, clock: FakeClock) -> None:
    """B102: each operator alone, negated, and together."""
    first = await say(instance, alice, "A red kittiwake", language="de")
    clock.advance(days=40)
    second = await say(instance, alice, "A blue kittiwake #birds", language="en")
    answer = await say(instance, alice, "kittiwake red and blue", in_reply_to_id=second.id)
    day = instance.now().date()
    all_of = [answer.id, second.id, first.id]
    for text, expected in (
        ("kittiwake", all_of),
        ("from:me", all_of),
        ("from:alice kittiwake", all_of),
        ("from:@alice@alpha.test kittiwake", all_of),
        ("from:nobody kittiwake", []),
        ("kittiwake -from:me", []),
        ('"red kittiwake"', [first.id]),
        ("kittiwake -red", [second.id]),
        ("kittiwake #birds", [second.id]),
        ("kittiwake -#birds", [answer.id, first.id]),
        ("kittiwake language:de", [first.id]),
        ("kittiwake -language:de", [answer.id, second.id]),
        ("kittiwake is:reply", [answer.id]),
        ("kittiwake has:poll", []),
        ("kittiwake -has:media", all_of),
        (f"kittiwake before:{day}", [first.id]),
        (f"kittiwake during:{day}", [answer.id, second.id]),
        (f"kittiwake after:{day}", []),
        ("kitti*", all_of),
        ("kitti", []),
        ("-red", []),
        ("before:2000-01-01", []),
    ):
        assert await find(instance, text, alice) == expected, text
    ranked = await find(instance, "red order:relevance", alice)
    assert set(ranked) == {first.id, answer.id}


async def test_pages_follow_each_other_both_ways(instance: Instance, alice: Actor) -> None:
    made = [(await say(instance, alice, "A kittiwake")).id for _ in range(7)][::-1]
    assert await find(instance, "kittiwake", alice, limit=3) == made[:3]
    assert await find(instance, "kittiwake", alice, limit=3, max_id=made[2]) == made[3:6]
    assert await find(instance, "kittiwake", alice, limit=3, min_id=made[5]) == made[2:5]
    assert await find(instance, "kittiwake", alice, limit=3, since_id=made[1]) == made[:1]
    offset = await search.find_posts(instance, "kittiwake", alice, Page(limit=3), offset=3)
    assert [each.id for each in offset] == made[3:6]


async def test_old_posts_of_ones_own_are_found_among_many_of_others(
    instance: Instance, alice: Actor, bob: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B101: what many posts say does not hide one's own, or what one kept."""
    own = await say(instance, alice, "A kittiwake")
    kept = await say(instance, bob, "A kittiwake")
    await insert(make_interaction(alice, kept, InteractionKind.BOOKMARK))
    for _ in range(6):
        await say(instance, bob, "A kittiwake")
    monkeypatch.setattr(search, "LOOKED_AT_MAX", 3)
    assert await find(instance, "kittiwake", alice) == [kept.id, own.id]


# ---------------------------------------------------------------- the index


async def index(instance: Instance) -> None:
    await indexing.index(instance, {})


async def words_in_index() -> str:
    return " ".join(str(row) for row in await store.read("SELECT words FROM post_words"))


async def test_edits_and_deletions_reach_the_index(instance: Instance, alice: Actor) -> None:
    """B101: an edited post is found by its new words; of a deleted one no word is left."""
    post = await say(instance, alice, "A kittiwake")
    await index(instance)
    assert "kittiwake" in await words_in_index()
    await publishing.edit(instance, alice, post.id, Draft("A gull"))
    assert await find(instance, "kittiwake", alice) == []
    assert await find(instance, "gull", alice) == [post.id]
    await publishing.delete(instance, alice, post.id)
    assert "gull" not in await words_in_index()
    assert await full_text.count_unindexed() == 0
    assert await find(instance, "gull", alice) == []


async def test_only_a_change_of_words_is_indexed_anew(instance: Instance, alice: Actor) -> None:
    """A vote, a like or an approval costs the index nothing."""
    post = await say(instance, alice, "A kittiwake")
    await index(instance)
    await posts.save(await posts.get(post.id))
    assert not await full_text.has_unindexed()


async def test_the_job_ends_what_it_began_and_can_run_twice(
    instance: Instance, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "SLICE_POSTS", 2)
    monkeypatch.setattr(indexing, "SLICES_PER_RUN", 2)
    for _ in range(7):
        await say(instance, alice, "A kittiwake")
    await index(instance)
    assert await full_text.count_unindexed() == 3
    told: list[tuple[str, int, int]] = []
    assert await indexing.index_all(instance, lambda *said: told.append(said)) == 3
    assert told[-1] == ("indexing posts", 3, 3)
    before = await words_in_index()
    await indexing.note_all(lambda *_: None)
    assert await full_text.count_unindexed() == 7
    await index(instance)
    await index(instance)
    assert await words_in_index() == before


async def test_what_the_databases_could_read_as_their_own_is_only_words(
    instance: Instance, alice: Actor
) -> None:
    """OP-4: no letter of a search or of a post means anything to FTS5 or PostgreSQL."""
    odd = 'it\'s "NEAR" AND OR NOT a:b <-> !x & | * ^ {words} (c) \\ ; 猫 é 100% =a1 #_x'
    post = await say(instance, alice, odd)
    for text in (odd[:200], "AND", "NEAR", "{words}", "it's", "é", "猫", "100%", "=a1"):
        assert await find(instance, text, alice) == [post.id], text
    assert await find(instance, "OR OR", await make_person(instance, "carol")) == []
    await drain(instance)
