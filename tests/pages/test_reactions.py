"""Who favourited and boosted; private posts; what threads show of deleted posts."""

import re

import pytest

from tests.instances import Instances
from tests.pages.browser import Browser


def number(path: str) -> str:
    return path.rpartition("/")[2]


@pytest.mark.parametrize(("press", "listed"), [("favourite", "favourites"), ("boost", "boosts")])
async def test_lists_of_who_did(
    alice: Browser, bob: Browser, browser: Browser, press: str, listed: str
) -> None:
    post = await alice.write("Press me")
    path = f"/posts/{number(post)}/{listed}"
    await bob.get(post)
    assert f'href="{path}"' not in bob.text
    await bob.submit(f"/{press}$")
    await browser.get(post)
    assert f'href="{path}"' in browser.text
    await browser.get(path)
    assert browser.status == 200
    assert 'href="/@bob"' in browser.text
    assert f'href="{post}"' in browser.text


async def test_pv3_pv22_lists_of_hidden_posts_are_not_found(
    alice: Browser, bob: Browser, browser: Browser
) -> None:
    for audience in ("followers", "direct"):
        post = await alice.write("For few", audience=audience)
        for listed in ("favourites", "boosts"):
            for who, status in ((browser, 404), (bob, 404), (alice, 200)):
                await who.get(f"/posts/{number(post)}/{listed}")
                assert who.status == status, (audience, listed)


async def test_pv3_who_blocks_me_is_not_on_the_list(alice: Browser, bob: Browser) -> None:
    post = await alice.write("Press me")
    await bob.get(post)
    await bob.submit("/favourite$")
    await bob.get("/@alice")
    carla = await Browser(alice.app).sign_up("carla")
    await bob.get("/@carla")
    await bob.submit("/@carla/block")
    await carla.get(f"/posts/{number(post)}/favourites")
    assert carla.status == 200
    assert 'href="/@bob"' not in carla.text


async def test_own_private_posts_are_found(alice: Browser, bob: Browser, browser: Browser) -> None:
    await bob.get("/@alice")
    await bob.submit("/@alice/follow")
    await alice.write("@bob a secret", audience="direct")
    await alice.write("Not a secret")
    await alice.get("/@alice")
    assert 'href="/private"' in alice.text
    for who in (alice, bob):
        await who.get("/private")
        assert "a secret" in who.text
        assert "Not a secret" not in who.text
        assert "held back" not in who.text
    carla = await Browser(alice.app).sign_up("carla")
    await carla.get("/private")
    assert "a secret" not in carla.text
    await browser.get("/private")
    assert browser.path.startswith("/log-in")


async def test_b93_b94_private_posts_of_strangers_wait_until_they_are_let_in(
    alice: Browser, bob: Browser
) -> None:
    await alice.write("@bob a secret", audience="direct")
    await bob.get("/private")
    assert "a secret" not in bob.text
    assert "<b>1 person</b> you may not know is held back." in bob.text
    await bob.get("/notifications/requests")
    assert "a secret" in bob.text
    who = re.search(r'name="(who_\d+)"', bob.text)
    assert who
    await bob.submit("/notifications/requests", **{who[1]: "1", "do": "accept"})
    await bob.get("/private")
    assert "a secret" in bob.text
    assert "held back" not in bob.text


async def test_each_audience_but_everyone_has_its_mark(alice: Browser) -> None:
    for audience, words in (
        ("unlisted", "Everyone, quietly"),
        ("followers", "Followers only"),
        ("direct", "Only people mentioned"),
    ):
        await alice.write("Marked", audience=audience)
        await alice.get("/home")
        article = re.findall(r"<article.*?</article>", alice.text, re.DOTALL)[0]
        assert words in article


async def test_a_deleted_post_keeps_its_place_in_a_thread(
    alice: Browser, bob: Browser, instances: Instances
) -> None:
    top = await alice.write("The first words")
    await bob.get(top)
    await bob.submit("/compose", text="The second words")
    middle = re.search(r'href="(/@bob/\d+)"', bob.text)
    assert middle
    await alice.get(middle[1])
    await alice.submit("/compose", text="The third words")
    last = re.findall(r'href="(/@alice/\d+)"', alice.text)[-1]
    await bob.get(f"/posts/{number(middle[1])}/delete")
    await bob.submit("/delete$")
    await instances.settle()
    for path in (top, last):
        await alice.get(path)
        assert "This post was deleted by its author." in alice.text, path
        assert "The first words" in alice.text
        assert "The third words" in alice.text
        assert "The second words" not in alice.text
    await alice.get(f"/posts/{number(last)}/delete")
    await alice.submit("/delete$")
    await alice.get(top)
    assert "deleted by its author" not in alice.text, "nothing hangs below it any more"


async def test_a_press_leaves_the_main_post_as_it_was(alice: Browser, bob: Browser) -> None:
    post = await bob.write("Main")
    await alice.get(post)
    form = alice.form("/favourite")
    await alice.post(form.action, {**form.fields, "do": "do"}, HX_Request="true")
    assert 'class="post hero h-entry"' in alice.text
    assert f"/posts/{number(post)}/favourites" in alice.text
