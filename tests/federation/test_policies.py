"""Policies, seen from outside: what is refused, held and changed, and that it can be looked up."""

from dataclasses import replace
from typing import Any

import pytest

from inbox import policing, refusals
from instance.errors import NotFound
from moderation import contents
from storage import posts, receipts
from storage.records import ContentAction, ContentKind, Page, ReceiptOutcome
from tests.federation.peers import Forgery, Peer, Person
from tests.federation.world import World
from tests.usecases.queries import counted

WORD, LINK, HASHTAG = ContentKind.WORD, ContentKind.LINK, ContentKind.HASHTAG
REJECT, HOLD, SENSITIVE = ContentAction.REJECT, ContentAction.HOLD, ContentAction.SENSITIVE


def stranger(world: World, **changes: Any) -> Person:
    """Somebody at a host of their own, whom nobody here follows and who joined just now."""
    return Peer(world.internet, "new.test", world.clock).join("newbie", 5, **changes)


def mention(*people: Any) -> list[dict[str, str]]:
    return [{"type": "Mention", "href": who.uri, "name": f"@{who.username}"} for who in people]


def to_alice(world: World, person: Person, text: str, **changes: Any) -> dict[str, Any]:
    tag = mention(world.alice)
    return person.create(person.note(text, tag=tag, cc=[world.alice.uri], **changes))


async def outcome(world: World, activity: dict[str, Any]) -> tuple[str, str]:
    receipt = await world.receipt(activity)
    assert receipt is not None
    return receipt.outcome.value, receipt.reason


# ---------------------------------------------------------------- limits


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        (
            [{"type": "Mention", "href": f"https://x.test/{n}"} for n in range(31)],
            "mentions: it names more than 30 people",
        ),
        (
            [{"type": "Hashtag", "name": f"#t{n}"} for n in range(41)],
            "hashtags: it has more than 40 hashtags",
        ),
    ],
)
async def test_e143_too_many_are_refused(
    world: World, tags: list[dict[str, str]], reason: str
) -> None:
    """E143, RX-12, RX-14, FL-9: also by those who are followed; one fewer is taken in."""
    for told, expected in ((tags, "refused"), (tags[:-1], "done")):
        note = world.mallory.note("hello all", tag=told)
        activity = world.mallory.create(note)
        assert await world.tell(world.mallory, activity) == 202
        assert (await outcome(world, activity))[0] == expected
        assert (await world.find(note) is not None) == (expected == "done")
        if expected == "refused":
            assert (await outcome(world, activity))[1] == reason
    await world.sentinel()


async def test_fl9_first_contact_of_a_new_account_with_links_is_held(world: World) -> None:
    """FL-9, A92, C48: alice is told nothing until somebody looked."""
    eve = stranger(world)
    activity = to_alice(world, eve, 'Win <a href="https://x.test">a</a> https://y.test')
    assert await world.tell(eve, activity) == 202
    state, reason = await outcome(world, activity)
    assert state == ReceiptOutcome.HELD
    assert (
        reason == "first contact: a new account that nobody here follows sends 2 links or pictures"
    )
    assert await world.told() == []
    assert await world.find(activity["object"]) is None
    await world.sentinel()


async def test_first_contact_without_links_is_taken_in(world: World) -> None:
    eve = stranger(world)
    activity = to_alice(world, eve, "Nice to meet you")
    await world.tell(eve, activity)
    assert (await outcome(world, activity))[0] == "done"


async def test_accounts_that_are_older_or_followed_may_send_links(world: World) -> None:
    text = "https://x.test https://y.test https://z.test"
    old = stranger(world, published="2020-01-01T00:00:00Z")
    for person in (old, world.mallory):
        activity = to_alice(world, person, text)
        await world.tell(person, activity)
        assert (await outcome(world, activity))[0] == "done"


