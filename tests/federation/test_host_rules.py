"""Rules about hosts, seen from outside: what is asked, sent, let in and shown."""

from dataclasses import replace
from typing import Any

import httpx2
import pytest

from actors import identity, remote
from federation.webfinger import Handle
from feeds import public
from instance.errors import Invalid, RemoteRefused
from instance.host_rules import HostRules
from instance.settings import FederationSettings, Settings
from moderation import hosts
from outbox import following
from storage import actors, host_rules, posts, receipts, relations
from storage.records import HostRule, HostSeverity, NotificationKind, Page, ReceiptOutcome
from tests.asgi import call
from tests.federation.peers import ACTIVITY, Forgery, Peer, Person
from tests.federation.world import World
from tests.instances import Instances, drain
from tests.usecases.social import befriend, say
from webapp.app import create_asgi

SUSPEND, SILENCE, ALLOW = HostSeverity.SUSPEND, HostSeverity.SILENCE, HostSeverity.ALLOW


async def rule(world: World, host: str, severity: HostSeverity, **more: Any) -> None:
    """Make a rule and let it be carried out."""
    await hosts.put(world.instance, [hosts.rule_for(world.instance, host, severity, **more)])
    await world.settle()


def asked_of(world: World, host: str) -> list[str]:
    return [f"{r.method} {r.url}" for r in world.internet.requests if r.url.netloc == host.encode()]


def another(world: World, host: str, key_number: int = 5) -> Person:
    """Somebody at one more host."""
    return Peer(world.internet, host, world.clock).join("eve", key_number)


# ---------------------------------------------------------------- nothing is asked or told


async def test_e144_nothing_is_asked_of_a_suspended_host(world: World) -> None:
    """E144, A92: no fetch, no WebFinger, no media, not even for a signature."""
    note = world.mallory.note("bait")
    await rule(world, "a.test", SUSPEND)
    world.internet.requests.clear()
    signer = await identity.instance_signer(world.instance)
    http = world.instance.http
    for ask in (
        lambda: http.get_document(note["id"], signer),
        lambda: http.get_json("https://a.test/nodeinfo"),
        lambda: http.get_jrd("a.test", "acct:mallory@a.test"),
        lambda: http.get_page("https://a.test/", 1000),
        lambda: http.get_bytes("https://a.test/cat.png", "image/*", 1000),
        lambda: http.post("https://a.test/inbox", b"{}", signer),
        lambda: remote.by_handle(world.instance, Handle("nobody", "a.test")),
    ):
        with pytest.raises(RemoteRefused):
            await ask()
    stranger = world.mallory.peer.join("stranger", 6)
    assert await world.tell(stranger, stranger.create(stranger.note("hi"))) == 403
    assert asked_of(world, "a.test") == []
    await world.sentinel()


async def test_e144_nothing_is_delivered_to_a_suspended_host(world: World) -> None:
    """E144: neither what waits already nor what is said later."""
    follower = await world.actor(world.mallory)
    await befriend(world.instance, follower, world.alice)
    await say(world.instance, world.alice, "before")  # its delivery waits
    await hosts.put(world.instance, [hosts.rule_for(world.instance, "a.test", SUSPEND)])
    await world.settle()
    await say(world.instance, world.alice, "@mallory@a.test after")
    await world.settle()
    assert [line for line in asked_of(world, "a.test") if line.startswith("POST")] == []


@pytest.mark.parametrize(
    "spelling",
    [
        *("A.TEST", "a.test.", "a.test:443", "*.a.test", " a.test "),
        *("sub.a.test", "deep.sub.a.test:8443", "SUB.A.Test."),
    ],
)
def test_mo1_every_spelling_of_a_host_is_that_host(spelling: str) -> None:
    """MO-1: sub-domains, letters, trailing dot, ports."""
    rules = HostRules.of_rows([_rule("a.test")], is_allow_list=False)
    assert not rules.is_welcome(spelling.strip().removeprefix("*."))


def test_mo1_names_in_other_scripts_and_addresses() -> None:
    """MO-1: xn-- and its Unicode are one name; an address is no sub-domain of another."""
    rows = [_rule("xn--bcher-kva.test"), _rule("192.0.2.7"), _rule("2001:db8::1")]
    rules = HostRules.of_rows(rows, is_allow_list=False)
    for bad in ("bücher.test", "shop.BÜCHER.test", "192.0.2.7:80", "[2001:db8::1]:443"):
        assert not rules.is_welcome(bad), bad
    for good in ("bucher.test", "nota.test", "2.7", "192.0.2.8", "aa.test", "test"):
        assert rules.is_welcome(good), good


