"""Emoji reactions and votes between servers."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from outbox import publishing
from posts.drafts import Draft, PollDraft
from storage import interactions, polls, posts, reactions
from storage.records import InteractionKind, NotificationKind, Page, Post, ReceiptOutcome
from tests.federation.peers import Person
from tests.federation.world import World
from tests.usecases.social import say

BLOBCAT = {
    "type": "Emoji",
    "id": None,
    "name": ":blobcat:",
    "icon": {"type": "Image", "mediaType": "image/png", "url": "https://a.test/blobcat.png"},
}
POLL = PollDraft(("Tea", "Coffee"), open_for=timedelta(hours=1))


async def _counted(post: Post) -> list[tuple[str, int]]:
    found = await posts.get(post.id)
    return [(each.content, each.number) for each in found.reactions]


async def _kinds(world: World) -> list[NotificationKind]:
    return [each.kind for each in await world.told()]


def _react(person: Person, post: Post, content: str, kind: str = "EmojiReact", **more: Any) -> Any:
    return person.activity(kind, object=post.uri, content=content, **more)


@pytest.mark.parametrize("kind", ["EmojiReact", "Like"])
async def test_e131_a_reaction_in_both_spellings_and_its_undo(world: World, kind: str) -> None:
    """E131, A109, A185: counted once, told, taken back by what embeds it or names it."""
    post = await say(world.instance, world.alice)
    first = _react(world.mallory, post, "👍", kind)
    again = _react(world.mallory, post, "👍", kind)
    for activity in (first, again):
        assert await world.tell(world.mallory, activity) == 202
    assert await _counted(post) == [("👍", 1)]
    assert await _kinds(world) == [NotificationKind.REACTION]
    like = InteractionKind.LIKE
    assert await interactions.actors_of(like, post.id, Page()) == []
    undo = world.mallory.activity("Undo", object={**first, "id": "https://a.test/other"})
    assert await world.tell(world.mallory, undo) == 202
    assert await _counted(post) == []
    assert await _kinds(world) == []
    second = _react(world.mallory, post, "🎉", kind)
    await world.tell(world.mallory, second)
    assert await _counted(post) == [("🎉", 1)]
    await world.tell(world.mallory, world.mallory.activity("Undo", object=second["id"]))
    assert await _counted(post) == []


async def test_e131_a_plain_like_stays_a_like(world: World) -> None:
    """E131: and so does the heart or star that Misskey sends for it."""
    post = await say(world.instance, world.alice)
    for person, content in ((world.mallory, None), (world.victor, "⭐"), (world.honest, "❤")):
        await world.tell(person, _react(person, post, content, "Like"))  # type: ignore[arg-type]  # None: a plain Like
    assert await _counted(post) == []
    assert (await interactions.counts([post.id]))[post.id].likes == 3


async def test_e102_a_custom_emoji_is_counted_apart_from_others_of_its_name(world: World) -> None:
    """A184, E68, E102: declared by the activity, with a null id; its host stands with its name."""
    post = await say(world.instance, world.alice)
    elsewhere = {**BLOBCAT, "icon": "https://v.test/blobcat.png"}
    misskey = _react(
        world.mallory, post, ":blobcat:", "Like", tag=BLOBCAT, _misskey_reaction=":blobcat:"
    )
    await world.tell(world.mallory, misskey)
    await world.tell(world.victor, _react(world.victor, post, ":blobcat:", tag=[elsewhere]))
    await world.tell(world.honest, _react(world.honest, post, ":undeclared:", tag=[BLOBCAT]))
    assert await _counted(post) == [(":blobcat@a.test:", 1), (":blobcat@v.test:", 1)]
    found = (await posts.get(post.id)).reactions
    assert [each.emoji_url for each in found] == [
        "https://a.test/blobcat.png",
        "https://v.test/blobcat.png",
    ]


async def test_e110_a_reaction_undone_before_it_came_stays_away(world: World) -> None:
    post = await say(world.instance, world.alice)
    activity = _react(world.mallory, post, "👍")
    await world.tell(world.mallory, world.mallory.activity("Undo", object=activity))
    await world.tell(world.mallory, activity)
    assert await _counted(post) == []


async def test_reactions_that_are_refused(world: World) -> None:
    """HX-5, PV-13: no words, no pictures of other schemes, nothing under what one may not see."""
    post = await say(world.instance, world.alice)
    hidden = await say(world.instance, world.alice, visibility="followers")
    bad = {**BLOBCAT, "icon": {"type": "Image", "url": "javascript:alert(1)"}}
    wrong: list[tuple[str, Post, dict[str, Any]]] = [
        ("nice", post, {}),
        ("👍👍", post, {}),
        ("<b>", post, {}),
        (":blobcat:", post, {}),
        (":blobcat:", post, {"tag": [bad]}),
        ("👍", hidden, {}),
    ]
    for content, on, more in wrong:
        await world.tell(world.mallory, _react(world.mallory, on, content, **more))
    assert await _counted(post) == await _counted(hidden) == []
    for number, sign in enumerate("😀😁😂🤣😃😄😅😆😉😊"):
        await world.tell(world.mallory, _react(world.mallory, post, sign))
        assert len(await _counted(post)) == min(number + 1, 8)


async def test_nobody_takes_back_the_reaction_of_somebody_else(world: World) -> None:
    """OR-14."""
    post = await say(world.instance, world.alice)
    activity = _react(world.victor, post, "👍")
    await world.tell(world.victor, activity)
    undo = world.mallory.activity("Undo", object=activity["id"])
    await world.tell(world.mallory, undo)
    await world.tell(world.mallory, world.mallory.activity("Undo", object=activity))
    assert await _counted(post) == [("👍", 1)]


async def test_reactions_of_who_is_gone_are_gone(world: World) -> None:
    post = await say(world.instance, world.alice)
    for person in (world.victor, world.mallory):
        await world.tell(person, _react(person, post, "👍"))
    gone = world.mallory.activity("Delete", object=world.mallory.uri)
    await world.tell(world.mallory, gone)
    await world.settle()
    assert await _counted(post) == [("👍", 1)]
    mallory = await world.actor(world.mallory)
    assert await reactions.of_actor(mallory.id, post.id) == []


# ---------------------------------------------------------------- votes


def _vote(person: Person, post: Post, name: str, **changes: Any) -> Any:
    note = person.note(name=name, inReplyTo=post.uri, to=[post.uri], cc=[], **changes)
    del note["content"]
    return person.create(note)


async def test_e132_a_vote_is_counted_once_and_is_no_post(world: World) -> None:
    """E132, A191: neither a second one nor the same again; it is in no feed."""
    post = await publishing.publish(world.instance, world.alice, Draft("What?", poll=POLL))
    first = _vote(world.mallory, post, "Coffee")
    for vote in (first, _vote(world.mallory, post, "Coffee"), _vote(world.mallory, post, "Tea")):
        await world.tell(world.mallory, vote)
    poll = (await posts.get(post.id)).poll
    assert poll is not None
    assert [option.votes for option in poll.options] == [0, 1]
    assert poll.voters == 1
    assert await world.find(first["object"]) is None
    assert await _kinds(world) == []


async def test_e132_votes_that_are_refused(world: World) -> None:
    """E132: of another answer, in a poll that is over, in one that one may not see, forged."""
    post = await publishing.publish(world.instance, world.alice, Draft("What?", poll=POLL))
    hidden = await publishing.publish(
        world.instance, world.alice, Draft("What?", visibility="followers", poll=POLL)
    )
    forged = _vote(world.mallory, post, "Tea", attributedTo=world.victor.uri)
    for vote in (_vote(world.mallory, post, "Milk"), _vote(world.mallory, hidden, "Tea"), forged):
        await world.tell(world.mallory, vote)
        receipt = await world.receipt(vote)
        assert receipt is not None
        assert receipt.outcome is ReceiptOutcome.REFUSED
    world.clock.advance(hours=1)
    await world.tell(world.mallory, _vote(world.mallory, post, "Tea"))
    for each in (post, hidden):
        poll = (await posts.get(each.id)).poll
        assert poll is not None
        assert await polls.counted(each.id, poll) == replace(poll, voters=0)


async def test_e133_only_the_author_says_how_a_poll_stands(world: World) -> None:
    """E133: by an Update without a newer `updated`; `votersCount` may be absent."""
    options = [
        {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": 1}}
        for name in ("Tea", "Coffee")
    ]
    question = world.mallory.note(
        type="Question", oneOf=options, endTime=(world.clock() + timedelta(hours=1)).isoformat()
    )
    await world.tell(world.mallory, world.mallory.create(question))
    options[1]["replies"]["totalItems"] = 5  # type: ignore[index]  # it is a dict
    for person, expected in ((world.neighbour, [1, 1]), (world.mallory, [1, 5])):
        update = person.activity("Update", object=question)
        await world.tell(person, update)
        post = await world.find(question)
        assert post is not None
        assert post.poll is not None
        assert [option.votes for option in post.poll.options] == expected
        assert post.poll.voters is None
