"""What goes into columns and comes back: every kind of field, on both databases."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from storage import actors, posts, timelines, users, values
from storage.records import (
    ActorKind,
    Attachment,
    Emoji,
    Mention,
    Page,
    Poll,
    PollOption,
    Preferences,
    ProfileField,
    SafeHtml,
    Theme,
    Visibility,
)
from storage.store import Store
from tests.factories import (
    START,
    insert,
    insert_actor,
    insert_post,
    make_actor,
    make_post,
    make_token,
    make_user,
    new_id,
)

pytestmark = pytest.mark.usefixtures("store")

PLAIN_TEXT = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


async def test_every_field_of_an_actor_comes_back() -> None:
    actor = make_actor(
        kind=ActorKind.SERVICE,
        name="Zoë 🐦",
        summary=SafeHtml("<p>hm</p>"),
        summary_source="hm",
        fields=(ProfileField("site", SafeHtml("<a>x</a>"), START), ProfileField("b", SafeHtml(""))),
        fields_source=(("site", "https://x.test"), ("b", "")),
        emojis=(Emoji("bird", "https://x.test/bird.png"),),
        also_known_as=("https://y.test/a", "https://z.test/b"),
        is_locked=True,
        is_discoverable=False,
        followers_total=2**40,
        fetched_at=START + timedelta(microseconds=1),
        suspended_at=datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    )
    await insert(actor)
    assert await actors.get(actor.id) == actor


async def test_every_field_of_a_post_comes_back() -> None:
    author = await insert_actor()
    post = make_post(
        author,
        visibility=Visibility.DIRECT,
        attachments=(
            Attachment("https://x.test/1.png", "image/png", "image", "alt", 10, 20, "L", (0.5, -1)),
            Attachment("https://x.test/2.mp4", "video/mp4", "video", duration_s=1.25),
        ),
        hashtags=("birds", "größe"),
        mentions=(Mention(author.uri, "alice", author.id), Mention(author.uri, "b@far.test")),
        emojis=(Emoji("bird", "https://x.test/bird.png"),),
        poll=Poll((PollOption("yes", 3),), is_multiple=False, ends_at=START, voters=None),
        edited_at=START,
        is_sensitive=True,
    )
    await insert(post)
    assert await posts.get(post.id) == post


async def test_small_objects_and_sets_come_back() -> None:
    user = make_user(await insert_actor(), preferences=Preferences(Theme.DARK, "de"))
    token = make_token(user, scopes=frozenset({"push", "read"}))
    await insert(user, token)
    assert await users.find(user.id) == user
    assert await users.find_token(token.token_hash) == token


async def test_preferences_that_older_rows_lack_have_their_defaults(store: Store) -> None:
    user = make_user(await insert_actor())
    await insert(user)
    await store.write("UPDATE users SET preferences = ?", '{"theme":"dark","unknown":1}')
    assert await users.find(user.id) == replace(user, preferences=Preferences(Theme.DARK))


async def test_nul_and_half_surrogates_are_cleaned() -> None:
    """ATTACKS: PostgreSQL refuses NUL; neither database stores half a surrogate pair."""
    actor = make_actor(
        name="a\x00b\ud800c",
        fields=(ProfileField("n\x00", SafeHtml("\udfffv")),),
        also_known_as=("\ud83d\ude00",),
    )
    await insert(actor)
    found = await actors.get(actor.id)
    assert found.name == "ab\ufffdc"
    assert found.fields == (ProfileField("n", SafeHtml("\ufffdv")),)
    assert found.also_known_as == ("😀",)
    assert await actors.find_by_handle("x\x00\ud800", None) is None


async def test_a_backslash_before_u0000_is_only_text() -> None:
    actor = make_actor(fields_source=(("a", "\\u0000"),))
    await insert(actor)
    assert (await actors.get(actor.id)).fields_source == (("a", "\\u0000"),)


@pytest.mark.parametrize("number", [2**63, 10**40, -(2**70)])
async def test_numbers_out_of_bounds_find_nothing(number: int) -> None:
    """An id in an address line may be any number."""
    assert await posts.find(number) is None
    assert await posts.by_ids([number]) == {}


async def test_numbers_out_of_bounds_are_stored_bounded() -> None:
    actor = make_actor(followers_total=10**40)
    await insert(actor)
    assert (await actors.get(actor.id)).followers_total == 2**63 - 1


async def test_a_damaged_row_is_missing_and_its_page_is_not(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """RELIABILITY FA-46, FA-47: only that item is gone; the log names it."""
    author = await insert_actor()
    broken, good = await insert_post(author), await insert_post(author)
    await store.write("UPDATE posts SET attachments = '{oops' WHERE id = ?", broken.id)
    with caplog.at_level(logging.ERROR):
        assert await posts.find(broken.id) is None
        assert await posts.by_ids([broken.id, good.id]) == {good.id: good}
    assert f"damaged row {broken.id} in table posts" in caplog.text


async def test_an_unknown_word_is_a_damaged_row(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    author = await insert_actor()
    await store.write("UPDATE actors SET kind = 'Toaster'")
    assert await actors.find(author.id) is None
    assert "Toaster" in caplog.text


async def test_a_query_takes_no_unknown_type(store: Store) -> None:
    with pytest.raises(TypeError, match="object"):
        await store.read("SELECT ?", object())


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.text(), some.lists(some.tuples(PLAIN_TEXT, PLAIN_TEXT), max_size=3))
async def test_any_text_can_be_stored(text: str, pairs: list[tuple[str, str]]) -> None:
    actor = make_actor(name=text, fields_source=tuple(pairs))
    await insert(actor)
    found = await actors.get(actor.id)
    assert found.name == values.clean(text)
    assert found.fields_source == tuple(pairs)


@given(PLAIN_TEXT)
def test_clean_text_is_left_alone(text: str) -> None:
    assert values.clean(text) is text


@given(some.datetimes(timezones=some.just(UTC)))
def test_moments_come_back_to_the_microsecond(moment: datetime) -> None:
    assert values.to_moment(values.to_microseconds(moment)) == moment


def test_moments_of_other_zones_are_the_same_moment() -> None:
    there = START.astimezone()
    assert values.to_microseconds(there) == values.to_microseconds(START)


async def test_ids_sort_as_numbers() -> None:
    author = await insert_actor()
    ids = [new_id() for _ in range(3)]
    for row_id in reversed(ids):
        await insert_post(author, id=row_id)
    page = await timelines.public(Page(limit=3))
    assert page == ids[::-1]
