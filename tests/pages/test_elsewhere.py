"""People and posts of other servers on our pages: first look, counts, links, tags."""

import re
from typing import Any

import pytest

from instance.settings import RegistrationSettings, Settings
from tests.instances import Instances
from tests.pages.browser import Browser
from webapp.app import create_asgi


class There(Browser):
    """A person at beta.test."""

    async def request(self, method: str, path: str, body: bytes = b"", sends: Any = None) -> Any:
        given = {"Host": "beta.test", **(sends or {})}
        if "Origin" in given:
            given["Origin"] = "https://beta.test"
        return await super().request(method, path, body, given)


@pytest.fixture
async def ben(instances: Instances) -> There:
    """Ben lives on another server that federates with ours."""
    beta = await instances.make("beta", Settings(registration=RegistrationSettings("open")))
    return await There(create_asgi(beta)).sign_up("ben")  # type: ignore[return-value]  # sign_up returns itself


async def test_the_first_look_at_somebody_elsewhere_has_a_profile_with_counts(
    alice: Browser, ben: There, instances: Instances
) -> None:
    for number in range(3):
        await ben.write(f"Words {number}")
    await alice.get("/search?q=%40ben%40beta.test")
    assert 'href="/@ben@beta.test"' in alice.text
    await alice.get("/@ben@beta.test")
    assert alice.status == 200
    assert 'action="/@ben@beta.test/follow"' in alice.text
    await instances.settle()
    await alice.get("/@ben@beta.test")
    assert "<b>3</b> posts" in alice.text
    for tab in ("", "/replies", "/followers", "/following"):
        await alice.get(f"/@ben@beta.test{tab}")
        assert alice.status == 200, tab


async def test_a_stranger_makes_this_server_ask_nobody(browser: Browser, ben: There) -> None:
    del ben
    assert (await browser.get("/@ben@beta.test")).status == 404


async def test_mentions_and_tags_of_remote_posts_lead_here(
    alice: Browser, browser: Browser, ben: There, instances: Instances
) -> None:
    await alice.get("/search?q=%40ben%40beta.test")
    await alice.submit("/@ben@beta.test/follow")
    await instances.settle()
    await ben.write("@alice@alpha.test look at #Tide and https://example.org/x")
    await instances.settle()
    await alice.get("/home")
    article = re.findall(r"<article.*?</article>", alice.text, re.DOTALL)[0]
    assert 'href="/@alice" class="u-url mention"' in article
    assert 'href="/tags/tide" class="mention hashtag"' in article
    assert 'href="https://example.org/x"' in article
    assert "https://beta.test/tags" not in article
    assert "https://alpha.test/@alice" not in article
    for who in (alice, browser):
        await who.get("/tags/tide")
        assert "look at" in who.text, "tag pages show posts of other servers too"
