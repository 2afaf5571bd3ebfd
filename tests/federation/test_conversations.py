"""Whole conversations: what other servers know of them is fetched, within bounds."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

import jobs
from feeds import notifications
from inbox import conversations, gathering
from instance.lanes import make_lanes
from moderation import hosts
from posts import threads
from storage import conversations as kept
from storage import relations
from storage.conversations import Standing
from storage.records import Actor, FindState, HostRule, HostSeverity, Post, Visibility
from tests.federation.peers import CONTEXT, PUBLIC, Peer, Person
from tests.federation.world import World
from tests.usecases.social import befriend, make_person, say


async def heard(world: World, person: Person, note: dict[str, Any]) -> Post:
    """A note that came to us by its author's own Create."""
    await world.tell(person, person.create(note))
    post = await world.find(note)
    assert post is not None
    return post


async def opened(world: World, post: Post, viewer: Actor | None = None) -> Standing:
    """A member opens a thread, and all jobs run; how it stands then."""
    viewer = viewer or world.alice
    visible = await threads.visible_post(world.instance, post.id, viewer)
    thread = await threads.thread(world.instance, visible, viewer)
    await conversations.open_thread(world.instance, thread, viewer)
    await world.settle()
    visible = await threads.visible_post(world.instance, post.id, viewer)
    thread = await threads.thread(world.instance, visible, viewer)
    return await kept.standing(thread.first_id, viewer.id)


def collection(peer: Peer, path: str, listed: Iterable[Any], **more: Any) -> str:
    """A collection at a path of a peer; returns its id."""
    found = {
        "@context": CONTEXT,
        "id": f"{peer.url}{path}",
        "type": "OrderedCollection",
        "orderedItems": list(listed),
        **more,
    }
    peer.put(found)
    return str(found["id"])


def ids(notes: Iterable[dict[str, Any]]) -> list[str]:
    return [note["id"] for note in notes]


async def test_a179_answers_of_every_host_are_found_by_replies(world: World) -> None:
    """A179: linked collections and those within the note, in pages, of all hosts."""
    a, v, b = world.mallory.peer, world.victor.peer, world.honest.peer
    root = world.victor.note("root", replies=f"{v.url}/r/1")
    second_id = f"{a.url}/notes/second"
    within = {"type": "CollectionPage", "items": [second_id]}
    first = world.honest.note(
        "one",
        inReplyTo=root["id"],
        replies={"id": f"{b.url}/r/2", "type": "Collection", "first": within},
    )
    second = world.mallory.note("two", id=second_id, inReplyTo=first["id"])
    third = world.victor.note("three", inReplyTo=root["id"])
    collection(v, "/r/1?page=2", [third["id"]], type="OrderedCollectionPage")
    collection(v, "/r/1", [first["id"]], next=f"{v.url}/r/1?page=2")
    post = await heard(world, world.victor, root)
    found = await opened(world, post)
    for note in (first, second, third):
        assert await world.find(note) is not None, note["content"]
    assert found.conversation is not None
    assert (found.missing, found.conversation.replies_here) == (0, 3)
    assert found.conversation.ended_at is not None
    assert "/r/2" not in b.gets
    assert a.gets.count("/notes/second") == 1


async def test_a181_the_context_of_the_owner_spares_the_rest(world: World) -> None:
    """A181, FEP-f228: posts by id and embedded; the owner's own are read where they stand."""
    v, b = world.victor.peer, world.honest.peer
    root = world.victor.note("root", context=f"{v.url}/c/1", replies=f"{v.url}/r/1")
    mine = world.victor.note("mine", inReplyTo=root["id"], replies=f"{v.url}/r/2")
    far = world.honest.note("far", inReplyTo=mine["id"])
    collection(v, "/c/1", [root["id"], {"@context": CONTEXT, **mine}, far["id"]])
    post = await heard(world, world.victor, root)
    v.gets.clear()
    found = await opened(world, post)
    assert await world.find(mine) is not None
    assert await world.find(far) is not None
    assert found.missing == 0
    assert v.gets == ["/c/1"]
    assert b.gets == [urlsplit(far["id"]).path]


