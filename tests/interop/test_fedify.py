"""Another implementation: a server written with Fedify, and everything people do, both ways.

Fedify reads by JSON-LD, checks signatures by itself, and writes with its own vocabulary. It signs
by RFC 9421 first or by draft-cavage first; we speak to it as we speak to anybody.
"""

import itertools
import re
from collections.abc import Callable, Iterator

import pytest

from tests.conftest import NO_FEDIFY
from tests.interop.fedify_server import Fedify, is_installed
from tests.processes.people import Person, eventually
from tests.processes.servers import Server

pytestmark = pytest.mark.processes

SCHEMES = {"rfc9421": "127.0.11.1", "draft-cavage-http-signatures-12": "127.0.11.2"}
_serial = itertools.count(1)
PASSWORD = "a fine long password"
AS = "https://www.w3.org/ns/activitystreams#"


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server("ours", "127.0.11.10", tmp_path_factory.mktemp("ours"))
    server.start()
    yield server
    assert server.stop() == 0


@pytest.fixture(scope="module", params=SCHEMES)
def running(request: pytest.FixtureRequest) -> Iterator[Fedify]:
    if not is_installed():
        pytest.skip(NO_FEDIFY)
    with Fedify(SCHEMES[request.param], request.param) as server:
        yield server


@pytest.fixture
def fedify(running: Fedify) -> Fedify:
    """Nobody there has followers or has heard anything."""
    running.do("forget")
    return running


@pytest.fixture
def alice(ours: Server) -> Iterator[Person]:
    """Somebody new here."""
    person = Person(ours.url).sign_up(f"alice{next(_serial)}", PASSWORD)
    yield person
    person.close()


@pytest.fixture
def friends(alice: Person, fedify: Fedify) -> Callable[[], str]:
    """Alice and freya follow each other; answers with alice's id."""

    def befriend() -> str:
        alice.follow(fedify.handle())
        eventually(lambda: "Unfollow" in alice.read(f"/{fedify.handle()}"))
        me = _id_of(alice)
        fedify.do("follow", object=me)
        eventually(lambda: fedify.heard("Accept", me))
        return me

    return befriend


def _id_of(person: Person) -> str:
    """By WebFinger; Fedify asks by https alone, so it is told the id."""
    found = person.http.get(f"/.well-known/webfinger?resource=acct:{person.handle[1:]}").json()
    return next(str(each["href"]) for each in found["links"] if each["rel"] == "self")


def _home(alice: Person, text: str) -> str:
    return eventually(lambda: next((each for each in alice.home() if text in each), ""))


def _count(article: str, what: str) -> int:
    found = re.search(rf"/{what}\".*?<span>(\d*)</span>", article, re.DOTALL)
    assert found, article
    return int(found[1] or 0)


def test_each_finds_and_follows_the_other(
    alice: Person, fedify: Fedify, friends: Callable[[], str]
) -> None:
    """A83, A84, A85, A114, A140, A141, E20, E53, E73."""
    me = friends()
    (follow,) = fedify.heard("Follow", me)
    assert follow["actor"] == me
    assert follow["object"] == fedify.actor()
    (accept,) = fedify.heard("Accept", me)
    assert accept["object"]["actor"] == fedify.actor()
    assert "freya" in alice.read(f"/@{alice.username}/followers")
    assert "freya" in alice.read("/notifications")


def test_what_they_post_edit_and_delete_is_read_here(
    alice: Person, fedify: Fedify, friends: Callable[[], str]
) -> None:
    """A79, A80, A82, E105, E108."""
    friends()
    note = fedify.do("post", content="Hello from <b>Fedify</b>")["object"]
    assert "Hello from <b>Fedify</b>" in _home(alice, "Hello from")
    fedify.do("edit", object=note, content="Second thoughts")
    _home(alice, "Second thoughts")
    assert not any("Hello from" in each for each in alice.home())
    fedify.do("delete", object=note)
    eventually(lambda: not any("Second thoughts" in each for each in alice.home()))


