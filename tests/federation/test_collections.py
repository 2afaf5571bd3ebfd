"""The collections of posts, profiles and hashtags, as other servers read them."""

import json
from typing import Any
from urllib.parse import quote, urlsplit

from actors.profile import ProfileChange, change_profile
from outbox import interacting
from storage.records import Visibility
from tests.federation.world import World
from tests.usecases.social import hear, say


async def get(world: World, url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    answer = await world.get(parts.path + (f"?{parts.query}" if parts.query else ""))
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("application/activity+json")
    found: dict[str, Any] = json.loads(answer.body)
    return found


async def test_a30_likes_and_shares_tell_their_number_and_no_names(world: World) -> None:
    """A30, PV-22: found from the note, counted from rows."""
    post = await say(world.instance, world.alice, "like me")
    like = world.mallory.activity("Like", object=post.uri)
    assert await world.tell(world.mallory, like) == 202
    await interacting.like(world.instance, world.bob, post.id)
    await interacting.boost(world.instance, world.bob, post.id)
    note = await get(world, post.uri)
    for name, total in (("likes", 2), ("shares", 1)):
        found = await get(world, note[name])
        assert (found["type"], found["totalItems"]) == ("OrderedCollection", total)
        assert found["id"] == note[name]
        assert not {"first", "items", "orderedItems"} & found.keys()


async def test_a30_numbers_of_a_hidden_post_are_hidden(world: World) -> None:
    """PV-1, A31: whoever may not see the post sees no collection of it."""
    secret = await say(world.instance, world.alice, "secret", visibility=Visibility.FOLLOWERS)
    for name in ("likes", "shares", "replies"):
        assert (await world.get(f"{urlsplit(secret.uri).path}/{name}")).status == 404


async def test_a180_replies_are_counted_and_complete(world: World) -> None:
    """A180, A181, E87: answers of all hosts that everybody may see; the total is of the same."""
    post = await say(world.instance, world.alice, "ask me")
    mallory = await world.actor(world.mallory)
    said = [await hear(world.instance, mallory, parent=post) for _ in range(3)]
    await hear(world.instance, mallory, parent=post, visibility=Visibility.FOLLOWERS)
    said.append(await say(world.instance, world.bob, "me too", in_reply_to_id=post.id))
    found = await get(world, (await get(world, post.uri))["replies"])
    assert found["totalItems"] == 4
    page = await get(world, found["first"])
    assert set(page["orderedItems"]) == {each.uri for each in said}


async def test_a172_the_hashtags_of_a_profile(world: World) -> None:
    change = ProfileChange(bio="I like #Birds, #Übermut and #birds.")
    await change_profile(world.instance, world.alice, change)
    found = await get(world, (await get(world, world.alice.uri))["featuredTags"])
    assert [tag["name"] for tag in found["items"]] == ["#birds", "#übermut"]
    assert all(tag["href"].startswith("https://alpha.test/tags/") for tag in found["items"])


async def test_a22_a_hashtag_is_a_collection_of_public_posts_from_here(world: World) -> None:
    """A22: newest first, in pages; what is not public, or is of other servers, is not in it."""
    said = []
    for number in range(3):
        said.append(await say(world.instance, world.alice, f"{number} #Übermut"))
        world.clock.advance(seconds=1)
    await say(world.instance, world.alice, "#übermut", visibility=Visibility.UNLISTED)
    heard = world.mallory.note(tag=[{"type": "Hashtag", "name": "#übermut"}])
    assert await world.tell(world.mallory, world.mallory.create(heard)) == 202
    tag = next(tag for tag in (await get(world, said[0].uri))["tag"] if tag["type"] == "Hashtag")
    assert tag["href"] == f"https://alpha.test/tags/{quote('übermut')}"
    found = await get(world, tag["href"])
    assert found["id"] == tag["href"]
    page = await get(world, found["first"])
    assert page["orderedItems"] == [post.uri for post in reversed(said)]


async def test_a205_errors_for_programs_are_problem_documents(world: World) -> None:
    """A205 (FEP-c180, RFC 9457): type, title, status and words, whatever the address."""
    for path in ("/actors/1", "/posts/1", "/activities/1", "/actors/1/outbox", "/posts/1/likes"):
        answer = await world.get(path)
        assert answer.headers["content-type"].startswith("application/problem+json"), path
        problem = json.loads(answer.body)
        assert problem["status"] == answer.status == 404
        assert problem["type"] == "about:blank"
        assert problem["title"]
        assert problem["detail"]