async def test_what_is_held_can_be_released_or_dropped(world: World) -> None:
    eve = stranger(world)
    links = "https://x.test https://y.test"
    kept, dropped = to_alice(world, eve, links), to_alice(world, eve, links)
    for activity in (kept, dropped):
        await world.tell(eve, activity)
    held = {each.activity_uri: each.id for each in await receipts.list_held(Page(limit=10))}
    assert set(held) == {kept["id"], dropped["id"]}
    await policing.release(world.instance, held[kept["id"]])
    await policing.drop(world.instance, held[dropped["id"]])
    await world.settle()
    assert await world.find(kept["object"]) is not None
    assert [each.actor_id for each in await world.told()] == [(await world.actor(eve)).id]
    assert await world.find(dropped["object"]) is None
    assert (await outcome(world, dropped))[1].endswith("a moderator dropped it")
    receipt = await world.receipt(dropped)
    assert receipt is not None
    assert receipt.document == ""
    for receipt_id in held.values():
        with pytest.raises(NotFound):
            await policing.release(world.instance, receipt_id)


async def test_what_waits_for_moderators_is_bounded(world: World) -> None:
    settings = world.instance.settings
    object.__setattr__(
        world.instance,
        "settings",
        replace(settings, policies=replace(settings.policies, held_max=2)),
    )
    eve = stranger(world)
    sent = [to_alice(world, eve, "https://x.test https://y.test") for _ in range(3)]
    for activity in sent:
        await world.tell(eve, activity)
    assert [(await outcome(world, each))[0] for each in sent] == ["held", "held", "refused"]


# ---------------------------------------------------------------- words, links, hashtags


async def add(
    world: World, kind: ContentKind, pattern: str, action: ContentAction, **more: Any
) -> None:
    await contents.add(world.instance, kind, pattern, action, **more)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Buy cheap pills now",
            "buy <b>CHE</b>AP pills",
            "cheap pi\u200blls",
            "\uff43\uff48\uff45\uff41\uff50\u3000\uff50\uff49\uff4c\uff4c\uff53",
        ),
        *(
            "che\u0430p p\u0456lls",
            "cheap<span></span> pills!",
            "&#99;heap pills",
            "ch\u00e9ap pills",
        ),
    ],
)
async def test_mo5_words_are_found_however_they_are_written(world: World, text: str) -> None:
    """MO-5, C47: markup within words, entities, zero width, full width, look-alikes, accents."""
    await add(world, WORD, "Cheap Pills", REJECT)
    activity = world.mallory.create(world.mallory.note(text))
    assert await world.tell(world.mallory, activity) == 202
    assert (await outcome(world, activity))[0] == "refused"
    assert (await outcome(world, activity))[1].startswith("contents: word rule ")
    await world.sentinel()


@pytest.mark.parametrize("text", ["cheapest pills", "cheap<br>pillow", "che ap pills"])
async def test_words_are_whole_words(world: World, text: str) -> None:
    await add(world, WORD, "cheap pills", REJECT)
    activity = world.mallory.create(world.mallory.note(text))
    await world.tell(world.mallory, activity)
    assert (await outcome(world, activity))[0] == "done"


@pytest.mark.parametrize(
    "where",
    [
        {"text": '<a href="https://Spam.Example/x?y">click</a>'},
        {"text": "see https://www.spam.example"},
        {"text": '<a href="https://SPAM.example.:443/">x</a>'},
        {"text": '<a href="https://sp%61m.example/">x</a>'},
        {"text": "<a href=https://spam.example>x</a>"},
        {
            "text": "x",
            "attachment": [
                {"type": "Document", "mediaType": "image/png", "url": "https://spam.example/1.png"}
            ],
        },
    ],
)
async def test_links_are_found_by_their_host(world: World, where: dict[str, Any]) -> None:
    """C47: with sub-domains, in any spelling, also in attachments."""
    await add(world, LINK, "spam.example", REJECT)
    activity = world.mallory.create(world.mallory.note(**where))
    await world.tell(world.mallory, activity)
    assert (await outcome(world, activity))[0] == "refused"


