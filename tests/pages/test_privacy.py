"""Group 8 of the attack catalogue over the pages, as stranger, follower, blocked and oneself."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from instance.resources import Instance
from tests.instances import Instances
from tests.pages.browser import Browser
from tests.pages.test_people import follow, lock
from tests.pages.test_settings import picture


def number(path: str) -> str:
    return path.rpartition("/")[2]


@dataclass
class Cast:
    """Alice writes; each of the others stands to her in another way."""

    alice: Browser
    stranger: Browser  # not logged in
    other: Browser  # logged in, follows nobody
    follower: Browser
    asking: Browser  # asked to follow, was not accepted
    blocked: Browser  # was a follower
    named: Browser  # follows nobody, is mentioned

    @property
    def everybody(self) -> dict[str, Browser]:
        return dict(vars(self))


@pytest.fixture
async def cast(app: Any, alice: Browser, instances: Instances) -> Cast:
    names = ("other", "follower", "asking", "blocked", "named")
    people = {name: await Browser(app).sign_up(name) for name in names}
    await follow(people["follower"], "alice")
    await follow(people["blocked"], "alice")
    await lock(alice)
    await follow(people["asking"], "alice")
    await alice.get("/@blocked")
    await alice.submit("/@blocked/block")
    await instances.settle()
    return Cast(alice=alice, stranger=Browser(app), **people)


WHO_SEES = [
    ("public", {"alice", "stranger", "other", "follower", "asking", "named"}),
    ("unlisted", {"alice", "stranger", "other", "follower", "asking", "named"}),
    ("followers", {"alice", "follower", "named"}),
    ("direct", {"alice", "named"}),
]


@pytest.mark.parametrize(("audience", "readers"), WHO_SEES)
async def test_pv1_pv2_pv4_pv11_pv13_who_sees_a_post(
    cast: Cast, instances: Instances, audience: str, readers: set[str]
) -> None:
    """Its page, its history, its lists, profile, home, explore, tag page, search."""
    post = await cast.alice.write("Needle @named #needle", audience=audience)
    await cast.alice.get(f"/posts/{number(post)}/edit")
    await cast.alice.submit("/edit$", text="Needle, threaded @named #needle")
    await instances.settle()
    pages = (post, *(f"/posts/{number(post)}/{e}" for e in ("history", "favourites", "boosts")))
    for name, who in cast.everybody.items():
        for path in pages:
            await who.get(path)
            assert who.status == (200 if name in readers else 404), (name, path)
        # Its id alone must not say that it is there, and whose it is.
        sent = await who.request("GET", f"/posts/{number(post)}")
        is_led_on = name in readers or audience in ("public", "unlisted")
        assert sent.status == (302 if is_led_on else 404), name
        assert ("alice" in sent.headers.get("location", "")) == is_led_on, name
        for path in ("/@alice", "/@alice/replies", "/home", "/explore", "/explore/everywhere"):
            await who.get(path)
            if name not in readers:
                assert "Needle" not in who.text, (name, path)
        for path in ("/tags/needle", "/search?q=needle"):
            await who.get(path)
            shown = re.findall(r"<article.*?</article>", who.text, re.DOTALL)
            assert bool(shown) <= (name in readers), (name, path)
            if path.startswith("/tags"):
                assert bool(shown) <= (audience == "public"), name


@pytest.mark.parametrize(("audience", "readers"), WHO_SEES[2:])
async def test_pv3_pv6_nobody_touches_what_they_cannot_see(
    cast: Cast, audience: str, readers: set[str]
) -> None:
    post = await cast.alice.write("Needle @named", audience=audience)
    for name, who in cast.everybody.items():
        if name == "stranger":
            continue
        await who.get("/settings/delete")
        token = who.form("/settings/delete").fields["csrf"]
        for press in ("favourite", "boost", "save", "pin", "edit", "delete"):
            if name == "alice":
                continue
            fields = {"csrf": token, "do": "do", "text": "mine now"}
            await who.post(f"/posts/{number(post)}/{press}", fields)
            is_allowed = name in readers and press in ("favourite", "save")
            assert (who.status < 400) == is_allowed, (name, press, who.status)
        fields = {"csrf": token, "text": "an answer", "reply_to": number(post)}
        if name not in readers:
            await who.post("/compose", fields)
            assert who.status == 404, name
            assert "an answer" in who.text, "nothing typed is lost"


async def test_pv7_pv13_an_unanswered_request_opens_nothing(cast: Cast) -> None:
    await cast.alice.write("For friends", audience="followers")
    for path in ("/@alice", "/@alice/replies", "/home", "/search?q=friends"):
        await cast.asking.get(path)
        assert "For friends" not in cast.asking.text, path


async def test_pv9_hidden_lists_for_each(cast: Cast) -> None:
    await lock(cast.alice, hide_follows="1")
    for name, who in cast.everybody.items():
        for listed in ("followers", "following"):
            await who.get(f"/@alice/{listed}")
            names = re.findall(r'class="plain cut" href="/@(\w+)"', who.text)
            assert bool(names) <= (name == "alice"), (name, listed)


async def test_pv16_the_history_is_not_wider_than_the_post(cast: Cast) -> None:
    post = await cast.alice.write("First words", audience="followers")
    await cast.alice.get(f"/posts/{number(post)}/edit")
    await cast.alice.submit("/edit$", text="Second words")
    for name, who in cast.everybody.items():
        await who.get(f"/posts/{number(post)}/history")
        is_reader = name in ("alice", "follower")
        assert who.status == (200 if is_reader else 404), name
        assert ("First words" in who.text) == is_reader, name


async def test_pv18_pv19_blocked_and_muted_people_are_not_heard(
    alice: Browser, bob: Browser, app: Any, instances: Instances
) -> None:
    """No notification, no place in home, explore, search or lists of who did."""
    carla = await Browser(app).sign_up("carla")
    post = await alice.write("Come and see")
    for name, who in (("bob", bob), ("carla", carla)):
        await follow(alice, name)
        await who.get(post)
        await who.submit("/favourite$")
        await who.write("@alice NOISE")
    await instances.settle()
    await alice.get("/@bob")
    await alice.submit("/@bob/mute")
    await alice.get("/@carla")
    await alice.submit("/@carla/block")
    for who in (bob, carla):
        await who.write("@alice NOISE again")
    await instances.settle()
    for path in ("/home", "/explore", "/notifications", "/search?q=NOISE"):
        await alice.get(path)
        shown = (
            alice.text.replace('value="NOISE"', "")
            .replace("/search?q=NOISE", "")
            .replace("Search: NOISE", "")
        )
        assert "NOISE" not in shown, path
    await alice.get("/home")
    assert 'class="n"' not in alice.text, "no unread count from them"
    await carla.get("/notifications")
    assert "alice" not in re.sub(r"<header.*?</header>", "", carla.text, flags=re.DOTALL)
    await carla.get(f"/posts/{number(post)}/favourites")
    assert carla.status == 404


async def test_pv20_md13_a_deleted_post_is_gone_everywhere(
    alice: Browser, bob: Browser, browser: Browser, instances: Instances
) -> None:
    post = await alice.write("Needle #needle")
    await bob.get(post)
    await bob.submit("/favourite$")
    await bob.get(post)
    await bob.submit("/save$")
    await alice.get(f"/posts/{number(post)}/delete")
    await alice.submit("/delete$")
    await instances.settle()
    for who in (alice, bob, browser):
        for path in (post, f"/posts/{number(post)}/history", f"/posts/{number(post)}/favourites"):
            await who.get(path)
            assert who.status == 410, path
            assert "Needle" not in who.text
        for path in ("/@alice", "/explore", "/tags/needle", "/search?q=Needle"):
            await who.get(path)
            assert not re.search(r"<article[^>]*>(?:(?!</article>).)*Needle", who.text, re.DOTALL)
    for path in ("/home", "/favourites", "/saved", "/notifications"):
        await bob.get(path)
        assert "Needle" not in bob.text, path


async def test_pv20_a_picture_taken_away_is_gone(
    alice: Browser, browser: Browser, instance: Instance
) -> None:
    await alice.get("/settings/profile")
    await alice.send_files("/settings/profile", {"avatar": picture()})
    found = re.search(r'src="(?:https://alpha.test)?(/media/[^"]+)"', alice.text)
    assert found
    assert (await browser.get(found[1])).status == 200
    await alice.get("/settings/profile")
    await alice.submit("/settings/profile", avatar_remove="1")
    assert (await browser.get(found[1])).status == 404
    folder = Path(instance.settings.data_dir) / "media"
    assert not [each for each in folder.rglob("*") if each.is_file()]


async def test_pv21_no_page_of_a_person_is_kept_for_another(cast: Cast) -> None:
    post = await cast.alice.write("Mine", audience="followers")
    for path in (post, "/home", "/@alice", "/notifications"):
        answer = await cast.alice.get(path)
        assert answer.headers["cache-control"] == "private, no-store", path
        assert "Cookie" in answer.headers["vary"], path


async def test_pv25_an_answer_is_never_wider_than_the_post(cast: Cast) -> None:
    post = await cast.alice.write("For friends", audience="followers")
    await cast.follower.get(post)
    (audiences,) = re.findall(
        r'<select[^>]*name="audience".*?</select>', cast.follower.text, re.DOTALL
    )
    options = re.findall(r'<option value="(\w+)"[^>]*>(?:Every|My|Only)', audiences)
    assert set(options) == {"followers", "direct"}
    await cast.follower.submit("/compose", text="louder", audience="public")
    await cast.stranger.get("/@follower/replies")
    assert "louder" not in cast.stranger.text