@pytest.mark.parametrize("name", ["context", "contextHistory"])
async def test_a181_a_context_of_activities(world: World, name: str) -> None:
    """FEP-f228 and FEP-171b: Create and Add(Create), embedded or by id; a Like is no post."""
    v = world.victor.peer
    root = world.victor.note("root", **{name: f"{v.url}/c/1"})
    far = world.honest.note("far", inReplyTo=root["id"])
    other = world.honest.note("other", inReplyTo=far["id"])
    like = world.honest.activity("Like", object=root["id"])
    added = world.victor.activity("Add", object=world.honest.create(other), target=f"{v.url}/c/1")
    third = world.honest.note("third", inReplyTo=far["id"])
    by_id = world.honest.peer.put({**world.honest.create(third), "type": ["Create"]})["id"]
    items = [world.victor.create(root), like, world.honest.create(far), added, by_id]
    collection(v, "/c/1", items)
    found = await opened(world, await heard(world, world.victor, root))
    for note in (far, other, third):
        assert await world.find(note) is not None, note["content"]
    assert found.missing == 0


async def test_or2_what_stands_embedded_is_believed_of_its_own_host_alone(world: World) -> None:
    """OR-2, OR-24, FEP-fe34: words that another host lays into its collection are not taken."""
    a, b = world.mallory.peer, world.honest.peer
    root = world.mallory.note("root", context=f"{a.url}/c/1")
    real = world.honest.note("what I said", inReplyTo=root["id"])
    forged = {**real, "content": "what I never said"}
    foreign = {**world.mallory.note("x", inReplyTo=root["id"]), "attributedTo": world.honest.uri}
    a.put({"@context": CONTEXT, **foreign})
    collection(a, "/c/1", [root["id"], forged, foreign])
    await opened(world, await heard(world, world.mallory, root))
    post = await world.find(real)
    assert post is not None
    assert "what I said" in post.content
    assert await world.find(foreign) is None
    assert len(b.gets) == 1


async def test_a178_what_is_missing_above_is_found_from_below(world: World) -> None:
    """A178, A182: upwards to the beginning, then down again; all have the name of the first."""
    v, b = world.victor.peer, world.honest.peer
    root = world.victor.note(
        "root", conversation="tag:v.test,2026:1", context=f"{v.url}/c/1", replies=f"{v.url}/r/1"
    )
    first = world.honest.note("one", inReplyTo=root["id"])
    last = world.mallory.note("two", inReplyTo=first["id"], conversation="tag:other.test,2026:9")
    aside = world.honest.note("aside", inReplyTo=root["id"])
    collection(v, "/c/1", [*ids([root, first, last, aside])])
    root_document = v.documents.pop(urlsplit(root["id"]).path)
    with world.internet.down("b.test"):
        post = await heard(world, world.mallory, last)
    assert post.conversation == "tag:other.test,2026:9"
    v.documents[urlsplit(root["id"]).path] = root_document
    found = await opened(world, post)
    for note in (root, first, last, aside):
        known = await world.find(note)
        assert known is not None
        assert known.conversation == "tag:v.test,2026:1"
    assert found.conversation is not None
    assert found.conversation.uri == root["id"]
    assert found.conversation.replies_here == 3
    assert b.gets