def _rule(host: str, severity: HostSeverity = SUSPEND) -> Any:
    moment = hosts._LONG_AGO
    return HostRule(host, severity, created_at=moment, changed_at=moment)


def test_the_rule_that_is_closest_counts() -> None:
    rows = [_rule("a.test"), _rule("good.a.test", ALLOW), _rule("loud.a.test", SILENCE)]
    rules = HostRules.of_rows(rows, is_allow_list=False)
    assert rules.is_welcome("x.good.a.test")
    assert rules.of("loud.a.test") == rows[2]
    assert not rules.is_welcome("x.a.test")
    # Who is at two places is held to the stricter one.
    assert not rules.is_welcome("good.a.test", "bad.a.test")


async def test_mo1_redirects_to_a_suspended_host_are_not_followed(world: World) -> None:
    """MO-1: nor is anything signed for it."""
    world.internet.answer_next(
        "b.test", httpx2.Response(302, headers={"location": "https://sub.a.test/notes/1"})
    )
    await rule(world, "a.test", SUSPEND)
    signer = await identity.instance_signer(world.instance)
    with pytest.raises(RemoteRefused):
        await world.instance.http.get_document("https://b.test/notes/1", signer)
    assert asked_of(world, "sub.a.test") == []


async def test_mo1_a_sub_domain_speaks_no_louder(world: World) -> None:
    """MO-1, FL-14: a host below a suspended one: no key is fetched, no follow accepted."""
    eve = another(world, "sub.a.test")
    await rule(world, "a.test", SUSPEND)
    assert await world.tell(eve, eve.activity("Follow", object=world.alice.uri)) == 403
    assert asked_of(world, "sub.a.test") == []
    assert await actors.find_by_uri(eve.uri) is None
    await world.sentinel()


async def test_a_suspended_host_lends_nobody_its_name(world: World) -> None:
    """Whose handle is said to be of that host is not known by it: the host is not asked."""
    eve = another(world, "c.test")
    eve.peer.put(eve.document(webfinger="eve@a.test"))
    world.mallory.peer.handles["eve@a.test"] = {
        "subject": "acct:eve@a.test",
        "links": [{"rel": "self", "type": "application/activity+json", "href": eve.uri}],
    }
    world.mallory.peer.handles["eve@c.test"] = world.mallory.peer.handles["eve@a.test"]
    eve.peer.handles["eve@c.test"] = world.mallory.peer.handles["eve@a.test"]
    await rule(world, "a.test", SUSPEND)
    world.internet.requests.clear()
    assert (await remote.fetch(world.instance, eve.uri)).host == "c.test"
    assert asked_of(world, "a.test") == []


# ---------------------------------------------------------------- nothing is let in


@pytest.mark.parametrize("kind", ["Create", "Follow", "Like", "Delete", "Announce", "Flag"])
async def test_e144_nothing_of_a_suspended_host_has_an_effect(world: World, kind: str) -> None:
    """E144, FL-14: refused before its signature is looked at, and the reason is kept."""
    mine = await say(world.instance, world.alice, "mine")
    note = world.mallory.note("hi")
    thing: Any = {"Create": note, "Follow": world.alice.uri, "Delete": world.mallory.uri}
    await rule(world, "a.test", SUSPEND)
    world.internet.requests.clear()
    activity = world.mallory.activity(kind, object=thing.get(kind, mine.uri))
    assert await world.tell(world.mallory, activity, forgery=Forgery(signature="AAAA")) == 403
    assert asked_of(world, "a.test") == []
    assert await world.find(note) is None
    kept = await receipts.list_refused(Page(limit=10))
    assert [(each.activity_uri, each.outcome) for each in kept] == [
        (activity["id"], ReceiptOutcome.TURNED_AWAY)
    ]
    assert "does not speak with yours" in kept[0].reason
    await world.sentinel()


