"""The thread page says what is missing of a conversation; a conversation can be muted."""

from typing import Any

import pytest

from actors import identity
from inbox import fetching
from instance.resources import Instance
from storage import actors, notifications
from storage.records import Actor, ActorKind, Page, RowId
from tests.federation.peers import CONTEXT, Peer, Person
from tests.instances import FakeClock, drain
from tests.internet import FakeInternet
from tests.pages.browser import Browser
from tests.usecases.social import private_pem, say
from webapp.pages import whole


@pytest.fixture
async def peer(instance: Instance, internet: FakeInternet, clock: FakeClock) -> Peer:
    with instance.store.active():
        await identity.create_local(
            instance, "alpha.test", kind=ActorKind.APPLICATION, private_pem=private_pem()
        )
    return Peer(internet, "far.test", clock)


async def there(instance: Instance, person: Person, **changes: Any) -> str:
    """A post of a peer that is known here; returns the path of its page."""
    note = person.note("root", **changes)
    with instance.store.active():
        post = await fetching.fetch_post(instance, note["id"])
    assert post is not None
    return f"/@{person.username}@{person.peer.host}/{post.id}"


def replies(peer: Peer, number: int, items: list[str]) -> None:
    peer.put(
        {
            "@context": CONTEXT,
            "id": f"{peer.url}/r/{number}",
            "type": "OrderedCollection",
            "orderedItems": items,
        }
    )


async def settle(instance: Instance) -> None:
    with instance.store.active():
        await drain(instance)


async def test_p5_the_page_says_what_is_here_and_who_does_not_answer(
    instance: Instance, peer: Peer, bob: Browser
) -> None:
    """P5: in plain words, also without JavaScript; the numbers are true."""
    person = peer.join("victor", 3)
    path = await there(instance, person, replies=f"{peer.url}/r/1")
    root = peer.url + "/notes/1"
    answers = [person.note(f"answer {number}", inReplyTo=root)["id"] for number in range(3)]
    lost = ["https://one.test/1", "https://one.test/2", "https://two.test/1"]
    replies(peer, 1, [*answers, *lost])
    await bob.get(path)
    assert "Looking for more replies on other servers" in bob.text
    assert "answer 1" not in bob.text
    await settle(instance)
    shown = await bob.get(f"/posts/{path.rpartition('/')[2]}/rest?shown=0")
    assert "Show the 3 new ones" in shown.text
    assert "hx-get" not in shown.text
    await bob.get(path)
    assert "answer 1" in bob.text
    assert "3 of 6 replies are here." in bob.text
    assert "2 servers do not answer: one.test, two.test." in bob.text
    assert "Looked just now." in bob.text


async def test_e139_strangers_see_no_search_and_cause_none(
    instance: Instance, peer: Peer, browser: Browser
) -> None:
    """E139."""
    person = peer.join("victor", 3)
    path = await there(instance, person, replies=f"{peer.url}/r/1")
    replies(peer, 1, [])
    await browser.get(path)
    assert browser.status == 200
    assert "Looking for" not in browser.text
    await settle(instance)
    assert "/r/1" not in peer.gets
    await browser.get(f"/posts/{path.rpartition('/')[2]}/rest")
    assert browser.path.startswith("/log-in")


@pytest.mark.parametrize(
    ("here", "missing", "said"),
    [
        (0, 0, ""),
        (1, 0, "The only reply is here."),
        (41, 0, "All 41 replies are here."),
        (38, 3, "38 of 41 replies are here."),
    ],
)
def test_p5_how_many_are_here_in_words(here: int, missing: int, said: str) -> None:
    """P5."""
    assert whole.here_words(here, missing) == said


def test_p5_who_does_not_answer_in_words() -> None:
    """P5."""
    hosts = ("a.test", "b.test", "c.test", "d.test")
    assert whole.silent_words(()) == ""
    assert whole.silent_words(hosts[:1]) == "a.test does not answer."
    assert (
        whole.silent_words(hosts) == "4 servers do not answer: a.test, b.test, c.test and 1 more."
    )


async def test_a_page_of_our_own_says_nothing_of_servers(alice: Browser) -> None:
    path = await alice.write("Sea and sky")
    await alice.get(path)
    assert 'id="rest"' not in alice.text


# ---------------------------------------------------------------- muting


async def told(owner: Actor) -> list[int | None]:
    return [each.post_id for each in await notifications.page(owner.id, Page(limit=80))]


async def test_a183_a_muted_conversation_is_silent(instance: Instance, alice: Browser) -> None:
    """A183: from the menu of a post; its page says so, and it can be undone."""
    path = await alice.write("Sea and sky")
    post_id = RowId(int(path.rpartition("/")[2]))
    with instance.store.active():
        me = await actors.find_by_handle("alice", None)
        assert me is not None
        bob = await identity.create_local(instance, "bob", private_pem=private_pem())
        first = await say(instance, bob, "@alice one", in_reply_to_id=post_id)
        await alice.get(path)
        assert f'formaction="/posts/{post_id}/mute"' in alice.text
        act = {"do": "do", "back": path, "csrf": csrf(alice)}
        await alice.post(f"/posts/{first.id}/mute", act)
        assert "You are told nothing more about this conversation." in alice.text
        assert "You muted this conversation" in alice.text
        await say(instance, bob, "@alice two", in_reply_to_id=post_id)
        assert await told(me) == [first.id]
        await alice.post(f"/posts/{post_id}/mute", {**act, "do": "undo"})
        assert "You muted this conversation" not in alice.text
        third = await say(instance, bob, "@alice three", in_reply_to_id=first.id)
        assert await told(me) == [third.id, first.id]
        await say(instance, bob, "@alice elsewhere")
        assert len(await told(me)) == 3


def csrf(browser: Browser) -> str:
    return browser.form("act|/posts/").fields["csrf"]
