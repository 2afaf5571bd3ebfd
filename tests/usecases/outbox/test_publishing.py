"""Publish, edit, delete: what is kept, who is told, what goes out."""

import asyncio
import json
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from feeds import home, notifications
from feeds.loading import dress
from instance.errors import Gone, Invalid, NotFound, Unavailable
from instance.resources import Instance
from outbox import blocking, interacting, mentions, publishing
from posts import files
from posts.drafts import Draft
from posts.threads import visible_post
from storage import posts, receipts
from storage.queue import Queue
from storage.records import (
    Actor,
    Attachment,
    FollowState,
    Interaction,
    InteractionKind,
    NotificationKind,
    Page,
    Visibility,
)
from tests.instances import FakeClock
from tests.internet import FakeInternet
from tests.pictures import picture
from tests.usecases.social import (
    answering,
    befriend,
    change,
    delivered,
    hear,
    make_person,
    make_remote,
    say,
    settle,
)

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


async def _home_texts(instance: Instance, owner: Actor) -> list[str]:
    page = await home.read(instance, owner, Page())
    return [item.post.source for item in await dress(page.items)]


async def _told(instance: Instance, owner: Actor) -> list[tuple[NotificationKind, int | None]]:
    page = await notifications.read(instance, owner, Page())
    return [(item.notification.kind, item.notification.post_id) for item in page.items]


# ---------------------------------------------------------------- publish


async def test_a_post_is_kept_and_in_the_authors_own_feed_at_once(
    instance: Instance, alice: Actor
) -> None:
    post = await say(instance, alice, "Hello #World", language="en", summary="greeting")

    stored = await posts.get(post.id)
    assert stored == post
    assert stored.content.startswith("<p>Hello ")
    assert stored.source == "Hello #World"
    assert stored.hashtags == ("world",)
    assert (stored.summary, stored.is_sensitive, stored.language) == ("greeting", True, "en")
    assert stored.uri == instance.addresses.post(post.id)
    assert stored.url == f"https://alpha.test/@alice/{post.id}"
    assert stored.is_local
    assert await _home_texts(instance, alice) == ["Hello #World"]