async def test_p5_the_result_knows_what_is_missing(world: World) -> None:
    """P5: found but not here, and which servers do not answer; what is deleted is not missed."""
    a, v = world.mallory.peer, world.victor.peer
    root = world.victor.note("root", replies=f"{v.url}/r/1")
    here = world.honest.note("here", inReplyTo=root["id"])
    closed = world.mallory.note("closed", inReplyTo=root["id"])
    a.documents[urlsplit(closed["id"]).path] = httpx2.Response(403)
    lost = [f"https://silent.test/notes/{number}" for number in range(5)]
    gone = f"{a.url}/notes/gone"
    collection(v, "/r/1", [here["id"], closed["id"], gone, *lost])
    post = await heard(world, world.victor, root)
    found = await opened(world, post)
    assert found.conversation is not None
    assert found.conversation.replies_here == 1
    assert found.missing == 6
    assert found.conversation.silent_hosts == ("silent.test",)
    asked = [r for r in world.internet.requests if r.url.host == "silent.test"]
    assert len(asked) <= 2 * gathering.FAILURES_PER_HOST_MAX


async def test_e137_a_conversation_is_looked_for_at_falling_rates(world: World) -> None:
    """E137: nobody asks again within minutes; the older it is, the later."""
    v = world.victor.peer
    root = world.victor.note("root", replies=f"{v.url}/r/1")
    collection(v, "/r/1", [])
    post = await heard(world, world.victor, root)

    async def asked() -> int:
        v.gets.clear()
        await opened(world, post)
        return v.gets.count("/r/1")

    assert await asked() == 1
    assert await asked() == 0
    world.clock.advance(minutes=6)
    assert await asked() == 1
    world.clock.advance(days=3)
    assert await asked() == 1
    world.clock.advance(hours=6)
    assert await asked() == 0
    world.clock.advance(hours=2)
    assert await asked() == 1
    waits = [conversations.again_after(timedelta(hours=hours)) for hours in (0, 1, 10, 100, 1000)]
    assert waits == sorted(waits)
    assert waits[-1] == conversations.AGAIN_AFTER_MOST


async def test_e137_endless_collections_and_chains_are_cut(world: World) -> None:
    """E137, RX-10, RX-11: pages that never end, threads without end; bounded for each host."""
    a = world.mallory.peer
    root = world.mallory.note("root", replies=f"{a.url}/pages/0")
    plain = a.answer

    def endless(request: httpx2.Request) -> httpx2.Response:
        """Each page has five more posts, each of which has more answers, and a next page."""
        parts = urlsplit(str(request.url))
        kind, _, number = parts.path.strip("/").partition("/")
        if kind == "pages":
            a.gets.append(parts.path)
            base = int(number) * 10
            page = {
                "@context": CONTEXT,
                "id": str(request.url),
                "type": "OrderedCollectionPage",
                "orderedItems": [f"{a.url}/more/{base + each}" for each in range(5)],
                "next": f"{a.url}/pages/{base + 7}",
            }
            return httpx2.Response(
                200, json=page, headers={"content-type": "application/activity+json"}
            )
        if kind == "more":
            a.gets.append(parts.path)
            note = {
                "@context": CONTEXT,
                "id": str(request.url),
                "type": "Note",
                "attributedTo": world.mallory.uri,
                "content": "more",
                "to": [PUBLIC],
                "inReplyTo": root["id"],
                "replies": f"{a.url}/pages/{number}1",
            }
            return httpx2.Response(
                200, json=note, headers={"content-type": "application/activity+json"}
            )
        return plain(request)

    world.internet.add("a.test", endless)
    post = await heard(world, world.mallory, root)
    a.gets.clear()
    found = await opened(world, post)
    assert found.conversation is not None
    assert found.conversation.ended_at is not None
    assert found.missing > 0
    assert len(a.gets) <= gathering.REQUESTS_PER_HOST_MAX + fetching_pages()
    assert len(await kept.finds_of(found.conversation.id)) <= gathering.FINDS_MAX
    await world.sentinel()


def fetching_pages() -> int:
    """What one collection may cost beyond the limit of its host."""
    return 10


