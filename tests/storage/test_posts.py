"""Posts, threads, revisions, tombstones."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from instance.errors import NotFound
from storage import feed_pages, feeds, notifications, posts, timelines
from storage.records import (
    Application,
    Attachment,
    InteractionKind,
    NotificationKind,
    Page,
    Post,
    PostCounts,
    Revision,
    RowId,
    SafeHtml,
    SourceType,
    Twig,
    Visibility,
)
from storage.store import Store
from tests.factories import (
    START,
    insert,
    insert_actor,
    insert_post,
    insert_remote_actor,
    make_entry,
    make_interaction,
    make_mention,
    make_notification,
    make_post,
    make_remote_actor,
    new_id,
)

pytestmark = pytest.mark.usefixtures("store")

ALL = Page(limit=50)


async def test_posts_are_found_by_everything_that_names_them() -> None:
    post = await insert_post(await insert_actor())
    assert await posts.find(post.id) == post
    assert await posts.get(post.id) == post
    assert await posts.find_by_uri(post.uri) == post
    afar = await insert_post(await insert_remote_actor(), url="https://far.test/@bea/1")
    assert await posts.find_by_url("https://far.test/@bea/1") == afar
    assert await posts.by_ids([post.id, 1]) == {post.id: post}
    assert await posts.by_uris([post.uri, "https://x.test"]) == {post.uri: post}


async def test_the_unknown_are_not_found() -> None:
    assert await posts.find(1) is None
    assert await posts.find_by_uri("https://x.test") is None
    with pytest.raises(NotFound):
        await posts.get(1)


async def test_a_uri_is_inserted_once() -> None:
    """RELIABILITY, duplicates: inbound effects exactly once."""
    author = await insert_remote_actor()
    first = make_post(author)
    again = make_post(author, uri=first.uri, hashtags=("again",))
    done = await asyncio.gather(*(posts.insert(post) for post in [first, again] * 5))
    assert sum(done) == 1
    tagged = await timelines.hashtag("again", ALL)
    assert tagged == [post.id for post in [await posts.find(again.id)] if post]


async def test_saving_replaces_mentions_and_hashtags() -> None:
    author, bob = await insert_actor(), make_remote_actor()
    unknown = make_mention(bob, actor_id=None)
    post = await insert_post(author, hashtags=("old",), mentions=(unknown,))
    after = replace(post, hashtags=("new", "newer"), mentions=(), content=SafeHtml("<p>2</p>"))
    await posts.save(after)
    assert await posts.get(post.id) == after
    assert await timelines.hashtag("old", ALL) == []
    assert await timelines.hashtag("newer", ALL) == [after.id]
    await insert(bob)
    await posts.resolve_mentions(bob)
    assert (await posts.get(post.id)).mentions == ()


async def test_revisions_come_oldest_first() -> None:
    post = await insert_post(await insert_actor())
    picture = Attachment("https://x.test/1.png", "image/png", "image")
    made = [
        Revision(new_id(), post.id, SafeHtml(f"<p>{n}</p>"), str(n), "", n == 1, (picture,), START)
        for n in range(3)
    ]
    for revision in made:
        await posts.insert_revision(revision)
    assert await posts.list_revisions(post.id) == made


async def test_local_posts_are_counted() -> None:
    alice, bob = await insert_actor(), await insert_remote_actor()
    await insert_post(alice)
    await insert_post(alice, deleted_at=START)
    await insert_post(bob)
    assert await posts.count_local() == 1


# ---------------------------------------------------------------- arriving in any order


async def test_replies_that_came_first_are_adopted() -> None:
    author = await insert_remote_actor()
    parent = make_post(author)
    reply = await insert_post(await insert_actor(), in_reply_to_uri=parent.uri)
    await insert(parent)
    await posts.adopt_replies(parent)
    adopted = replace(reply, in_reply_to_id=parent.id, in_reply_to_actor_id=author.id)
    assert await posts.get(reply.id) == adopted
    assert await posts.replies_to(parent.id, ALL) == [adopted]


async def test_mentions_that_came_first_are_resolved() -> None:
    author, bob, carol = await insert_actor(), make_remote_actor(), make_remote_actor()
    unknown = tuple(make_mention(actor, actor_id=None) for actor in (bob, carol))
    post = await insert_post(author, mentions=unknown)
    await insert(bob)
    await posts.resolve_mentions(bob)
    assert (await posts.get(post.id)).mentions == (make_mention(bob), unknown[1])


# ---------------------------------------------------------------- threads


async def thread(*parents: int | None) -> list[Post]:
    """Insert posts, each of which answers the one with that number."""
    author = await insert_actor()
    made: list[Post] = []
    for parent in parents:
        reply_to = None if parent is None else made[parent]
        made.append(await insert_post(author, reply_to=reply_to))
    return made


def ids(found: Sequence[Post | Twig]) -> list[RowId]:
    return [each.id for each in found]


async def test_ancestors_come_root_first() -> None:
    root, first, second, third = await thread(None, 0, 1, 2)
    assert ids(await posts.ancestors(third, 10)) == ids([root, first, second])
    assert ids(await posts.ancestors(third, 2)) == ids([first, second])
    assert await posts.ancestors(root, 10) == []


async def test_descendants_are_the_whole_tree_oldest_first() -> None:
    made = await thread(None, 0, 1, 0, 2, None, 5)
    assert ids(await posts.descendants(made[0].id, 10)) == ids(made[1:5])
    assert ids(await posts.descendants(made[1].id, 10)) == ids([made[2], made[4]])
    assert len(await posts.descendants(made[0].id, 2)) == 2


async def test_deleted_posts_keep_threads_together() -> None:
    root, gone, last = await thread(None, 0, 1)
    await posts.bury(gone.id, START)
    above = await posts.ancestors(last, 10)
    assert [(twig.id, twig.is_deleted) for twig in above] == [(root.id, False), (gone.id, True)]
    assert ids(await posts.descendants(root.id, 10)) == ids([gone, last])
    assert await posts.replies_to(root.id, ALL) == []


async def test_posts_that_answer_each_other_end() -> None:
    """ATTACKS: a loop of replies costs a bounded amount."""
    first, second, third = await thread(None, 0, 1)
    looped = replace(first, in_reply_to_id=third.id, in_reply_to_uri=third.uri)
    await posts.save(looped)
    assert set(ids(await posts.ancestors(third, 40))) == {looped.id, second.id}
    assert ids(await posts.descendants(first.id, 40)) == ids([second, third])
    alone = await insert_post(await insert_actor())
    await posts.save(replace(alone, in_reply_to_id=alone.id))
    assert await posts.descendants(alone.id, 40) == []
    assert await posts.ancestors(await posts.get(alone.id), 40) == []


async def test_replies_come_in_pages() -> None:
    root, *replies = await thread(None, 0, 0, 0)
    assert await posts.replies_to(root.id, Page(limit=2)) == replies[:0:-1]
    assert await posts.replies_to(root.id, Page(limit=1, min_id=replies[0].id)) == [replies[1]]


# ---------------------------------------------------------------- tombstones


async def test_a_buried_post_keeps_its_ids_alone(store: Store) -> None:
    """Issue 2, section 5: delete leaves a tombstone, and nothing of what was said."""
    author, reader = await insert_actor(), await insert_actor()
    root = await insert_post(author)
    post = await insert_post(
        author,
        reply_to=root,
        hashtags=("birds",),
        mentions=(reader,),
        summary="warning",
        source="Hello",
        source_type=SourceType.MARKDOWN,
        application=Application("Tusky"),
        title="T",
        language="en",
        conversation="c",
        is_sensitive=True,
    )
    await posts.insert_revision(
        Revision(new_id(), post.id, SafeHtml("old"), "old", "", is_sensitive=False,
                 attachments=(), created_at=START)
    )  # fmt: skip
    await insert(
        make_interaction(reader, post),
        make_notification(author, reader, NotificationKind.LIKE, post=post),
    )
    await timelines.insert_entries([make_entry(reader, post)])
    await posts.bury(post.id, START)
    assert await posts.get(post.id) == Post(
        id=post.id,
        uri=post.uri,
        actor_id=author.id,
        visibility=post.visibility,
        created_at=post.created_at,
        is_local=True,
        in_reply_to_uri=root.uri,
        in_reply_to_id=root.id,
        in_reply_to_actor_id=author.id,
        conversation="c",
        deleted_at=START,
    )
    assert await posts.list_revisions(post.id) == []
    assert await posts.find_interaction(InteractionKind.LIKE, reader.id, post.id) is None
    assert await notifications.page(author.id, ALL) == []
    assert (await feed_pages.read(feeds.home_of(reader.id), ALL)).lines == []
    assert await timelines.hashtag("birds", ALL) == []
    assert await posts.find_by_url(str(post.url)) is None
    assert await store.read("SELECT 1 FROM mentions UNION ALL SELECT 1 FROM hashtags") == []


async def test_burying_twice_keeps_the_first_moment() -> None:
    post = await insert_post(await insert_actor())
    await posts.bury(post.id, START)
    await posts.bury(post.id, START.replace(year=2030))
    assert (await posts.get(post.id)).deleted_at == START


async def test_all_posts_of_an_actor_are_buried_in_slices() -> None:
    author, other = await insert_actor(), await insert_actor()
    mine = [await insert_post(author) for _ in range(5)]
    theirs = await insert_post(other)
    liked = make_interaction(author, theirs)
    await insert(liked, make_notification(other, author, NotificationKind.LIKE, post=theirs))
    buried = [await posts.bury_all_of(author.id, START, limit=2) for _ in range(3)]
    assert buried == [2, 2, 1]
    assert all(post.deleted_at for post in (await posts.by_ids(p.id for p in mine)).values())
    assert await posts.get(theirs.id) == theirs
    assert await posts.counts([theirs.id]) == {theirs.id: PostCounts()}
    assert await notifications.page(other.id, ALL) == []


async def test_tombstones_may_come_before_what_they_name() -> None:
    """RELIABILITY FA-37: Delete before Create."""
    uri = "https://far.test/posts/1"
    assert not await posts.is_tombstoned(uri)
    await posts.insert_tombstone(uri, "https://far.test/users/1", START)
    await posts.insert_tombstone(uri, "https://far.test/users/2", START)
    assert await posts.is_tombstoned(uri)
    assert await posts.tombstoned([uri, "https://far.test/posts/2"]) == {uri}
    assert await posts.tombstoned([]) == set()


async def test_what_stands_in_the_way_of_a_post_is_told_apart() -> None:
    actor = await insert_remote_actor()
    await posts.insert_tombstone("a b", actor.uri, START)
    assert await posts.obstacles("https://far.test/1", tombstone="a c") == set()
    assert await posts.obstacles("https://far.test/1", tombstone="a b") == {"tombstone"}
    assert await posts.obstacles(actor.uri, tombstone="a b") == {"tombstone", "actor"}


# ---------------------------------------------------------------- interactions


@pytest.mark.parametrize("kind", InteractionKind)
async def test_an_interaction_is_there_once_until_it_is_removed(kind: InteractionKind) -> None:
    actor = await insert_actor()
    post = await insert_post(actor)
    made = make_interaction(actor, post, kind)
    again = [make_interaction(actor, post, kind) for _ in range(5)]
    done = await asyncio.gather(*(posts.insert_interaction(each) for each in [made, *again]))
    assert sum(done) == 1
    found = await posts.find_interaction(kind, actor.id, post.id)
    assert found in [made, *again]
    assert await posts.remove_interaction(kind, actor.id, post.id) == found
    assert await posts.remove_interaction(kind, actor.id, post.id) is None


async def test_interactions_are_found_by_uri() -> None:
    actor, other = await insert_actor(), await insert_actor()
    post = await insert_post(actor)
    like, pin = make_interaction(actor, post), make_interaction(actor, post, InteractionKind.PIN)
    await insert(like, pin)
    assert await posts.find_interaction_by_uri(like.uri) == like
    assert await posts.find_interaction_by_uri("") is None
    assert not await posts.insert_interaction(make_interaction(other, post, uri=like.uri))


async def test_counts_count_rows_that_count() -> None:
    """INTEROP 13: counted from rows, never added up."""
    alice, bob = await insert_actor(), await insert_remote_actor()
    post, other = await insert_post(alice), await insert_post(alice)
    await insert_post(bob, reply_to=post)
    await insert_post(bob, reply_to=post, visibility=Visibility.DIRECT)
    await insert_post(bob, reply_to=post, deleted_at=START)
    await insert(
        *(make_interaction(actor, post) for actor in (alice, bob)),
        *(make_interaction(alice, post, kind) for kind in list(InteractionKind)[1:]),
    )
    assert await posts.counts([post.id, other.id]) == {
        post.id: PostCounts(replies=1, likes=2, boosts=1),
        other.id: PostCounts(),
    }
    assert await posts.counts([]) == {}


async def test_flags_are_those_of_one_viewer() -> None:
    alice, bob = await insert_actor(), await insert_actor()
    post, other = await insert_post(alice), await insert_post(alice)
    await insert(
        make_interaction(alice, post),
        make_interaction(bob, post, InteractionKind.BOOST),
        make_interaction(bob, post, InteractionKind.BOOKMARK),
        make_interaction(bob, other, InteractionKind.PIN),
    )
    found = await posts.flags(bob.id, [post.id, other.id])
    mine, others = found[post.id], found[other.id]
    assert (mine.liked, mine.boosted, mine.bookmarked, mine.pinned) == (False, True, True, False)
    assert (others.liked, others.boosted, others.pinned) == (False, False, True)
    assert await posts.flags(bob.id, []) == {}


async def test_who_liked_comes_in_pages_without_the_deleted() -> None:
    author = await insert_actor()
    post = await insert_post(author)
    people = [await insert_actor() for _ in range(3)]
    likes = [make_interaction(actor, post) for actor in people]
    gone = await insert_actor(deleted_at=START)
    await insert(*likes, make_interaction(gone, post))
    rows = [(like.id, actor) for like, actor in zip(likes, people, strict=True)][::-1]
    assert await posts.actors_of(InteractionKind.LIKE, post.id, ALL) == rows
    assert await posts.actors_of(InteractionKind.LIKE, post.id, Page(limit=1)) == rows[:1]
    older = Page(limit=5, max_id=rows[0][0])
    assert await posts.actors_of(InteractionKind.LIKE, post.id, older) == rows[1:]
    assert await posts.actors_of(InteractionKind.BOOST, post.id, ALL) == []


async def test_bookmarks_come_in_the_order_they_were_made() -> None:
    actor = await insert_actor()
    made = [await insert_post(actor) for _ in range(3)]
    order = [made[1], made[2], made[0]]
    marks = [make_interaction(actor, post, InteractionKind.BOOKMARK) for post in order]
    await insert(*marks)
    rows = await posts.interactions_of(InteractionKind.BOOKMARK, actor.id, ALL)
    assert rows == [(mark.id, post) for mark, post in zip(marks, order, strict=True)][::-1]


async def test_pins_come_last_pinned_first() -> None:
    actor = await insert_actor()
    first, second = await insert_post(actor), await insert_post(actor)
    await insert(*(make_interaction(actor, post, InteractionKind.PIN) for post in (second, first)))
    assert await posts.pinned_of(actor.id) == [first, second]
