"""A person changes her profile, and the links in it are verified."""

import io
from collections.abc import Callable
from dataclasses import replace

import httpx2
import pytest
from PIL import Image

from actors import profile
from actors.profile import ProfileChange, change_profile, rel_me_links, verify_links
from instance.errors import Invalid
from instance.resources import Instance
from storage import actors
from storage.records import Actor, RowId
from tests.internet import FakeInternet
from tests.usecases.social import make_person, make_remote


@pytest.fixture
async def alice(instance: Instance) -> Actor:
    return await make_person(instance, "alice")


def png(width: int, height: int) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), (10, 90, 70)).save(written, "PNG")
    return written.getvalue()


def page(body: str) -> Callable[[httpx2.Request], httpx2.Response]:
    headers = {"content-type": "text/html; charset=utf-8"}
    return lambda _: httpx2.Response(200, text=body, headers=headers)


# ---------------------------------------------------------------- words


async def test_name_bio_and_lines_are_stored_as_typed_and_as_markup(
    instance: Instance, alice: Actor
) -> None:
    await make_remote(instance, "bob", "beta.test")
    change = ProfileChange(
        name=" Alice\n\u202eB ",
        bio="hi @bob@beta.test #Tag <b>",
        fields=(("Site", "https://alice.test"), ("", ""), ("Pronouns", "she")),
        is_locked=True,
        hides_follows=True,
        is_discoverable=False,
    )
    after = await change_profile(instance, alice, change)
    assert after == await actors.get(alice.id)
    assert after.name == "Alice B"
    assert after.summary_source == "hi @bob@beta.test #Tag <b>"
    assert 'href="https://beta.test/@bob"' in after.summary
    assert 'href="https://alpha.test/tags/tag"' in after.summary
    assert "&lt;b&gt;" in after.summary
    assert after.fields_source == (("Site", "https://alice.test"), ("Pronouns", "she"))
    assert 'rel="me ' in after.fields[0].value
    assert (after.is_locked, after.hides_follows, after.is_discoverable) == (True, True, False)