async def test_local_followers_read_it_at_once(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    await befriend(instance, bob, alice)
    await say(instance, alice)
    assert await _home_texts(instance, bob) == ["Hello"]


async def test_a_create_reaches_each_follower_host_once_by_the_shared_inbox(
    instance: Instance, alice: Actor, internet: FakeInternet
) -> None:
    """A69, A77, INTEROP 6 and 15."""
    answering(internet, "beta.test")
    for name in ("ben", "bea"):
        await befriend(instance, await make_remote(instance, name), alice)
    post = await say(instance, alice, "Hello", language="en")

    (create,) = await delivered(instance, internet)
    assert [str(each.url) for each in internet.sent_to("beta.test")] == ["https://beta.test/inbox"]
    followers = instance.addresses.followers(alice.id)
    assert (create["type"], create["actor"]) == ("Create", alice.uri)
    assert (create["to"], create["cc"]) == ([PUBLIC], [followers])
    assert create["id"] == instance.addresses.activity(post.id)
    note = create["object"]
    assert (note["id"], note["attributedTo"]) == (post.uri, alice.uri)
    assert note["contentMap"] == {"en": note["content"]}
    assert note["to"] == [PUBLIC]
    assert "bto" not in create  # PV-27
    assert "bcc" not in note


async def test_the_answer_waits_for_no_other_server(
    instance: Instance, alice: Actor, internet: FakeInternet
) -> None:
    """A71: nothing is sent before the jobs run."""
    answering(internet, "beta.test")
    await befriend(instance, await make_remote(instance, "ben"), alice)
    await say(instance, alice)
    assert internet.requests == []


async def test_a_post_and_its_jobs_are_one_commit(
    instance: Instance, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FA-14: what is not kept whole is not kept at all."""
    await befriend(instance, await make_remote(instance, "ben", "beta.test"), alice)

    async def fail(*_: object, **__: object) -> None:
        raise Unavailable("The disk is full.")

    monkeypatch.setattr(Queue, "enqueue", fail)
    with pytest.raises(Unavailable):
        await say(instance, alice)
    assert await posts.count_local() == 0
    assert await _home_texts(instance, alice) == []


async def test_what_nobody_elsewhere_reads_needs_no_plan(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """A post for people here alone is done when it is answered: no job is left to do."""
    await befriend(instance, bob, alice)
    await say(instance, alice)
    assert await instance.queue.claim(10, instance.now()) == []
    await befriend(instance, await make_remote(instance, "ben", "beta.test"), alice)
    await say(instance, alice)
    assert [job.kind for job in await instance.queue.claim(10, instance.now())] == ["plan_delivery"]


@pytest.mark.parametrize(
    ("visibility", "to", "cc"),
    [
        ("public", [PUBLIC], ["FOLLOWERS", "BEN"]),
        ("unlisted", ["FOLLOWERS"], [PUBLIC, "BEN"]),
        ("followers", ["FOLLOWERS"], ["BEN"]),
        ("direct", ["BEN"], []),
    ],
)
async def test_visibility_says_who_is_addressed(
    instance: Instance,
    alice: Actor,
    internet: FakeInternet,
    visibility: str,
    to: list[str],
    cc: list[str],
) -> None:
    """E79: and a direct post goes to the mentioned people's hosts alone."""
    answering(internet, "beta.test", "gamma.test")
    ben = await make_remote(instance, "ben")
    await befriend(instance, await make_remote(instance, "gil", "gamma.test"), alice)
    await say(instance, alice, "Hello @ben@beta.test", visibility=visibility)

    (create,) = await delivered(instance, internet)
    names = {instance.addresses.followers(alice.id): "FOLLOWERS", ben.uri: "BEN"}
    assert [names.get(each, each) for each in create["to"]] == to
    assert [names.get(each, each) for each in create["cc"]] == cc
    assert len(internet.sent_to("gamma.test")) == (0 if visibility == "direct" else 1)


async def test_only_public_and_unlisted_posts_stand_in_the_outbox(
    instance: Instance, alice: Actor
) -> None:
    """A23, PV-5."""
    made = {each: await say(instance, alice, visibility=each) for each in Visibility}
    shown = await receipts.outbox(alice.id, Page())
    assert {json.loads(each.document)["object"]["id"] for each in shown} == {
        made[Visibility.PUBLIC].uri,
        made[Visibility.UNLISTED].uri,
    }


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 501])
async def test_drafts_against_the_rules_are_invalid(
    instance: Instance, alice: Actor, text: str
) -> None:
    with pytest.raises(Invalid) as wrong:
        await say(instance, alice, text)
    assert "text" in wrong.value.fields
    assert await posts.count_local() == 0


# ---------------------------------------------------------------- mentions