def test_they_like_boost_and_answer_what_alice_says_and_take_it_back(
    alice: Person, fedify: Fedify, friends: Callable[[], str]
) -> None:
    """A60, A87, A79: by ids alone; the answer names alice."""
    me = friends()
    alice.write("Please react")
    (create,) = eventually(lambda: fedify.heard("Create", me))
    post = create["object"]["id"]
    like = fedify.do("like", object=post, author=me)["id"]
    boost = fedify.do("boost", object=post, author=me)["id"]
    answer = {"inReplyTo": post, "mention": me, "named": alice.handle}
    fedify.do("post", content=f"{alice.handle} gladly", **answer)

    def counts() -> tuple[int, int]:
        article = alice.article("/home", "Please react")
        return _count(article, "favourite"), _count(article, "boost")

    eventually(lambda: counts() == (1, 1))
    eventually(lambda: "gladly" in alice.read("/notifications"))
    assert "gladly" in alice.read(alice.post_path("/home", "Please react"))
    fedify.do("undo", object=like, author=me)
    fedify.do("undo", object=boost, author=me)
    eventually(lambda: counts() == (0, 0))


def test_what_alice_does_is_verified_and_understood_there(
    alice: Person, fedify: Fedify, friends: Callable[[], str]
) -> None:
    """A61, A108, A133, E63, E64, E93: post, edit, like, boost, answer, delete, and their undo."""
    me = friends()
    note = fedify.do("post", content="Do something with this")["object"]
    _home(alice, "Do something")
    alice.press("/home", "Do something", "favourite")
    alice.press("/home", "Do something", "boost")
    assert eventually(lambda: fedify.heard("Like", me))[0]["object"] == note
    assert eventually(lambda: fedify.heard("Announce", me))[0]["object"] == note
    alice.reply("/home", "Do something", "I did")
    (create,) = eventually(lambda: fedify.heard("Create", me))
    assert create["actor"] == me
    assert create["object"]["inReplyTo"] == note
    assert [tag["href"] for tag in create["object"]["tag"]] == [fedify.actor()]
    alice.press("/home", "Do something", "favourite")
    alice.press("/home", "Do something", "boost")
    undone = eventually(lambda: (got := fedify.heard("Undo", me)) and len(got) == 2 and got)
    assert isinstance(undone, list)
    assert {each["object"]["type"] for each in undone} == {"Like", "Announce"}
    alice.edit("/home", "I did", "I did it twice")
    (update,) = eventually(lambda: fedify.heard("Update", me))
    assert update["object"]["id"] == create["object"]["id"]
    assert "twice" in update["object"]["content"]
    alice.delete("/home", "I did it twice")
    (delete,) = eventually(lambda: fedify.heard("Delete", me))
    assert delete["object"] == create["object"]["id"] or delete["object"]["id"]


def test_emoji_under_posts_go_both_ways(
    alice: Person, fedify: Fedify, friends: Callable[[], str]
) -> None:
    """A109, A185, E131: theirs is an EmojiReact, ours a Like with content."""
    me = friends()
    alice.write("Put something under this")
    (create,) = eventually(lambda: fedify.heard("Create", me))
    reaction = {"object": create["object"]["id"], "author": me, "content": "🦜"}
    reacted = fedify.do("react", **reaction)["id"]
    eventually(lambda: "🦜" in alice.article("/home", "Put something"))
    fedify.do("undo", object=reacted, author=me)
    eventually(lambda: "🦜" not in alice.article("/home", "Put something"))
    note = fedify.do("post", content="And under this")["object"]
    _home(alice, "And under this")
    number = alice.post_path("/home", "And under this").rpartition("/")[2]
    alice.submit(f"/posts/{number}/reactions", "/react", emoji="🦉")
    (like,) = eventually(lambda: fedify.heard("Like", me))
    assert (like["actor"], like["object"], like["content"]) == (me, note, "🦉")


