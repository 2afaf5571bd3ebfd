"""Emoji that local people put under posts, and how they go out."""

import json
from typing import Any

import httpx2
import pytest

from actors import software
from federation.vocabulary import EmojiTag
from feeds import notifications
from instance.errors import Invalid, NotFound
from instance.resources import Instance
from outbox import reacting
from storage import emojis, hosts, posts, reactions
from storage.records import (
    Actor,
    CustomEmoji,
    NotificationKind,
    Page,
    Post,
    Reaction,
    Visibility,
)
from tests.instances import drain
from tests.internet import FakeInternet
from tests.usecases.social import JOBS, hear, say


def _sent(internet: FakeInternet) -> list[dict[str, Any]]:
    return [json.loads(request.content) for request in internet.sent_to("beta.test")]


async def _counted(post: Post) -> list[tuple[str, int]]:
    return [(each.content, each.number) for each in (await posts.get(post.id)).reactions]


async def test_a185_a_reaction_goes_out_as_misskey_spells_it(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet
) -> None:
    """A109, A185, E131: a favourite to who knows no reactions; its Undo embeds it."""
    post = await hear(instance, ben)
    for _ in range(2):
        await reacting.react(instance, alice, post.id, "🎉")
    await reacting.unreact(instance, alice, post.id)
    await reacting.unreact(instance, alice, post.id)
    await drain(instance, JOBS)
    like, undo = _sent(internet)
    assert like["type"] == "Like"
    assert like["content"] == like["_misskey_reaction"] == "🎉"
    assert (like["object"], like["to"]) == (post.uri, [ben.uri])
    assert undo["type"] == "Undo"
    assert undo["object"]["id"] == like["id"]
    assert undo["object"]["content"] == "🎉"
    assert await _counted(post) == []


async def test_a185_who_only_knows_emojireact_gets_that(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet
) -> None:
    """A109, A185: from the second time on, when the software of the host is known."""
    links = {
        "links": [
            {
                "rel": "http://nodeinfo.diaspora.software/ns/schema/2.1",
                "href": "https://beta.test/nodeinfo/2.1",
            }
        ]
    }
    told = {"software": {"name": "Akkoma", "version": "3.15"}}

    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.method == "POST":
            return httpx2.Response(202)
        return httpx2.Response(200, json=told if "2.1" in str(request.url) else links)

    internet.add("beta.test", answer)
    jobs = {**JOBS, "learn_software": software.learn}
    for emoji in ("🎉", "👍"):
        post = await hear(instance, ben)
        await reacting.react(instance, alice, post.id, emoji)
        await drain(instance, JOBS)
        await drain(instance, jobs)
    first, second = _sent(internet)
    assert (first["type"], second["type"]) == ("Like", "EmojiReact")
    assert second["content"] == "👍"
    assert "_misskey_reaction" not in second
    known = await hosts.find("beta.test")
    assert known is not None
    assert known.software == "akkoma"


async def test_another_emoji_takes_the_place_of_the_first(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    post = await say(instance, bob)
    for emoji in ("🎉", "👍"):
        await reacting.react(instance, alice, post.id, emoji)
    assert await _counted(post) == [("👍", 1)]
    page = await notifications.read(instance, bob, Page())
    assert [item.notification.kind for item in page.items] == [NotificationKind.REACTION]
    await reacting.unreact(instance, alice, post.id)
    assert not (await notifications.read(instance, bob, Page())).items


async def test_a184_custom_emoji_go_out_with_their_picture(
    instance: Instance, alice: Actor, ben: Actor, internet: FakeInternet
) -> None:
    """A184: ours with our id; one of another host as that host has it, by joining in."""
    ours = CustomEmoji("tern", "https://alpha.test/media/t.webp", "image/webp", instance.now())
    await emojis.insert(ours)
    post = await hear(instance, ben)
    theirs, now = EmojiTag("blobcat", "https://beta.test/cat.png"), instance.now()
    reaction = Reaction(
        *(
            instance.ids.new(),
            ben.id,
            post.id,
            ":blobcat@beta.test:",
            theirs.url,
            "",
            now,
        )
    )
    await reactions.insert(reaction)
    for content in (":tern:", ":blobcat@beta.test:"):
        await reacting.react(instance, alice, post.id, content)
    await drain(instance, JOBS)
    first, _, second = _sent(internet)
    assert first["content"] == ":tern:"
    assert first["tag"][0]["id"] == "https://alpha.test/emojis/tern"
    assert first["tag"][0]["icon"]["url"] == ours.url
    assert second["content"] == ":blobcat:"
    assert second["tag"][0]["icon"]["url"] == theirs.url
    assert "id" not in second["tag"][0]
    assert await _counted(post) == [(":blobcat@beta.test:", 2)]


async def test_reactions_that_are_refused(instance: Instance, alice: Actor, bob: Actor) -> None:
    post = await say(instance, bob)
    for wrong in ("", "nice", "👍👍", ":unknown:", ":blobcat@beta.test:"):
        with pytest.raises(Invalid):
            await reacting.react(instance, alice, post.id, wrong)
    hidden = await say(instance, bob, visibility=Visibility.DIRECT.value)
    with pytest.raises(NotFound):
        await reacting.react(instance, alice, hidden.id, "👍")
    assert await _counted(post) == await _counted(hidden) == []