async def test_mo4_what_it_asks_for_is_not_given(world: World) -> None:
    """MO-4: a signature of a suspended host opens nothing."""
    mallory = await world.actor(world.mallory)
    await befriend(world.instance, mallory, world.alice)
    post = await say(world.instance, world.alice, "for followers", visibility="followers")
    target = f"/posts/{post.id}"
    assert (await world.get(target, world.mallory)).status == 200
    await rule(world, "a.test", SUSPEND)
    assert (await world.get(target, world.mallory)).status in {401, 403, 404}


async def test_what_others_bring_along_from_it_is_not_fetched(world: World) -> None:
    """MO-2: a boost, an answer, a quote of, or a mention by somebody welcome opens no door."""
    note = world.mallory.note("hidden")
    await rule(world, "a.test", SUSPEND)
    world.internet.requests.clear()
    honest = world.honest
    assert await world.tell(honest, honest.activity("Announce", object=note["id"])) == 202
    answer = honest.note("see above", inReplyTo=note["id"], quoteUrl=note["id"])
    assert await world.tell(honest, honest.create(answer)) == 202
    assert await world.find(answer) is not None
    assert await world.find(note) is None
    assert asked_of(world, "a.test") == []


# ---------------------------------------------------------------- what is known here already


async def test_suspended_posts_are_gone_everywhere_and_come_back(world: World) -> None:
    """MO-2, A92: at home, boosted by others, in public; lifting the rule brings them back."""
    note = world.mallory.note("old words")
    await world.tell(world.mallory, world.mallory.create(note))
    await world.tell(world.honest, world.honest.activity("Announce", object=note["id"]))
    assert note["id"] in {post.uri for post in await world.home()}
    await rule(world, "a.test", SUSPEND)
    assert note["id"] not in {post.uri for post in await world.home()}
    assert note["id"] not in await _public(world)
    mallory = await world.actor(world.mallory)
    assert mallory.suspended_at is not None
    await hosts.lift(world.instance, ["a.test"])
    await world.settle()
    assert (await world.actor(world.mallory)).suspended_at is None
    assert note["id"] in {post.uri for post in await world.home()}
    assert note["id"] in await _public(world)


async def _public(world: World) -> set[str]:
    page = await public.federated(world.instance, Page(limit=80), None)
    return {(await posts.by_ids([item.post.id]))[item.post.id].uri for item in page.items}


async def test_p9_follows_end_and_begin_again(world: World) -> None:
    """P9, A92: both ways; who follows us is believed, whom we follow is asked anew."""
    mallory = await world.actor(world.mallory)
    await befriend(world.instance, mallory, world.bob)
    await rule(world, "a.test", SUSPEND)
    assert await relations.find_follow(world.alice.id, mallory.id) is None
    assert await relations.find_follow(mallory.id, world.bob.id) is None
    severed = await host_rules.severed_follows_of(mallory.id, Page(limit=10))
    assert {(each.follower_id, each.followed_id) for each in severed} == {
        (world.alice.id, mallory.id),
        (mallory.id, world.bob.id),
    }
    world.internet.requests.clear()
    await hosts.lift(world.instance, ["a.test"])
    await world.settle()
    again = await relations.find_follow(mallory.id, world.bob.id)
    assert again is not None
    assert again.state == "accepted"
    asked = await relations.find_follow(world.alice.id, mallory.id)
    assert asked is not None
    assert asked.state == "requested"
    assert any(line.startswith("POST") for line in asked_of(world, "a.test"))
    assert await host_rules.severed_follows_of(mallory.id, Page(limit=10)) == []


async def test_what_the_rule_did_not_do_is_not_taken_back(world: World) -> None:
    """Who was suspended before stays so."""
    mallory = await world.actor(world.mallory)
    await actors.save(replace(mallory, suspended_at=world.clock()))
    await rule(world, "a.test", SUSPEND)
    await hosts.lift(world.instance, ["a.test"])
    await world.settle()
    assert (await world.actor(world.mallory)).suspended_at is not None


async def test_a_rule_above_still_holds_when_the_one_below_is_lifted(world: World) -> None:
    eve = another(world, "sub.a.test")
    await world.follow(world.alice, eve)
    await rule(world, "sub.a.test", SUSPEND)
    await rule(world, "a.test", SILENCE)
    await hosts.lift(world.instance, ["sub.a.test"])
    await world.settle()
    found = await world.actor(eve)
    assert found.suspended_at is None
    assert found.silenced_at is not None
    assert found.host_limit == hosts.SILENCED