async def test_rx21_pages_and_posts_that_name_themselves_end(world: World) -> None:
    """RX-21, E76: a collection whose next is itself, posts that answer each other."""
    a = world.mallory.peer
    one, two = f"{a.url}/notes/one", f"{a.url}/notes/two"
    root = world.mallory.note("root", replies=f"{a.url}/r/1", context=f"{a.url}/r/1")
    world.mallory.note("one", id=one, inReplyTo=two, replies=f"{a.url}/r/1")
    world.mallory.note("two", id=two, inReplyTo=one, replies=f"{a.url}/r/1")
    collection(a, "/r/1", [root["id"], one, two, f"{a.url}/r/1"], next=f"{a.url}/r/1")
    post = await heard(world, world.mallory, root)
    a.gets.clear()
    found = await opened(world, post)
    assert found.conversation is not None
    assert found.conversation.ended_at is not None
    assert len(a.gets) <= 6
    await world.sentinel()


async def test_a_collection_brings_no_posts_that_are_not_of_the_conversation(world: World) -> None:
    """E137: a hostile `replies` does not make us read whatever it names."""
    a, v = world.mallory.peer, world.victor.peer
    strangers = [world.victor.note(f"elsewhere {number}") for number in range(5)]
    aside = world.victor.note("aside", inReplyTo="https://far.test/notes/1")
    root = world.mallory.note("root", replies=f"{a.url}/r/1")
    collection(a, "/r/1", ids([*strangers, aside]))
    post = await heard(world, world.mallory, root)
    found = await opened(world, post)
    assert [await world.find(note) for note in (*strangers, aside)] == [None] * 6
    assert found.missing == 0
    assert len(v.gets) == 6


async def test_e137_a_host_is_not_asked_for_what_others_say_it_has(world: World) -> None:
    """E137: who names hundreds of addresses of a victim makes us ask a dozen times."""
    a, v = world.mallory.peer, world.victor.peer
    root = world.mallory.note("root", replies=f"{a.url}/r/1")
    collection(a, "/r/1", [f"{v.url}/notes/made-up-{number}" for number in range(150)])
    post = await heard(world, world.mallory, root)
    found = await opened(world, post)
    assert len(v.gets) == gathering.MISSES_PER_HOST_MAX + 1
    assert found.missing == 0