async def test_what_is_not_named_stays(instance: Instance, alice: Actor) -> None:
    first = await change_profile(instance, alice, ProfileChange(name="A", bio="b"))
    second = await change_profile(instance, first, ProfileChange(is_locked=True))
    assert second == replace(first, is_locked=True)
    assert (await change_profile(instance, second, ProfileChange(bio=""))).summary == ""


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (ProfileChange(name="a" * 101), "name"),
        (ProfileChange(bio="a" * 501), "bio"),
        (ProfileChange(bio="Z" + "\u0301" * 6000), "bio"),
        (ProfileChange(fields=(("a", "b"),) * 5), "fields"),
        (ProfileChange(fields=(("a", "b" * 256),)), "field_1"),
        (ProfileChange(fields=(("a", "b"), ("", "b"))), "field_2"),
        (ProfileChange(avatar_alt="a" * 1501), "avatar_alt"),
        (ProfileChange(avatar=b"<svg/>"), "avatar"),
        (ProfileChange(header=b"not a picture"), "header"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_changed(
    instance: Instance, alice: Actor, change: ProfileChange, field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        await change_profile(instance, alice, replace(change, is_locked=True))
    assert list(caught.value.fields) == [field]
    assert await actors.get(alice.id) == alice


async def test_a_change_reads_the_row_again(instance: Instance, alice: Actor) -> None:
    """Two changes at once do not undo each other."""
    await change_profile(instance, alice, ProfileChange(name="New"))
    after = await change_profile(instance, alice, ProfileChange(bio="words"))
    assert after.name == "New"


# ---------------------------------------------------------------- pictures


async def test_pictures_are_stored_replaced_and_removed(instance: Instance, alice: Actor) -> None:
    """B19."""
    first = await change_profile(
        instance, alice, ProfileChange(avatar=png(800, 600), header=png(2000, 900))
    )
    assert first.avatar_url is not None
    assert first.avatar_url.startswith("https://alpha.test/media/")
    assert first.header_url is not None
    old = first.avatar_url.rpartition("/")[2]
    assert await instance.blobs.read(old) is not None
    second = await change_profile(instance, first, ProfileChange(avatar=png(500, 500)))
    assert second.avatar_url != first.avatar_url
    assert await instance.blobs.read(old) is None
    third = await change_profile(instance, second, ProfileChange(avatar=b"", header=b""))
    assert (third.avatar_url, third.header_url) == (None, None)


# ---------------------------------------------------------------- verified links


PROFILE = "https://alpha.test/@alice"


async def with_link(instance: Instance, alice: Actor, url: str) -> Actor:
    return await change_profile(instance, alice, ProfileChange(fields=(("Site", url),)))


async def verified(instance: Instance, alice: Actor) -> bool:
    await verify_links(instance, {"actor_id": alice.id})
    return (await actors.get(alice.id)).fields[0].verified_at is not None


@pytest.mark.parametrize(
    "body",
    [
        f'<a rel="me" href="{PROFILE}">me</a>',
        f"<link href='{PROFILE}' rel='noopener ME'>",
        f"<p><a class=x rel=me href={PROFILE}>me</a>",
    ],
)
async def test_a_page_that_links_back_verifies(
    instance: Instance, internet: FakeInternet, alice: Actor, body: str
) -> None:
    """B20."""
    internet.add("alice.test", page(body))
    await with_link(instance, alice, "https://alice.test/")
    assert await verified(instance, alice)


@pytest.mark.parametrize(
    "body",
    [
        f'<a href="{PROFILE}">me</a>',
        f'<a rel="me" href="{PROFILE}/">me</a>',
        f'<a rel="me" href="{PROFILE}2">me</a>',
        '<a rel="me" href="https://evil@alpha.test/@alice">me</a>',
        f'<!-- <a rel="me" href="{PROFILE}"> -->',
        f'<script>"<a rel=me href={PROFILE}>"</script>',
        f'<textarea><a rel="me" href="{PROFILE}"></textarea>',
        f'<a rel="home" href="{PROFILE}">me</a>',
        "",
    ],
)
async def test_or33_other_pages_do_not_verify(
    instance: Instance, internet: FakeInternet, alice: Actor, body: str
) -> None:
    internet.add("alice.test", page(body))
    await with_link(instance, alice, "https://alice.test/")
    assert not await verified(instance, alice)


async def test_or33_a_page_that_is_too_large_or_elsewhere_does_not_verify(
    instance: Instance, internet: FakeInternet, alice: Actor
) -> None:
    back = f'<a rel="me" href="{PROFILE}">me</a>'
    internet.add("alice.test", page(back + "x" * profile.PAGE_BYTES_MAX))
    await with_link(instance, alice, "https://alice.test/")
    assert not await verified(instance, alice)
    internet.add("other.test", page(back))
    moved = httpx2.Response(302, headers={"location": "https://other.test/"})
    internet.add("alice.test", lambda _: moved)
    assert not await verified(instance, alice)


async def test_a_link_stays_verified_while_its_page_is_away_and_not_when_the_link_is_gone(
    instance: Instance, internet: FakeInternet, alice: Actor
) -> None:
    """B20: asked again, and lost with the link."""
    internet.add("alice.test", page(f'<a rel="me" href="{PROFILE}">me</a>'))
    await with_link(instance, alice, "https://alice.test/")
    assert await verified(instance, alice)
    with internet.down("alice.test"):
        assert await verified(instance, alice)
    # The same line typed again keeps its mark; another one has to earn it.
    assert (await with_link(instance, alice, "https://alice.test/")).fields[0].verified_at
    assert not (await with_link(instance, alice, "https://alice.test/x")).fields[0].verified_at
    await with_link(instance, alice, "https://alice.test/")
    internet.add("alice.test", page("nothing"))
    assert not await verified(instance, alice)


async def test_words_with_a_link_are_not_verified(
    instance: Instance, internet: FakeInternet, alice: Actor
) -> None:
    internet.add("alice.test", page(f'<a rel="me" href="{PROFILE}">me</a>'))
    await with_link(instance, alice, "see https://alice.test/")
    assert not await verified(instance, alice)


async def test_the_job_forgives_people_who_are_gone(instance: Instance) -> None:
    await verify_links(instance, {"actor_id": 12345})
    assert await actors.find(RowId(12345)) is None


def test_rx16_rel_me_links_are_found_in_linear_time() -> None:
    for bomb in ("<a ", "<!--", "<a rel=me ", "<script>", "<a href='", "<a rel=", "<" * 3):
        assert list(rel_me_links(bomb * (1_000_000 // len(bomb)))) == []