async def test_a_local_mention_is_told_and_linked(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    post = await say(instance, alice, "Hello @bob and @bob@alpha.test")
    assert [each.actor_id for each in post.mentions] == [bob.id]
    assert 'href="https://alpha.test/@bob"' in post.content
    assert await _told(instance, bob) == [(NotificationKind.MENTION, post.id)]


async def test_nobody_mentions_themselves(instance: Instance, alice: Actor) -> None:
    post = await say(instance, alice, "I am @alice")
    assert post.mentions == ()
    assert await _told(instance, alice) == []


async def test_an_unreachable_server_leaves_plain_text(
    instance: Instance, alice: Actor, internet: FakeInternet
) -> None:
    answering(internet, "beta.test")
    with internet.down("beta.test"):
        post = await say(instance, alice, "Hello @ben@beta.test @eve@nowhere.test @nobody")
    assert post.mentions == ()
    assert "href" not in post.content


async def test_slow_servers_are_waited_for_within_limits(
    instance: Instance,
    alice: Actor,
    bob: Actor,
    internet: FakeInternet,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ten seconds for all look-ups together; who is known meanwhile stays mentioned."""
    loop, at_once = asyncio.get_running_loop(), mentions.LOOK_UPS_AT_ONCE_MAX
    time = loop.time
    slow = [f"slow{n}.test" for n in range(at_once + 4)]
    answering(internet, *slow)
    with ExitStack() as gates:
        for host in slow:
            gates.enter_context(internet.delayed(host))
        names = " ".join(f"@a@{host}" for host in slow)
        saying = asyncio.create_task(say(instance, alice, f"@bob {names}"))
        # The places of all look-ups are taken by slow servers: bob has been found before.
        async with asyncio.timeout(60):
            while len(internet.requests) < at_once:  # noqa: ASYNC110 - FakeInternet tells nobody
                await asyncio.sleep(0.001)
        monkeypatch.setattr(loop, "time", lambda: time() + mentions.LOOK_UPS_TIMEOUT_S)
        post = await saying
    assert [each.actor_id for each in post.mentions] == [bob.id]
    assert len(internet.requests) == at_once


async def test_posts_make_us_ask_others_only_so_often(
    instance: Instance, alice: Actor, bob: Actor, internet: FakeInternet
) -> None:
    """Thirty a minute, as the search box; those whom we know are named without asking."""
    answering(internet, "beta.test")
    for start in (0, 20):
        names = " ".join(f"@a@nowhere{n}.test" for n in range(start, start + 20))
        await say(instance, alice, names)
    asked = {request.url.host for request in internet.requests}
    assert len([host for host in asked if host.startswith("nowhere")]) == 30
    ben = await make_remote(instance, "ben")
    post = await say(instance, alice, "@bob @ben@beta.test")
    assert [each.actor_id for each in post.mentions] == [bob.id, ben.id]


async def test_a_look_up_holds_no_transaction(
    instance: Instance, alice: Actor, internet: FakeInternet
) -> None:
    """Rule 5: others write while a server is asked."""
    seen: list[int] = []

    async def answer(_: httpx2.Request) -> httpx2.Response:
        with instance.store.active():
            async with instance.store.transaction():
                seen.append(await posts.count_local())
        return httpx2.Response(404)

    internet.add("beta.test", answer)
    await say(instance, alice, "Hello @ben@beta.test")
    assert set(seen) == {0}


async def test_a_blocked_person_is_neither_told_nor_sent_a_mention(
    instance: Instance, alice: Actor, bob: Actor, internet: FakeInternet
) -> None:
    """PV-11: the mention is silent."""
    answering(internet, "beta.test")
    ben = await make_remote(instance, "ben")
    await blocking.block(instance, alice, bob.id)
    await blocking.block(instance, alice, ben.id)
    await delivered(instance, internet)
    await say(instance, alice, "About @bob and @ben@beta.test")
    assert await _told(instance, bob) == []
    assert await delivered(instance, internet) == []


# ---------------------------------------------------------------- replies


async def test_a_reply_names_its_parent_and_everybody_who_takes_part(
    instance: Instance, alice: Actor, bob: Actor, internet: FakeInternet
) -> None:
    """E89: who is addressed by the parent stays in the conversation."""
    answering(internet, "beta.test", "gamma.test")
    ben = await make_remote(instance, "ben")
    gil = await make_remote(instance, "gil", "gamma.test")
    parent = await hear(instance, ben, mentions=(gil, bob))
    reply = await say(instance, alice, "I see", in_reply_to_id=parent.id)

    assert reply.in_reply_to_uri == parent.uri
    assert (reply.in_reply_to_id, reply.in_reply_to_actor_id) == (parent.id, ben.id)
    assert [each.actor_id for each in reply.mentions] == [ben.id, gil.id, bob.id]
    assert await _told(instance, bob) == [(NotificationKind.MENTION, reply.id)]
    (create,) = await delivered(instance, internet)
    assert create["object"]["inReplyTo"] == parent.uri
    assert {each["href"] for each in create["object"]["tag"]} == {ben.uri, gil.uri, bob.uri}
    assert len(internet.sent_to("gamma.test")) == 1


async def test_the_answered_person_gets_one_notification_and_the_conversation_goes_on(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    parent = await say(instance, bob)
    reply = await say(instance, alice, "@bob indeed", in_reply_to_id=parent.id)
    assert await _told(instance, bob) == [(NotificationKind.REPLY, reply.id)]
    assert reply.conversation == parent.conversation is not None


@pytest.mark.parametrize(
    ("parent", "wanted", "becomes"),
    [
        ("followers", "public", "followers"),
        ("direct", "public", "direct"),
        ("direct", "followers", "direct"),
        ("unlisted", "public", "unlisted"),
        ("public", "direct", "direct"),
    ],
)
async def test_pv25_a_reply_is_never_wider_than_its_parent(
    instance: Instance, alice: Actor, bob: Actor, parent: str, wanted: str, becomes: str
) -> None:
    await befriend(instance, alice, bob)
    above = await say(instance, bob, "Psst @alice", visibility=parent)
    reply = await say(instance, alice, visibility=wanted, in_reply_to_id=above.id)
    assert reply.visibility == becomes


async def test_pv3_what_one_may_not_see_cannot_be_answered(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    hidden = await say(instance, bob, visibility="followers")
    asked = await make_person(instance, "carol")
    await befriend(instance, asked, bob, state=FollowState.REQUESTED)
    for who in (alice, asked):  # PV-13: a request gives nothing
        with pytest.raises(NotFound):
            await say(instance, who, in_reply_to_id=hidden.id)


async def test_a_deleted_post_cannot_be_answered(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    parent = await say(instance, bob)
    await publishing.delete(instance, bob, parent.id)
    with pytest.raises(Gone):
        await say(instance, alice, in_reply_to_id=parent.id)


# ---------------------------------------------------------------- edit


async def test_an_edit_keeps_how_it_read_and_tells_everybody_who_got_it(
    instance: Instance, alice: Actor, internet: FakeInternet, clock: FakeClock
) -> None:
    """E105: `updated` is newer, `published` stays; those named before are addressed still."""
    answering(internet, "beta.test")
    ben = await make_remote(instance, "ben")
    post = await say(instance, alice, "Hello @ben@beta.test", visibility="direct")
    await delivered(instance, internet)
    clock.advance(minutes=1)
    edited = await publishing.edit(instance, alice, post.id, Draft("Goodbye", summary="cw"))

    assert (edited.source, edited.summary) == ("Goodbye", "cw")
    assert edited.edited_at == clock()
    (before,) = await posts.list_revisions(post.id)
    assert (before.source, before.created_at) == ("Hello @ben@beta.test", post.created_at)
    (update,) = await delivered(instance, internet)
    assert update["type"] == "Update"
    assert update["to"] == [ben.uri]
    note = update["object"]
    assert note["updated"] > note["published"]
    assert "Goodbye" in note["content"]


async def test_pv16_an_edit_never_changes_who_may_see_it(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    post = await say(instance, alice, visibility="followers")
    edited = await publishing.edit(instance, alice, post.id, Draft("Wider", visibility="public"))
    assert edited.visibility is Visibility.FOLLOWERS
    with pytest.raises(NotFound):
        await visible_post(instance, post.id, bob)


async def test_an_edit_without_a_change_sends_nothing(
    instance: Instance, alice: Actor, internet: FakeInternet
) -> None:
    answering(internet, "beta.test")
    await befriend(instance, await make_remote(instance, "ben"), alice)
    post = await say(instance, alice)
    await delivered(instance, internet)
    assert await publishing.edit(instance, alice, post.id, Draft("Hello")) == post
    assert await delivered(instance, internet) == []
    assert await posts.list_revisions(post.id) == []


async def test_an_edit_at_once_is_newer_in_whole_seconds(instance: Instance, alice: Actor) -> None:
    post = await say(instance, alice)
    once = await publishing.edit(instance, alice, post.id, Draft("One"))
    twice = await publishing.edit(instance, alice, post.id, Draft("Two"))
    assert once.edited_at is not None
    assert twice.edited_at is not None
    assert (twice.edited_at - once.edited_at).total_seconds() >= 1
    assert [each.source for each in await posts.list_revisions(post.id)] in (
        ["Hello", "One"],
        ["One", "Hello"],
    )


async def test_an_edit_tells_boosters_and_the_newly_mentioned_and_nobody_twice(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    carol = await make_person(instance, "carol")
    post = await say(instance, alice, "Hello @bob")
    await interacting.boost(instance, carol, post.id)
    await publishing.edit(instance, alice, post.id, Draft("Hello @bob @carol"))
    assert await _told(instance, bob) == [(NotificationKind.MENTION, post.id)]
    assert set(await _told(instance, carol)) == {
        (NotificationKind.MENTION, post.id),
        (NotificationKind.EDIT, post.id),
    }


async def test_only_ones_own_living_posts_can_be_edited(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    post = await say(instance, alice)
    with pytest.raises(NotFound):
        await publishing.edit(instance, bob, post.id, Draft("Mine"))
    with pytest.raises(Invalid):
        await publishing.edit(instance, alice, post.id, Draft(""))
    await publishing.delete(instance, alice, post.id)
    with pytest.raises(Gone):
        await publishing.edit(instance, alice, post.id, Draft("Again"))


# ---------------------------------------------------------------- delete


async def test_pv20_a_deleted_post_leaves_a_tombstone_and_no_words(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """PV-20, MD-13: neither in rows, feeds, notifications nor in what was sent."""
    await befriend(instance, bob, alice)
    post = await say(instance, alice, "Secret @bob")
    await publishing.edit(instance, alice, post.id, Draft("Secret too @bob"))
    await settle(instance)
    await interacting.boost(instance, bob, post.id)
    await publishing.delete(instance, alice, post.id)
    await settle(instance)

    row = await posts.get(post.id)
    assert row.deleted_at is not None
    assert (row.content, row.source, row.summary) == ("", "", "")
    assert await posts.list_revisions(post.id) == []
    for viewer in (alice, bob, None):
        with pytest.raises(Gone):
            await visible_post(instance, post.id, viewer)
    assert await _home_texts(instance, bob) == []
    assert await _told(instance, bob) == []
    kept = [each.document for each in await receipts.outbox(alice.id, Page())]
    assert not any("Secret" in document for document in kept)
    assert await receipts.find_activity(post.id) is None


async def test_md13_the_pictures_of_a_deleted_post_are_gone(
    instance: Instance, alice: Actor
) -> None:
    made = await files.accept(instance, alice, picture())
    post = await say(instance, alice, media_ids=(made.id,))
    elsewhere = Attachment("https://x.test/media/other.webp", "image/webp", "image")
    await posts.save(replace(post, attachments=(*post.attachments, elsewhere)))
    names = [str(url).rpartition("/")[2] for url in (made.url, made.preview_url)]
    assert [await instance.blobs.read(name) is None for name in names] == [False, False]
    await publishing.delete(instance, alice, post.id)
    assert [await instance.blobs.read(name) is None for name in names] == [True, True]


async def test_a_delete_reaches_followers_and_everybody_who_reacted(
    instance: Instance, alice: Actor, internet: FakeInternet
) -> None:
    """Delete{Tombstone} to the audience of the Create, and to likers, boosters, repliers."""
    hosts = [f"{name}.test" for name in ("follower", "named", "liker", "booster", "replier")]
    answering(internet, *hosts, "stranger.test")
    people = {host: await make_remote(instance, "x", host) for host in (*hosts, "stranger.test")}
    await befriend(instance, people["follower.test"], alice)
    post = await say(instance, alice, "Hello @x@named.test")
    await _react(instance, people, post.id)
    await hear(instance, people["replier.test"], parent=post)
    await settle(instance)
    internet.requests.clear()
    await publishing.delete(instance, alice, post.id)
    await settle(instance)

    for host in hosts:
        (request,) = internet.sent_to(host)
        document = json.loads(request.content)
        assert document["type"] == "Delete", host
        assert document["object"] == {"id": post.uri, "type": "Tombstone"}
    assert internet.sent_to("stranger.test") == []


async def _react(instance: Instance, people: dict[str, Actor], post_id: Any) -> None:
    for host, kind in (
        ("liker.test", InteractionKind.LIKE),
        ("booster.test", InteractionKind.BOOST),
    ):
        row = instance.ids.new()
        await posts.insert_interaction(
            Interaction(
                row, kind, people[host].id, post_id, f"https://{host}/{row}", instance.now()
            )
        )


async def test_a_delete_before_the_create_left_sends_the_delete_alone(
    instance: Instance, alice: Actor, internet: FakeInternet
) -> None:
    answering(internet, "beta.test")
    await befriend(instance, await make_remote(instance, "ben"), alice)
    post = await say(instance, alice)
    await publishing.delete(instance, alice, post.id)
    assert [each["type"] for each in await delivered(instance, internet)] == ["Delete"]


async def test_only_ones_own_living_posts_can_be_deleted(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    post = await say(instance, alice)
    with pytest.raises(NotFound):
        await publishing.delete(instance, bob, post.id)
    with pytest.raises(NotFound):
        await publishing.delete(instance, alice, instance.ids.new())
    await publishing.delete(instance, alice, post.id)
    with pytest.raises(Gone):
        await publishing.delete(instance, alice, post.id)


async def test_pv4_a_deleted_private_post_is_not_found_rather_than_gone(
    instance: Instance, alice: Actor, bob: Actor
) -> None:
    """That there was one is a secret too."""
    post = await say(instance, alice, visibility="followers")
    await publishing.delete(instance, alice, post.id)
    with pytest.raises(NotFound) as hidden:
        await visible_post(instance, post.id, bob)
    assert not isinstance(hidden.value, Gone)


async def test_a_locked_out_author_cannot_be_answered(
    instance: Instance, alice: Actor, bob: Actor, clock: FakeClock
) -> None:
    """MO-2: posts of a suspended author are not there for anybody."""
    post = await say(instance, bob)
    await change(bob, suspended_at=clock())
    with pytest.raises(NotFound):
        await say(instance, alice, in_reply_to_id=post.id)