async def test_e137_all_conversations_together_ask_a_host_so_often(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E137, E136: also when each conversation asks little."""
    monkeypatch.setattr(gathering, "REQUESTS_PER_HOST_IN_ALL_MAX", 12)
    v = world.victor.peer
    threads_of = []
    for number in range(5):
        root = world.victor.note("root", replies=f"{v.url}/r/{number}")
        answers = [world.victor.note("x", inReplyTo=root["id"]) for _ in range(4)]
        collection(v, f"/r/{number}", ids(answers))
        threads_of.append(await heard(world, world.victor, root))
    v.gets.clear()
    missing = sum([(await opened(world, post)).missing for post in threads_of])
    assert len(v.gets) == 12
    assert missing > 0


async def test_e137_one_person_has_so_many_looked_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E137: opening threads without end is not asking others without end."""
    monkeypatch.setattr(conversations, "BEGUN_PER_PERSON_MAX", 2)
    begun = []
    for number in range(4):
        root = world.victor.note("root", replies=f"{world.victor.peer.url}/r/{number}")
        found = await opened(world, await heard(world, world.victor, root))
        begun.append(found.conversation is not None)
    assert begun == [True, True, False, False]


async def test_mo1_servers_that_are_suspended_are_not_asked_and_not_missed(world: World) -> None:
    """E144: what a server has that we do not speak with is no part of the conversation here."""
    v = world.victor.peer
    root = world.victor.note("root", replies=f"{v.url}/r/1")
    answer = world.mallory.note("one", inReplyTo=root["id"])
    collection(v, "/r/1", [answer["id"]])
    post = await heard(world, world.victor, root)
    now = world.instance.now()
    await hosts.put(world.instance, [HostRule("a.test", HostSeverity.SUSPEND, now, now)])
    world.mallory.peer.gets.clear()
    assert (await opened(world, post)).missing == 0
    assert world.mallory.peer.gets == []


async def test_or21_fl_18_what_claims_to_be_ours_is_not_fetched(world: World) -> None:
    """OR-21, SF-13: our own addresses in the collections of others, and other schemes."""
    a = world.mallory.peer
    ours = await say(world.instance, world.alice, "mine")
    root = world.mallory.note("root", replies=f"{a.url}/r/1", context="https://alpha.test/posts/1")
    odd = [
        "ftp://a.test/x",
        "https://alpha.test/posts/99",
        "https://127.0.0.1/x",
        "https://a.test:99/x",
    ]
    collection(a, "/r/1", [ours.uri, *odd])
    before = len(world.internet.requests)
    await opened(world, await heard(world, world.mallory, root))
    hosts = {request.url.host for request in world.internet.requests[before:]}
    assert hosts <= {"a.test"}


WRONG: tuple[Any, ...] = (
    None,
    7,
    True,
    [],
    {},
    [[]],
    "x",
    {"a": 1},
    [None, 7],
    {"type": 7},
    "\x00",
)


@pytest.mark.parametrize("name", ["orderedItems", "items", "first", "next", "totalItems", "type"])
async def test_rx9_wrong_types_in_collections(world: World, name: str) -> None:
    """RX-9: a reading ends, whatever stands in a collection or in one of its items."""
    v = world.victor.peer
    for number, wrong in enumerate(WRONG):
        root = world.victor.note("root", replies=f"{v.url}/r/{number}")
        collection(v, f"/r/{number}", [wrong, {"type": "Create", "object": wrong}], **{name: wrong})
        found = await opened(world, await heard(world, world.victor, root))
        assert found.conversation is not None
        assert found.conversation.ended_at is not None
    await world.sentinel()


def test_rx1_what_is_quick_does_not_wait_behind_conversations(world: World) -> None:
    """RX-1: they have room of their own, and those of one host half of it."""
    _, lanes = make_lanes(world.instance, jobs.JOBS)
    apart = [lane for lane in lanes if conversations.FETCH in lane.kinds]
    assert [lane.kinds for lane in apart] == [{conversations.FETCH}]
    assert apart[0].share("v.test") < apart[0].at_once_max
    assert sum(len(lane.kinds) for lane in lanes) == len(jobs.JOBS)


# ---------------------------------------------------------------- who causes it, for whom


async def test_e139_strangers_cause_no_request(world: World) -> None:
    """E139: pages and collections for who is not logged in, servers included, ask nobody."""
    v = world.victor.peer
    root = world.victor.note("root", replies=f"{v.url}/r/1", context=f"{v.url}/c/1")
    post = await heard(world, world.victor, root)
    mine = await say(world.instance, world.alice, "mine", in_reply_to_id=post.id)
    await world.settle()
    before = len(world.internet.requests)
    for target in (f"/@victor@v.test/{post.id}", f"/posts/{mine.id}", f"/posts/{mine.id}/context"):
        await world.get(target)
        await world.get(target, accept="text/html")
    await world.settle()
    assert world.internet.requests[before:] == []
    assert (await kept.standing(post.id, world.alice.id)).conversation is None


async def test_e84_answers_for_followers_are_asked_for_by_a_follower(world: World) -> None:
    """E84: signed by who follows; what the follower may not see either stays away."""
    v = world.victor.peer
    asked: list[tuple[str, str]] = []
    plain = v.answer

    def guarded(request: httpx2.Request) -> httpx2.Response:
        path = urlsplit(str(request.url)).path
        signature = request.headers.get("signature", "")
        if path.startswith(("/r/", "/notes/")):
            asked.append((path, signature))
            if f"{world.alice.uri}#" not in signature:
                return httpx2.Response(404)
        return plain(request)

    world.internet.add("v.test", guarded)
    narrow = {"to": [world.victor.followers], "cc": []}
    root = world.victor.note("root", replies=f"{v.url}/r/1", **narrow)
    answer = world.victor.note("for followers", inReplyTo=root["id"], **narrow)
    collection(v, "/r/1", [answer["id"]])
    post = await heard(world, world.victor, root)
    assert post.visibility is Visibility.FOLLOWERS
    await opened(world, post)
    found = await world.find(answer)
    assert found is not None
    assert found.visibility is Visibility.FOLLOWERS
    assert asked
    await befriend(world.instance, world.bob, await world.actor(world.victor))
    carol = await make_person(world.instance, "carol")
    seen = await threads.thread(
        world.instance, await threads.visible_post(world.instance, post.id, world.bob), world.bob
    )
    assert found.id in seen.seen
    assert await threads.visible_among(world.instance, [found], carol) == []


async def test_e84_what_a_server_shows_by_mistake_is_not_taken(world: World) -> None:
    """E84, PV-2: followers-only and direct posts in a public conversation stay where they are."""
    v = world.victor.peer
    root = world.victor.note("root", replies=f"{v.url}/r/1")
    narrow = world.victor.note("n", inReplyTo=root["id"], to=[world.victor.followers], cc=[])
    direct = world.honest.note("d", inReplyTo=root["id"], to=[world.victor.uri], cc=[])
    collection(v, "/r/1", [{"@context": CONTEXT, **narrow}, direct["id"]])
    await opened(world, await heard(world, world.victor, root))
    assert await world.find(narrow) is None
    assert await world.find(direct) is None


async def test_direct_posts_and_conversations_of_ours_alone_cause_nothing(world: World) -> None:
    v = world.victor.peer
    direct = world.victor.note(
        "psst", to=[world.alice.uri], cc=[], replies=f"{v.url}/r/1", tag=[_mention(world.alice)]
    )
    post = await heard(world, world.victor, direct)
    ours = await say(world.instance, world.bob, "among us")
    await say(world.instance, world.alice, "yes", in_reply_to_id=ours.id)
    before = len(world.internet.requests)
    for each in (post, ours):
        assert (await opened(world, each)).conversation is None
    assert world.internet.requests[before:] == []


def _mention(actor: Actor) -> dict[str, str]:
    return {"type": "Mention", "href": str(actor.uri), "name": f"@{actor.username}"}


async def test_an_answer_that_names_one_of_us_has_the_rest_looked_for(world: World) -> None:
    """A179: a minute later, once for many; what names nobody here causes nothing."""
    v = world.victor.peer
    root = world.victor.note("root", replies=f"{v.url}/r/1")
    rest = world.honest.note("rest", inReplyTo=root["id"])
    collection(v, "/r/1", [rest["id"]])
    await heard(world, world.victor, root)
    for number in range(3):
        named = world.victor.note(
            f"{number} @alice", inReplyTo=root["id"], tag=[_mention(world.alice)]
        )
        await heard(world, world.victor, named)
    assert await world.find(rest) is None
    world.clock.advance(minutes=2)
    await world.settle()
    assert await world.find(rest) is not None
    assert v.gets.count("/r/1") == 1


async def test_a_reading_that_was_killed_goes_on(world: World) -> None:
    """What was found stands in a table: nothing is asked twice."""
    a, v = world.mallory.peer, world.victor.peer
    root = world.victor.note("root", replies=f"{v.url}/r/1")
    answers = [world.mallory.note(f"{number}", inReplyTo=root["id"]) for number in range(30)]
    collection(v, "/r/1", ids(answers))
    post = await heard(world, world.victor, root)
    plain = a.answer
    killed: list[httpx2.Request] = []

    def dying(request: httpx2.Request) -> httpx2.Response:
        if len(killed) == 0 and len([g for g in a.gets if "/notes/" in g]) == 10:
            killed.append(request)
            raise KeyError("the process ends here")
        return plain(request)

    world.internet.add("a.test", dying)
    a.gets.clear()
    found = await opened(world, post)
    assert killed
    assert found.conversation is not None
    assert found.conversation.ended_at is None
    world.clock.advance(minutes=5)
    await world.settle()
    found = await kept.standing(post.id, world.alice.id)
    assert found.conversation is not None
    assert found.conversation.ended_at is not None
    assert (found.missing, found.conversation.replies_here) == (0, 30)
    assert sorted(a.gets) == sorted(urlsplit(each).path for each in ids(answers))


async def test_a_conversation_that_nobody_opens_is_forgotten(world: World) -> None:
    v = world.victor.peer
    root = world.victor.note("root", replies=f"{v.url}/r/1")
    collection(v, "/r/1", ["https://silent.test/1"])
    post = await heard(world, world.victor, root)
    found = await opened(world, post)
    assert found.conversation is not None
    finds = await kept.finds_of(found.conversation.id)
    assert [each.state for each in finds] == [FindState.SILENT]  # what was read is forgotten
    world.clock.advance(days=31)
    await conversations.forget(world.instance, {})
    assert (await kept.standing(post.id, world.alice.id)).conversation is None
    assert await kept.finds_of(found.conversation.id) == []


# ---------------------------------------------------------------- muted


async def test_a183_answers_from_elsewhere_to_a_muted_conversation_are_silent(
    world: World,
) -> None:
    """A183, A182, B85: also one whose parent has not come: it says which conversation it is in."""
    root = await say(world.instance, world.alice, "root")
    await notifications.mute_thread(world.instance, world.alice, root.id)
    direct = world.victor.note("one", inReplyTo=root.uri, tag=[_mention(world.alice)])
    unknown = world.honest.note("two", inReplyTo=direct["id"])
    orphan = world.victor.note(
        "three",
        inReplyTo=unknown["id"],
        conversation=root.conversation,
        tag=[_mention(world.alice)],
    )
    with world.internet.down("b.test"):
        for note in (direct, orphan):
            await heard(world, world.victor, note)
    assert await world.told() == []
    other = world.victor.note("elsewhere", tag=[_mention(world.alice)])
    await heard(world, world.victor, other)
    await notifications.unmute_thread(world.instance, world.alice, root.id)
    late = world.victor.note("four", inReplyTo=root.uri, tag=[_mention(world.alice)])
    await heard(world, world.victor, late)
    assert len(await world.told()) == 2


async def test_a183_what_is_muted_stays_so_when_its_beginning_is_found(world: World) -> None:
    """A182, A183: the name of a conversation changes with what is found above."""
    root = world.victor.note("root")
    first = world.honest.note("one", inReplyTo=root["id"])
    with world.internet.down("v.test"):
        post = await heard(world, world.honest, first)
    await notifications.mute_thread(world.instance, world.alice, post.id)
    await world.tell(world.victor, world.victor.create(root))
    aside = world.victor.note("aside", inReplyTo=root["id"], tag=[_mention(world.alice)])
    await heard(world, world.victor, aside)
    assert await world.told() == []


async def test_a_mute_goes_with_the_account(world: World) -> None:
    root = await say(world.instance, world.bob, "root")
    await notifications.mute_thread(world.instance, world.alice, root.id)
    await relations.remove_slice_of(world.alice.id)
    assert await kept.MUTED.select("WHERE t.actor_id = ?", world.alice.id) == []


async def test_the_jobs_of_conversations_may_run_twice(world: World) -> None:
    """What was done stays done, and is not asked for again."""
    v = world.victor.peer
    root = world.victor.note("root", replies=f"{v.url}/r/1")
    collection(v, "/r/1", [world.honest.note("one", inReplyTo=root["id"])["id"]])
    post = await heard(world, world.victor, root)
    found = (await opened(world, post)).conversation
    assert found is not None
    before = len(world.internet.requests)
    for _ in range(2):
        await conversations.fetch(
            world.instance, {"conversation_id": found.id, "viewer_id": world.alice.id}
        )
        await conversations.look_for(world.instance, {"post_id": post.id})
        await conversations.forget(world.instance, {})
    await world.settle()
    assert world.internet.requests[before:] == []
    assert (await kept.standing(post.id, world.alice.id)).conversation == found