# ---------------------------------------------------------------- silence


async def test_mo8_silenced_people_are_met_by_their_followers(world: World) -> None:
    """MO-8, A92: not in public feeds, not by hashtag; at home of followers as ever."""
    await rule(world, "a.test", SILENCE)
    note = world.mallory.note(
        "quiet #cats", tag=[{"type": "Hashtag", "name": "#cats", "href": "https://a.test/t/cats"}]
    )
    assert await world.tell(world.mallory, world.mallory.create(note)) == 202
    assert note["id"] in {post.uri for post in await world.home()}
    assert note["id"] not in await _public(world)
    tagged = await public.hashtag(world.instance, "cats", Page(limit=10), None)
    assert list(tagged.items) == []
    await hosts.lift(world.instance, ["a.test"])
    await world.settle()
    assert note["id"] in await _public(world)


async def test_mo8_silenced_people_notify_their_followers_alone(world: World) -> None:
    """MO-8: alice follows mallory, bob does not."""
    await rule(world, "a.test", SILENCE)
    tag = [
        {"type": "Mention", "href": who.uri, "name": f"@{who.username}"}
        for who in (world.alice, world.bob)
    ]
    note = world.mallory.note("psst", tag=tag, to=[world.alice.uri, world.bob.uri])
    await world.tell(world.mallory, world.mallory.create(note))
    kinds = [each.kind for each in await world.told(world.alice)]
    assert NotificationKind.MENTION in kinds
    assert NotificationKind.MENTION not in [each.kind for each in await world.told(world.bob)]


async def test_silenced_people_ask_before_they_follow(world: World) -> None:
    await rule(world, "a.test", SILENCE)
    await world.tell(world.mallory, world.mallory.activity("Follow", object=world.bob.uri))
    assert not await world.followed_by(world.mallory, world.bob)
    waiting = await relations.requests_to(world.bob.id, Page(limit=10))
    assert [actor.uri for _, actor in waiting] == [world.mallory.uri]


async def test_who_is_new_from_a_silenced_host_is_silenced(world: World) -> None:
    await rule(world, "c.test", SILENCE)
    eve = another(world, "c.test")
    found = await remote.fetch(world.instance, eve.uri)
    assert found.silenced_at is not None


# ---------------------------------------------------------------- no media, no reports


async def test_no_media_takes_pictures_off_old_and_new_posts(world: World) -> None:
    """A92: attachments, avatars and headers; the words stay."""
    pictures = [
        {
            "type": "Image", "mediaType": "image/png", "url": "https://a.test/x.png",
            "width": 10, "height": 10,
        }
    ]  # fmt: skip
    world.mallory.peer.put(
        world.mallory.document(icon={"type": "Image", "url": "https://a.test/me.png"})
    )
    await remote.fetch(world.instance, world.mallory.uri)
    old = world.mallory.note("old", attachment=pictures)
    await world.tell(world.mallory, world.mallory.create(old))
    assert (await world.find(old)).attachments  # type: ignore[union-attr]  # it is there
    assert (await world.actor(world.mallory)).avatar_url is not None
    await rule(world, "a.test", ALLOW, rejects_media=True)
    new = world.mallory.note("new", attachment=pictures)
    activity = world.mallory.create(new)
    await world.tell(world.mallory, activity)
    for note in (old, new):
        found = await world.find(note)
        assert found is not None
        assert found.content
        assert not found.attachments
    assert (await world.actor(world.mallory)).avatar_url is None
    receipt = await world.receipt(activity)
    assert receipt is not None
    assert "without pictures" in receipt.reason
    # Pictures that somebody else shows from there go too; their own stay.
    others = [{**pictures[0], "url": f"https://{host}/y.png"} for host in ("cdn.a.test", "b.test")]
    mixed = world.honest.note("mixed", attachment=others)
    await world.tell(world.honest, world.honest.create(mixed))
    assert [each.url for each in (await world.find(mixed)).attachments] == [  # type: ignore[union-attr]  # it is there
        "https://b.test/y.png"
    ]


