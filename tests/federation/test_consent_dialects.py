"""Consent in the words of GoToSocial, Mastodon and Misskey, and attempts to get around it.

Alice lives here; honest, victor and mallory are each of another server, and speak as their software
does: what they send is written out, not made by our own code.
"""

import json
from typing import Any

import pytest

from outbox import approvals
from posts import policies
from storage import approvals as requests
from storage import interactions, posts
from storage.records import (
    Act,
    InteractionKind,
    Page,
    Policy,
    Post,
    QuoteState,
    RequestState,
    Visibility,
)
from tests.federation.peers import PUBLIC, Person
from tests.federation.world import S, World
from tests.usecases.social import say

PAGE = Page(limit=40)
ASK, NOBODY = policies.ON_REQUEST, policies.NOBODY


async def alices(world: World, policy: Policy | None = None, **draft: Any) -> Post:
    return await say(world.instance, world.alice, "What do you think?", policy=policy, **draft)


def reply(person: Person, to: str, **more: Any) -> dict[str, Any]:
    return person.note("I think so", inReplyTo=to, **more)


async def document(world: World, path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((await world.get(path)).text)
    return found


def sent(person: Person, kind: str) -> list[dict[str, Any]]:
    return [each for each in person.peer.inbox if each["type"] == kind]


async def accept_all(world: World) -> None:
    for request in await approvals.list_waiting(world.alice, PAGE):
        await approvals.accept(world.instance, world.alice, request.id)
    await world.settle()


# ---------------------------------------------------------------- GoToSocial


@pytest.mark.parametrize("is_polite", [True, False])
async def test_a_reply_is_held_and_accepted_in_the_form_it_came(
    world: World,
    is_polite: bool,  # noqa: FBT001 - a parameter of pytest
) -> None:
    """E134, A189, A190: a ReplyRequest, or a Create by who knows no policies."""
    post = await alices(world, Policy(reply=ASK))
    note = reply(world.honest, post.uri)
    activity = world.honest.create(note)
    if is_polite:
        activity = world.honest.activity("ReplyRequest", object=post.uri, instrument=note)
    assert await world.tell(world.honest, activity) == 202
    held = await world.find(note)
    assert held is not None
    assert held.held is not None
    assert (await document(world, f"/posts/{post.id}/replies?page=true"))["orderedItems"] == []
    await accept_all(world)
    shown = await world.find(note)
    assert shown is not None
    assert shown.held is None
    assert shown.visibility is Visibility.PUBLIC
    (accept,) = sent(world.honest, "Accept")
    if is_polite:
        assert accept["object"]["type"] == "ReplyRequest"
        assert accept["object"]["instrument"] == note["id"]
        assert accept["object"]["id"] == activity["id"]
    else:
        assert accept["object"] == note["id"]
        assert accept["target"] == post.uri
        assert PUBLIC in accept["cc"]
    stamp = await document(world, accept["result"].removeprefix(f"https://{S}"))
    assert stamp["type"] == "ReplyAuthorization"
    assert stamp["interactingObject"] == note["id"]
    assert stamp["interactionTarget"] == post.uri


async def test_a_forbidden_reply_is_not_stored_and_its_server_is_told(world: World) -> None:
    """A190: refused with a Reject; nor does a boost, an Update or a fetch bring it in."""
    post = await alices(world, Policy(reply=NOBODY))
    note = reply(world.honest, post.uri)
    await world.tell(world.honest, world.honest.create(note))
    assert await world.find(note) is None
    (reject,) = sent(world.honest, "Reject")
    assert reject["object"] == note["id"]
    assert reject["target"] == post.uri
    await world.tell(world.honest, world.honest.create(note))
    assert len(sent(world.honest, "Reject")) == 1, "told once"
    # by Announce of somebody whom alice follows, which fetches it
    await world.tell(world.victor, world.victor.activity("Announce", object=note["id"]))
    assert await world.find(note) is None
    # by Update of what was never here
    changed = {**note, "updated": "2026-11-22T12:30:00Z"}
    await world.tell(world.honest, world.honest.activity("Update", object=changed))
    assert await world.find(note) is None


async def test_an_update_does_not_let_a_held_reply_in(world: World) -> None:
    """A190: it stays held, with its new words."""
    post = await alices(world, Policy(reply=ASK))
    note = reply(world.honest, post.uri)
    await world.tell(world.honest, world.honest.create(note))
    changed = {**note, "content": "<p>Other words</p>", "updated": "2026-11-22T12:30:00Z"}
    world.clock.advance(hours=1)
    await world.tell(world.honest, world.honest.activity("Update", object=changed))
    held = await world.find(note)
    assert held is not None
    assert held.held is not None
    assert "Other words" in held.content
    # a boost of it is refused, for it is not public
    boost = world.victor.activity("Announce", object=note["id"])
    await world.tell(world.victor, boost)
    assert (await interactions.counts([held.id]))[held.id].boosts == 0


async def test_what_answers_a_held_reply_is_not_shown_either(world: World) -> None:
    """A189: also by its own author."""
    post = await alices(world, Policy(reply=ASK))
    note = reply(world.honest, post.uri)
    await world.tell(world.honest, world.honest.create(note))
    below = reply(world.honest, note["id"])
    await world.tell(world.honest, world.honest.create(below))
    assert await world.find(below) is None


@pytest.mark.parametrize(("kind", "stamp_kind"), [("Like", "Like"), ("Announce", "Announce")])
async def test_likes_and_boosts_are_asked_for(world: World, kind: str, stamp_kind: str) -> None:
    """E134: LikeRequest and AnnounceRequest, with the activity as instrument."""
    post = await alices(world, Policy(like=ASK, boost=ASK))
    deed = world.honest.activity(kind, object=post.uri)
    request = world.honest.activity(f"{kind}Request", object=post.uri, instrument=deed)
    await world.tell(world.honest, request)
    counts = (await interactions.counts([post.id]))[post.id]
    assert counts.likes + counts.boosts == 0
    await accept_all(world)
    counts = (await interactions.counts([post.id]))[post.id]
    assert counts.likes + counts.boosts == 1
    (accept,) = sent(world.honest, "Accept")
    stamp = await document(world, accept["result"].removeprefix(f"https://{S}"))
    assert stamp["type"] == f"{stamp_kind}Authorization"


async def test_a_like_that_is_forbidden_is_refused(world: World) -> None:
    """A190."""
    post = await alices(world, Policy(like=NOBODY))
    like = world.honest.activity("Like", object=post.uri)
    await world.tell(world.honest, like)
    assert (await interactions.counts([post.id]))[post.id].likes == 0
    assert [each["object"] for each in sent(world.honest, "Reject")] == [like["id"]]


async def test_a_like_that_waits_is_undone(world: World) -> None:
    """E110, E134: approving it later brings nothing."""
    post = await alices(world, Policy(like=ASK))
    like = world.honest.activity("Like", object=post.uri)
    await world.tell(world.honest, like)
    await world.tell(world.honest, world.honest.activity("Undo", object=like))
    assert await approvals.list_waiting(world.alice, PAGE) == []


# ---------------------------------------------------------------- stamps of others


def restricted(person: Person, **more: Any) -> dict[str, Any]:
    """A post that only who has a stamp may answer or boost, as GoToSocial writes it."""
    rule = {"automaticApproval": [person.uri], "manualApproval": [PUBLIC]}
    return person.note(
        "Ask me first", interactionPolicy={"canReply": rule, "canAnnounce": rule}, **more
    )


def stamp(
    person: Person, thing: str, target: str, kind: str = "ReplyAuthorization"
) -> dict[str, Any]:
    """A stamp, served at its id."""
    return person.peer.put(
        {
            "@context": ["https://gotosocial.org/ns", "https://www.w3.org/ns/activitystreams"],
            "id": f"{person.uri}/authorizations/{next(person.peer.serial)}",
            "type": kind,
            "attributedTo": person.uri,
            "interactingObject": thing,
            "interactionTarget": target,
        }
    )


async def test_a_third_party_is_believed_by_the_stamp(world: World) -> None:
    """E134: `replyAuthorization`, verified at the origin of who is answered."""
    asked = restricted(world.victor)
    await world.tell(world.victor, world.victor.create(asked))
    without = reply(world.honest, asked["id"])
    await world.tell(world.honest, world.honest.create(without))
    assert await world.find(without) is None
    note = world.honest.note("With leave", inReplyTo=asked["id"])
    note["replyAuthorization"] = stamp(world.victor, note["id"], asked["id"])["id"]
    await world.tell(world.honest, world.honest.create(note))
    assert await world.find(note) is not None


async def test_old_approvals_are_understood(world: World) -> None:
    """E134: `approvedBy` with a ReplyApproval, as before GoToSocial 0.20."""
    rule = {"always": [world.victor.uri], "approvalRequired": [PUBLIC]}
    asked = world.victor.note("Ask me", interactionPolicy={"canReply": rule})
    await world.tell(world.victor, world.victor.create(asked))
    note = world.honest.note("With leave", inReplyTo=asked["id"])
    old = stamp(world.victor, note["id"], asked["id"], "ReplyApproval")
    old["object"], old["target"] = old.pop("interactingObject"), old.pop("interactionTarget")
    note["approvedBy"] = old["id"]
    await world.tell(world.honest, world.honest.create(note))
    assert await world.find(note) is not None


@pytest.mark.parametrize("wrong", ["origin", "other post", "other reply", "kind", "author", "id"])
async def test_false_stamps_let_nothing_in(world: World, wrong: str) -> None:
    """E134, E135: of another origin, for another post, replayed, of another kind or author."""
    asked, other = restricted(world.victor), restricted(world.victor)
    for each in (asked, other):
        await world.tell(world.victor, world.victor.create(each))
    note = world.mallory.note("Let me in", inReplyTo=asked["id"])
    earlier = world.mallory.note("Another", inReplyTo=asked["id"])
    by = world.mallory if wrong == "origin" else world.victor
    made = stamp(
        by,
        earlier["id"] if wrong == "other reply" else note["id"],
        other["id"] if wrong == "other post" else asked["id"],
        "LikeAuthorization" if wrong == "kind" else "ReplyAuthorization",
    )
    if wrong == "author":
        made["attributedTo"] = world.honest.uri
    note["replyAuthorization"] = made["id"]
    if wrong == "id":
        made["id"] = f"{world.victor.uri}/authorizations/another"
    await world.tell(world.mallory, world.mallory.create(note))
    assert await world.find(note) is None


async def test_a_stamp_is_taken_back_by_who_gave_it_alone(world: World) -> None:
    """E134: the Delete of a stamp hides the reply."""
    asked = restricted(world.victor)
    await world.tell(world.victor, world.victor.create(asked))
    note = world.honest.note("With leave", inReplyTo=asked["id"])
    given = stamp(world.victor, note["id"], asked["id"])
    note["replyAuthorization"] = given["id"]
    await world.tell(world.honest, world.honest.create(note))
    await world.tell(world.mallory, world.mallory.activity("Delete", object=given["id"]))
    kept = await world.find(note)
    assert kept is not None
    assert kept.held is None
    await world.tell(world.victor, world.victor.activity("Delete", object=given["id"]))
    hidden = await world.find(note)
    assert hidden is not None
    assert hidden.held is not None


async def test_replies_that_came_before_their_post_are_judged_when_it_comes(world: World) -> None:
    """A190: late fetching is no way around a policy."""
    asked = restricted(world.victor)
    without = reply(world.honest, asked["id"])
    note = world.honest.note("With leave", inReplyTo=asked["id"])
    note["replyAuthorization"] = stamp(world.victor, note["id"], asked["id"])["id"]
    for each in (without, note):
        await world.tell(world.honest, world.honest.create(each))
    if await world.find(asked) is None:
        await world.tell(world.victor, world.victor.create(asked))
    bare, stamped = await world.find(without), await world.find(note)
    assert bare is None or bare.held is not None
    assert stamped is not None
    assert stamped.held is None


async def test_a_boost_of_another_host_needs_a_stamp(world: World) -> None:
    """E134: `announceAuthorization`."""
    asked = restricted(world.victor)
    await world.tell(world.victor, world.victor.create(asked))
    post = await world.find(asked)
    assert post is not None
    await world.tell(world.honest, world.honest.activity("Announce", object=asked["id"]))
    assert (await interactions.counts([post.id]))[post.id].boosts == 0
    boost = world.honest.activity("Announce", object=asked["id"])
    given = stamp(world.victor, boost["id"], asked["id"], "AnnounceAuthorization")
    await world.tell(world.honest, {**boost, "announceAuthorization": given["id"]})
    assert (await interactions.counts([post.id]))[post.id].boosts == 1


# ---------------------------------------------------------------- quotes in


def quoting(person: Person, uri: str, key: str = "quote", **more: Any) -> dict[str, Any]:
    return person.note("Look", **({key: uri} | more))


async def quote_of(world: World, note: dict[str, Any]) -> Post:
    found = await world.find(note)
    assert found is not None
    return found


@pytest.mark.parametrize("key", ["quote", "quoteUrl", "quoteUri", "_misskey_quote", "tag"])
async def test_quotes_of_all_dialects_are_found(world: World, key: str) -> None:
    """A186, E104."""
    post = await alices(world)
    note = quoting(world.honest, post.uri, key)
    if key == "tag":
        ld_type = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
        link = {"type": "Link", "mediaType": ld_type, "href": post.uri}
        note = world.honest.note("Look", tag=[link])
    note["content"] = f'<p>Look<br><br>RE: <a href="{post.uri}">{post.uri}</a></p>'
    await world.tell(world.honest, world.honest.create(note))
    found = await quote_of(world, note)
    assert found.quote_id == post.id
    assert found.quote_state is QuoteState.ACCEPTED
    assert "RE:" not in found.content
    assert "quote" in [each.kind for each in await world.told()]


@pytest.mark.parametrize("is_embedded", [True, False])
async def test_a_quote_request_is_answered(
    world: World,
    is_embedded: bool,  # noqa: FBT001 - a parameter of pytest
) -> None:
    """E135, A188: as Mastodon sends it, by id, or embedded."""
    post = await alices(world)
    note = quoting(world.honest, post.uri)
    instrument = note if is_embedded else note["id"]
    request = world.honest.activity("QuoteRequest", object=post.uri, instrument=instrument)
    await world.tell(world.honest, request)
    (accept,) = sent(world.honest, "Accept")
    assert accept["object"] == {
        "id": request["id"],
        "type": "QuoteRequest",
        "actor": world.honest.uri,
        "object": post.uri,
        "instrument": note["id"],
    }
    assert accept["result"].startswith(f"https://{S}/stamps/")
    found = await quote_of(world, note)
    assert found.quote_state is QuoteState.ACCEPTED
    assert found.quote_approval_uri == accept["result"]


async def test_a_quote_request_is_refused_where_nobody_may(world: World) -> None:
    """A188, A190."""
    post = await alices(world, Policy(quote=NOBODY))
    note = quoting(world.honest, post.uri)
    request = world.honest.activity("QuoteRequest", object=post.uri, instrument=note)
    await world.tell(world.honest, request)
    (reject,) = sent(world.honest, "Reject")
    assert reject["object"]["id"] == request["id"]
    await world.tell(world.honest, world.honest.create(note))
    assert (await quote_of(world, note)).quote_state is QuoteState.REJECTED


async def test_nobody_asks_for_what_is_somebody_elses(world: World) -> None:
    """E135: neither for the post of another, nor one that quotes something else."""
    post, other = await alices(world), await alices(world)
    theirs = quoting(world.victor, post.uri)
    elsewhere = quoting(world.mallory, other.uri)
    for thing in (theirs, theirs["id"], elsewhere):
        request = world.mallory.activity("QuoteRequest", object=post.uri, instrument=thing)
        await world.tell(world.mallory, request)
    assert sent(world.mallory, "Accept") == []


async def test_third_party_quotes_need_a_stamp(world: World) -> None:
    """A188: `quoteAuthorization`, which may come by an Update without a newer `updated`."""
    rule = {"automaticApproval": [PUBLIC]}
    quoted = world.victor.note("Quote me", interactionPolicy={"canQuote": rule})
    await world.tell(world.victor, world.victor.create(quoted))
    note = quoting(world.honest, quoted["id"])
    await world.tell(world.honest, world.honest.create(note))
    assert (await quote_of(world, note)).quote_state is QuoteState.PENDING
    given = stamp(world.victor, note["id"], quoted["id"], "QuoteAuthorization")
    approved = {**note, "quoteAuthorization": given["id"]}
    await world.tell(world.honest, world.honest.activity("Update", object=approved))
    assert (await quote_of(world, note)).quote_state is QuoteState.ACCEPTED
    await world.tell(world.victor, world.victor.activity("Delete", object=given["id"]))
    assert (await quote_of(world, note)).quote_state is QuoteState.REJECTED
    await world.tell(world.honest, world.honest.activity("Update", object=approved))
    assert (await quote_of(world, note)).quote_state is QuoteState.REJECTED, "it was taken back"


async def test_an_update_does_not_change_what_was_approved(world: World) -> None:
    """A188: another quote is another request."""
    post, other = await alices(world), await alices(world, Policy(quote=NOBODY))
    note = quoting(world.honest, post.uri)
    await world.tell(world.honest, world.honest.create(note))
    changed = {**note, "quote": other.uri, "updated": "2026-11-22T12:30:00Z"}
    world.clock.advance(hours=1)
    await world.tell(world.honest, world.honest.activity("Update", object=changed))
    assert (await quote_of(world, note)).quote_state is QuoteState.REJECTED


async def test_chains_of_quotes_are_followed_one_step(world: World) -> None:
    """RX-26: depth one only."""
    first = world.victor.note("First")
    second = quoting(world.victor, first["id"])
    third = quoting(world.victor, second["id"])
    await world.tell(world.victor, world.victor.create(third))
    assert await world.find(second) is not None
    assert await world.find(first) is None


# ---------------------------------------------------------------- out


async def test_what_we_write_is_read_by_both(world: World) -> None:
    """A187, A188, A189: one policy in both dialects, and a quote under all its names."""
    quoted = await alices(world)
    post = await alices(
        world, Policy(reply=policies.rule_of_choice("followers+")), quote_of=quoted.id
    )
    written = await document(world, f"/posts/{post.id}")
    rules = written["interactionPolicy"]
    followers = world.alice.followers_url or f"{world.alice.uri}/followers"
    assert rules["canReply"]["automaticApproval"] == [world.alice.uri, followers]
    assert rules["canReply"]["manualApproval"] == [PUBLIC]
    assert rules["canReply"]["always"] == rules["canReply"]["automaticApproval"]
    assert rules["canReply"]["approvalRequired"] == [PUBLIC]
    assert rules["canLike"]["automaticApproval"] == [PUBLIC]
    assert rules["canQuote"] == {"automaticApproval": [PUBLIC]}
    for name in ("quote", "quoteUrl", "quoteUri", "_misskey_quote"):
        assert written[name] == quoted.uri
    (link,) = [each for each in written["tag"] if each["type"] == "Link"]
    assert link["href"] == quoted.uri
    assert written["content"].endswith(
        f'<p class="quote-inline">RE: <a href="{quoted.uri}">{quoted.uri}</a></p>'
    )


async def test_posts_for_few_cannot_be_quoted(world: World) -> None:
    """A188: what is not for everybody says so in `canQuote`."""
    post = await alices(world, visibility=Visibility.FOLLOWERS.value)
    await world.follow(world.alice, world.honest)
    found = await posts.find(post.id)
    assert found is not None
    request = world.honest.activity(
        "QuoteRequest", object=post.uri, instrument=quoting(world.honest, post.uri)
    )
    await world.tell(world.honest, request)
    assert sent(world.honest, "Accept") == []


async def test_requests_leave_with_what_they_are_about(world: World) -> None:
    """PV-20: nothing is kept of a deleted reply."""
    post = await alices(world, Policy(reply=ASK))
    note = reply(world.honest, post.uri)
    await world.tell(world.honest, world.honest.create(note))
    (waiting,) = await approvals.list_waiting(world.alice, PAGE)
    assert waiting.state is RequestState.WAITING
    await world.tell(world.honest, world.honest.activity("Delete", object=note["id"]))
    assert await requests.find_for(Act.REPLY, post.id, note["id"]) is None


async def test_interaction_kinds_have_their_stamps(world: World) -> None:
    """E134: a boost of a follower is let by policy, and its server is told."""
    post = await alices(world, Policy(boost=policies.rule_of_choice("followed")))
    boost = world.honest.activity("Announce", object=post.uri)
    await world.tell(world.honest, boost)
    assert [actor.uri for _, actor in await posts.actors_of(InteractionKind.BOOST, post.id, PAGE)]
    (accept,) = sent(world.honest, "Accept")
    assert accept["object"] == boost["id"]