def test_a_poll_is_read_and_voted_in(
    alice: Person, fedify: Fedify, friends: Callable[[], str]
) -> None:
    """A99, A191, E132: a Question of ours; votes of theirs are Notes with a name."""
    me = friends()
    options = {f"poll_{number}": text for number, text in enumerate(("tea", "rain"))}
    alice.submit("/home", "/compose", text="Which?", poll_on="1", **options)
    (create,) = eventually(lambda: fedify.heard("Create", me))
    question = create["object"]
    assert question["type"] == "Question"
    assert [each["name"] for each in question["oneOf"]] == ["tea", "rain"]
    found = fedify.look(question["id"])
    assert found is not None
    assert found["@type"] == [f"{AS}Question"]
    assert len(found[f"{AS}oneOf"]) == 2
    fedify.do("vote", object=question["id"], author=me, name="rain")
    fedify.do("vote", object=question["id"], author=me, name="tea")
    eventually(lambda: "1 person" in alice.article("/home", "Which?"))


def test_fedify_reads_our_documents_by_json_ld(
    alice: Person, fedify: Fedify, friends: Callable[[], str]
) -> None:
    """A1, A8, E65, E66: every term that we write is in a context that Fedify knows."""
    me = friends()
    alice.write("Read <me> #fedify")
    (create,) = eventually(lambda: fedify.heard("Create", me))
    note, person = fedify.look(create["object"]["id"]), fedify.look(me)
    assert note is not None
    assert person is not None
    assert note["@type"] == [f"{AS}Note"]
    assert note[f"{AS}attributedTo"] == [{"@id": me}]
    assert {"@id": f"{AS}Public"} in note[f"{AS}to"]
    assert "&lt;me&gt;" in str(note[f"{AS}content"])
    assert note[f"{AS}published"][0]["@type"].endswith("#dateTime")
    assert person["@type"] == [f"{AS}Person"]
    assert person[f"{AS}preferredUsername"] == [{"@value": alice.username}]
    assert "https://w3id.org/security#publicKey" in person


def test_fedify_finds_our_integrity_proofs_right(
    alice: Person, fedify: Fedify, friends: Callable[[], str]
) -> None:
    """A152, A153, E61: eddsa-jcs-2022 by the Multikey in assertionMethod."""
    me = friends()
    alice.write("Nobody changes a word of this: é ü 🦜 <&>")
    (create,) = eventually(lambda: fedify.heard("Create", me))
    assert fedify.proves(create["id"]) == {"isProven": True, "isFooled": False}


def test_who_moves_there_takes_followers_here_along(alice: Person, fedify: Fedify) -> None:
    """A168, E127: fenja lives as frida now, who says that she was fenja."""
    me = _id_of(alice)
    alice.follow(fedify.handle("fenja"))
    eventually(lambda: "Unfollow" in alice.read(f"/{fedify.handle('fenja')}"))
    fedify.do("alias", by="frida", object=fedify.actor("fenja"))
    fedify.do("move", by="fenja", object=fedify.actor("frida"))
    (follow,) = eventually(lambda: fedify.heard("Follow", me)[1:])
    assert follow["object"] == fedify.actor("frida")
    eventually(lambda: "Unfollow" in alice.read(f"/{fedify.handle('frida')}"))


def test_who_moves_away_from_here_tells_followers_there(
    alice: Person, fedify: Fedify, friends: Callable[[], str]
) -> None:
    """A169, E127: alice lives as frida now; Fedify reads the Move, and the profile that says so."""
    me, frida = friends(), fedify.actor("frida")
    fedify.do("alias", by="frida", object=me)
    moved = alice.submit(
        "/settings/moving", "/away", target=fedify.handle("frida"), password=PASSWORD
    )
    assert "You have moved" in moved.text
    (move,) = eventually(lambda: fedify.heard("Move", me))
    assert (move["actor"], move["object"], move["target"]) == (me, me, frida)
    person = fedify.look(me)
    assert person is not None
    assert person[f"{AS}movedTo"] == [{"@id": frida}]