async def test_no_reports(world: World) -> None:
    await rule(world, "a.test", ALLOW, rejects_reports=True)
    flag = world.mallory.activity("Flag", object=[world.alice.uri], content="bad")
    assert await world.tell(world.mallory, flag) == 202
    receipt = await world.receipt(flag)
    assert receipt is not None
    assert receipt.outcome is ReceiptOutcome.REFUSED
    assert receipt.reason == "reports: reports of this host are not taken"
    assert receipt.document == flag_text(flag)


def flag_text(activity: dict[str, Any]) -> str:
    return (
        str(httpx2.Request("POST", "https://x.test", json=activity).content.decode())
        .replace(',"', ', "')
        .replace('":', '": ')
    )


# ---------------------------------------------------------------- allow-list mode


async def test_mo9_in_allow_list_mode_nobody_else_is_asked_or_heard(instances: Instances) -> None:
    """MO-9: but for hosts with a rule that does not suspend them."""
    settings = Settings(federation=FederationSettings(allow_list=True))
    instance = await instances.make("gamma", settings)
    with instance.store.active():
        signer = await identity.instance_signer(instance)
        good = Peer(instances.internet, "good.test", instances.clock).join("gwen", 1)
        Peer(instances.internet, "other.test", instances.clock).join("otto", 2)
        await hosts.put(instance, [hosts.rule_for(instance, "good.test", ALLOW)])
        await drain(instance)
        await instance.http.get_document(good.uri, signer)
        with pytest.raises(RemoteRefused):
            await instance.http.get_document("https://other.test/users/otto", signer)
        await hosts.lift(instance, ["good.test"])
        with pytest.raises(RemoteRefused):
            await instance.http.get_document(good.uri, signer)


async def test_a27_who_federates_with_nobody_answers_405(instances: Instances) -> None:
    """A27: an allow list without a host; ActivityPub 7.1."""
    settings = Settings(federation=FederationSettings(allow_list=True))
    instance = await instances.make("gamma", settings)
    app = create_asgi(instance)
    headers = ((b"host", b"gamma.test"), (b"content-type", ACTIVITY.encode()))
    answer = await call(app, "POST", b"/inbox", headers=headers, body=b"{}")
    assert answer.status == 405
    with instance.store.active():
        await hosts.put(instance, [hosts.rule_for(instance, "good.test", ALLOW)])
    assert (await call(app, "POST", b"/inbox", headers=headers, body=b"{}")).status == 400


# ---------------------------------------------------------------- making rules


@pytest.mark.parametrize(
    "text", ["", "  ", "https://a.test", "a.test/path", "a b", "-a.test", "alpha.test", "test"]
)
async def test_what_is_no_host_or_is_ours_is_no_rule(world: World, text: str) -> None:
    """Our own host, and what it is a sub-domain of, cannot be suspended."""
    with pytest.raises(Invalid):
        hosts.rule_for(world.instance, text, SUSPEND)


async def test_what_a_rule_would_do_is_foreseen(world: World) -> None:
    """P9, C38: counted before, and nothing is changed by looking."""
    mallory = await world.actor(world.mallory)
    await befriend(world.instance, mallory, world.bob)
    await world.tell(world.mallory, world.mallory.create(world.mallory.note("one")))
    made = hosts.rule_for(world.instance, "a.test", SUSPEND)
    found = await hosts.foresee(world.instance, [made])
    assert (found.suspended, found.follows, found.people, found.posts) == (2, 2, 2, 1)
    assert (await world.actor(world.mallory)).suspended_at is None
    await hosts.put(world.instance, [made])
    await world.settle()
    assert await hosts.foresee(world.instance, [], ["a.test"]) == hosts.Consequences(freed=2)


async def test_a_change_reaches_other_processes_within_a_second(world: World) -> None:
    """Another process has the same database and its own memory of the rules."""
    other = type(world.instance.rulebook)(world.instance.store, world.clock)
    await other.check_welcome("a.test")
    await hosts.put(world.instance, [hosts.rule_for(world.instance, "a.test", SUSPEND)])
    with pytest.raises(RemoteRefused):
        await world.instance.rulebook.check_welcome("a.test")
    world.clock.advance(seconds=1)
    with pytest.raises(RemoteRefused):
        await other.check_welcome("a.test")


async def test_following_somebody_suspended_is_not_found(world: World) -> None:
    await rule(world, "a.test", SUSPEND)
    mallory = await world.actor(world.mallory)
    with pytest.raises(Exception, match="no such person"):
        await following.follow(world.instance, world.bob, mallory)