async def test_hashtags_and_what_is_sensitive(world: World) -> None:
    """C47: the strictest rule that fits counts."""
    await add(world, HASHTAG, "#Gore", SENSITIVE)
    note = world.mallory.note("x", tag=[{"type": "Hashtag", "name": "#gore"}])
    activity = world.mallory.create(note)
    await world.tell(world.mallory, activity)
    found = await world.find(note)
    assert found is not None
    assert found.is_sensitive
    assert "hashtag rule" in (await outcome(world, activity))[1]
    await add(world, WORD, "x", HOLD)
    again = world.mallory.create({**note, "id": f"{note['id']}b"})
    await world.tell(world.mallory, again)
    assert (await outcome(world, again))[0] == "held"


async def test_an_edit_and_a_boost_are_no_way_around_rules(world: World) -> None:
    """C47: an Update, an Announce of an unknown post, a Create by id alone."""
    await add(world, WORD, "badword", REJECT)
    note = world.mallory.note("fine")
    await world.tell(world.mallory, world.mallory.create(note))
    world.clock.advance(minutes=1)
    edited = {**note, "content": "badword", "updated": world.clock().isoformat()}
    update = world.mallory.activity("Update", object=edited)
    await world.tell(world.mallory, update)
    assert (await outcome(world, update))[0] == "refused"
    assert (await posts.find_by_uri(note["id"])).content == "<p>fine</p>"  # type: ignore[union-attr]  # it is there
    other = world.victor.note("badword indeed")
    for activity in (
        world.honest.activity("Announce", object=other["id"]),
        world.victor.create(other["id"]),
    ):
        person = world.honest if activity["type"] == "Announce" else world.victor
        await world.tell(person, activity)
        assert (await outcome(world, activity))[0] == "refused"
        assert "rule" in (await outcome(world, activity))[1]
    assert await world.find(other) is None


async def test_rules_for_strangers_do_not_concern_whom_somebody_follows(world: World) -> None:
    await add(world, WORD, "hello", REJECT, only_strangers=True)
    eve = stranger(world)
    for person, expected in ((eve, "refused"), (world.mallory, "done")):
        activity = to_alice(world, person, "hello")
        await world.tell(person, activity)
        assert (await outcome(world, activity))[0] == expected


async def test_a_usual_post_costs_no_query_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rules are in memory; whether somebody follows the author is asked when it matters."""
    await add(world, WORD, "badword", REJECT)
    statements: list[list[str]] = []
    for _ in range(2):  # the first one reads the rules
        activity = world.mallory.create(world.mallory.note("Some words"))
        with counted(world.instance, monkeypatch) as asked:
            await world.post(world.mallory, activity)
        statements.append(list(asked))
    assert not [sql for sql in statements[1] if "rule" in sql]


# ---------------------------------------------------------------- what was not let in


async def test_what_was_turned_away_can_be_looked_up(world: World) -> None:
    """P6: a bad signature leaves its reason, and does not burn the id it claims."""
    note = world.victor.note("mine")
    activity = world.victor.create(note)
    answer = await world.post(world.victor, activity, forgery=Forgery(key=world.mallory.key))
    assert answer.status == 401
    (kept,) = await receipts.list_refused(Page(limit=10))
    assert kept.outcome is ReceiptOutcome.TURNED_AWAY
    assert (kept.activity_uri, kept.actor_uri) == (activity["id"], world.victor.uri)
    assert kept.kind == "Create"
    assert kept.document == ""
    assert await world.tell(world.victor, activity) == 202
    assert await world.find(note) is not None


async def test_floods_of_what_is_turned_away_do_not_fill_the_disk(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A93: some of each address in an hour, and of all in a day; garbage leaves a line too."""
    for number in range(refusals.PER_ADDRESS_PER_HOUR_MAX + 5):
        body = b"{" if number % 2 else b'{"id": "https://a.test/\\u0000", "type": ["x"]}'
        assert (await world.post(world.mallory, body, headers={})).status in {400, 401}
    kept = await receipts.list_refused(Page(limit=80))
    assert len(kept) == refusals.PER_ADDRESS_PER_HOUR_MAX
    world.clock.advance(hours=2)
    monkeypatch.setattr(refusals, "PER_DAY_MAX", 22)
    for _ in range(5):
        await world.post(world.mallory, b"{", headers={})
    assert len(await receipts.list_refused(Page(limit=80))) < refusals.PER_ADDRESS_PER_HOUR_MAX + 5
