"""Actors from documents and documents from actors."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from actors.activitystreams import (
    actor_from_vocabulary,
    domain_of,
    handle_of,
    not_after,
    vocabulary_from_actor,
)
from actors.markup import render_field
from federation import parsing, serializing
from federation.addresses import Addresses
from federation.vocabulary import Actor as Claim
from federation.vocabulary import EmojiTag, Image, PropertyValue
from instance.errors import Invalid
from storage.records import (
    Actor,
    ActorKey,
    ActorKind,
    ActorUri,
    Emoji,
    ProfileField,
    RowId,
    SafeHtml,
    SearchableBy,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ADDRESSES = Addresses("https://home.test")
SAMPLES = Path(__file__).parents[2] / "data" / "samples"


def read(known: Actor | None = None, **more: Any) -> Actor:
    fields: dict[str, Any] = {
        "id": "https://far.test/users/bob",
        "type": "Person",
        "preferred_username": "bob",
        "inbox": "https://far.test/users/bob/inbox",
    }
    claim = Claim(**(fields | more))
    return actor_from_vocabulary(claim, id=RowId(7), host="far.test", now=NOW, known=known)


def test_hx3_name_is_plain_and_bio_and_fields_are_cleaned() -> None:
    actor = read(
        name="<b>Bob</b>\n\u202eadmin",
        summary="<p onclick=x>hi<script>alert(1)</script></p>",
        fields=(PropertyValue("<i>Site</i>", '<a href="javascript:x" class="fa">x</a>'),),
    )
    assert actor.name == "<b>Bob</b> admin"
    assert actor.summary == "<p>hi</p>"
    assert actor.fields[0].name == "<i>Site</i>"
    assert actor.fields[0].value == '<a rel="nofollow noopener noreferrer">x</a>'


def test_hx4_addresses_are_http_or_dropped() -> None:
    actor = read(
        url="javascript:alert(1)",
        icon=Image("data:image/png;base64,x"),
        image=Image("https://far.test/h.png", description=" alt\x00 "),
        shared_inbox="ftp://far.test",
        also_known_as=("https://other.test/u", "javascript:x"),
    )
    assert (actor.url, actor.avatar_url, actor.shared_inbox_url) == (None, None, None)
    assert (actor.header_url, actor.header_alt) == ("https://far.test/h.png", "alt")
    assert actor.also_known_as == ("https://other.test/u",)


@pytest.mark.parametrize(
    "more",
    [
        {"inbox": "javascript:x"},
        {"inbox": ""},
        {"preferred_username": ""},
        {"preferred_username": "a b"},
        {"preferred_username": "a@b"},
        {"preferred_username": "a" * 200},
        {"preferred_username": "a\u202eb"},
    ],
)
def test_an_actor_without_usable_name_or_inbox_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        read(**more)


def test_rx18_fields_names_and_emoji_are_cut() -> None:
    lines = tuple(PropertyValue("n" * 5000, "v" * 5000) for _ in range(20_000))
    emojis = tuple(EmojiTag(f"e{n}", "https://far.test/e.png") for n in range(500))
    actor = read(name="a" * 100_000, fields=lines, emojis=emojis)
    assert len(actor.name) == 100
    assert len(actor.fields) == 16
    assert len(actor.fields[0].name) == 255
    assert len(actor.fields[0].value) < 3000
    assert len(actor.emojis) == 64


def test_fl4_a_birthday_is_not_after_now() -> None:
    assert read(published=NOW + timedelta(days=999)).created_at == NOW
    assert read(published=None).created_at == NOW
    assert not_after(datetime(1900, 1, 1, tzinfo=UTC), NOW).year == 1970


def test_a_refetch_keeps_what_only_we_know() -> None:
    line = PropertyValue("Site", '<a href="https://bob.test">bob.test</a>')
    first = read(fields=(line,), published=NOW - timedelta(days=9))
    known = replace(first, followers_total=5, fields=(replace(first.fields[0], verified_at=NOW),))
    again = read(known, fields=(line, PropertyValue("Other", "x")), published=NOW)
    assert again.created_at == first.created_at
    assert [one.verified_at for one in again.fields] == [NOW, None]
    assert again.followers_total == 5


def test_the_suspended_flag_follows_the_origin() -> None:
    first = read(suspended=True)
    assert first.suspended_at == NOW
    assert read(replace(first, suspended_at=NOW - timedelta(1)), suspended=True).suspended_at == (
        NOW - timedelta(1)
    )
    assert read(first).suspended_at is None


def test_an_unknown_type_is_a_person() -> None:
    """A103: Person, Service, Group, Organization, Application."""
    assert read(type="Service").kind is ActorKind.SERVICE
    assert read(type="Robot").kind is ActorKind.PERSON


def test_wordpress_writes_entities_in_addresses() -> None:
    body = json.loads((SAMPLES / "wordpress-actor-person.json").read_text())["body"]
    actor = actor_from_vocabulary(
        parsing.parse_actor(body), id=RowId(1), host="wordpress.test", now=NOW
    )
    assert actor.avatar_url is not None
    assert actor.avatar_url.endswith("?s=120&d=mm&r=g")
    assert "wordpress.test/author/wendy/" in actor.fields[1].value


@pytest.mark.parametrize(
    ("server", "handle"),
    [
        ("bovine", "@beth@bovine.test"),
        ("fedify", "@bob@fedify.test"),
        ("hollo", "@holly@hollo.test"),
        ("microblogpub", "@mike@microblogpub.test"),
        ("takahe", "@alice@takahe.test"),
        ("wordpress", "@wendy@wordpress.test"),
    ],
)
def test_the_recorded_people_are_read(server: str, handle: str) -> None:
    body = json.loads((SAMPLES / f"{server}-actor-person.json").read_text())["body"]
    claim = parsing.parse_actor(body)
    actor = actor_from_vocabulary(claim, id=RowId(1), host=f"{server}.test", now=NOW)
    assert handle_of(actor, "home.test") == handle
    assert actor.followers_url
    assert not actor.is_local


ALICE = Actor(
    id=RowId(1),
    uri=ActorUri("https://home.test/actors/1"),
    username="alice",
    host=None,
    kind=ActorKind.PERSON,
    inbox_url="https://home.test/actors/1/inbox",
    created_at=NOW,
    name="Alice",
    summary=SafeHtml("<p>hi</p>"),
    summary_source="hi",
    fields=(ProfileField("Site", render_field("https://alice.test")),),
    fields_source=(("Site", "https://alice.test"),),
    emojis=(Emoji("cat", "https://home.test/media/c.png"),),
    url="https://home.test/@alice",
    avatar_url="https://home.test/media/a.webp",
    avatar_alt="me",
    header_url="https://home.test/media/h.webp",
    is_locked=True,
    is_indexable=True,
    also_known_as=("https://old.test/alice",),
)
KEY = ActorKey(RowId(3), RowId(1), ADDRESSES.key(1), "PEM", "SECRET", NOW)


def test_what_one_of_us_is_another_of_us_understands() -> None:
    document = serializing.actor_document(vocabulary_from_actor(ALICE, [KEY], ADDRESSES))
    assert "SECRET" not in json.dumps(document)
    heard = actor_from_vocabulary(
        parsing.parse_actor(document), id=RowId(7), host="home.test", now=NOW
    )
    # rel=me is ours to say about our links; read from elsewhere it is plain nofollow.
    value = SafeHtml(ALICE.fields[0].value.replace('rel="me ', 'rel="'))
    assert heard == replace(
        ALICE,
        id=RowId(7),
        host="home.test",
        summary_source="",
        fields_source=(),
        fields=(ProfileField("Site", value),),
        shared_inbox_url=ADDRESSES.shared_inbox,
        outbox_url=ADDRESSES.outbox(1),
        followers_url=ADDRESSES.followers(1),
        following_url=ADDRESSES.following(1),
        featured_url=ADDRESSES.featured(1),
        searchable_by=SearchableBy.EVERYBODY,
        fetched_at=NOW,
    )


def test_a_local_actor_says_key_handle_and_state() -> None:
    claim = vocabulary_from_actor(replace(ALICE, suspended_at=NOW), [KEY], ADDRESSES)
    assert claim.webfinger == "alice@home.test"
    assert claim.public_keys[0].id == "https://home.test/actors/1#main-key"
    assert claim.suspended
    assert vocabulary_from_actor(ALICE, [], ADDRESSES).public_keys == ()


def test_handles() -> None:
    assert domain_of(Addresses("http://127.0.10.1:8000")) == "127.0.10.1:8000"
    assert handle_of(ALICE, "home.test") == "@alice@home.test"
    assert handle_of(replace(ALICE, host="far.test"), "home.test") == "@alice@far.test"
