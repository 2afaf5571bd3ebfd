"""Posts in another language, and posts that link to a page."""

import json
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from instance.resources import Instance
from instance.settings import Settings, TranslationSettings
from storage import cards
from storage.records import Card, CardState, RowId
from tests.clients.apps import App, say
from tests.clients.schema import assert_valid
from tests.instances import Instances
from tests.internet import FakeInternet
from tests.pages.browser import Browser
from tests.pages.conftest import LIMITS

S = "/api/v1/statuses"


@pytest.fixture
async def instance(instances: Instances, request: pytest.FixtureRequest) -> Instance:
    """An instance with a translator, but for tests that say it has none."""
    url = "" if "nothing" in request.node.name else "https://translate.test/"
    settings = replace(
        Settings(), limits=LIMITS, translation=TranslationSettings(url=url, api_key="secret")
    )
    opened = replace(settings.registration, mode="open")
    return await instances.make("alpha", replace(settings, registration=opened))


def translate(request: httpx2.Request) -> httpx2.Response:
    """What a LibreTranslate answers."""
    asked = json.loads(request.content)
    assert asked["api_key"] == "secret"
    return httpx2.Response(
        200,
        json={
            "translatedText": [
                f"{text}<script>x</script> ({asked['target']})" for text in asked["q"]
            ],
            "detectedLanguage": [{"confidence": 90, "language": "de"}] * len(asked["q"]),
        },
    )


async def test_b84_a_post_is_translated_once(phone: App, internet: FakeInternet) -> None:
    """B84: POST /api/v1/statuses/{id}/translate; what comes back is markup of a stranger."""
    internet.add("translate.test", translate)
    made = await say(phone, "Hallo", spoiler_text="a < b", **{"poll[options][]": ["x", "y"]})
    path = f"{S}/{made['id']}/translate"
    found = await phone.post(path, {"lang": "en"})
    assert phone.status == 200, found
    assert_valid("POST", f"{S}/{{id}}/translate", 200, found)
    assert "script" not in found["content"]
    assert found["content"].startswith("<p>Hallo</p>")
    assert found["detected_source_language"] == "de"
    assert found["spoiler_text"].startswith("a < b")
    assert len(found["poll"]["options"]) == 2
    assert await phone.post(path, {"lang": "en"}) == found
    assert len(internet.sent_to("translate.test")) == 1
    await phone.post(path, {"lang": "no language"})
    assert phone.status == 422


async def test_b84_the_languages_are_those_of_the_translator(
    phone: App, internet: FakeInternet
) -> None:
    """B84: GET /api/v1/instance/translation_languages; asked for once an hour."""
    listed = [{"code": "de", "name": "German", "targets": ["de", "en"]}]
    internet.add("translate.test", lambda _: httpx2.Response(200, json=listed))
    for _ in range(2):
        found = await phone.get("/api/v1/instance/translation_languages")
        assert_valid("GET", "/api/v1/instance/translation_languages", phone.status, found)
        assert found == {"de": ["en"]}
    assert len(internet.sent_to("translate.test", "GET")) == 1
    about = await phone.get("/api/v2/instance")
    assert about["configuration"]["translation"] == {"enabled": True}


async def test_b84_what_is_private_is_given_to_nobody(phone: App, internet: FakeInternet) -> None:
    """B84, PV-3: nothing but public posts leaves the server."""
    internet.add("translate.test", translate)
    made = await say(phone, "psst", visibility="private")
    await phone.post(f"{S}/{made['id']}/translate", {"lang": "en"})
    assert phone.status == 403
    assert internet.sent_to("translate.test") == []


@pytest.mark.parametrize("answer", [{}, {"translatedText": "one"}, {"translatedText": [1]}])
async def test_b84_a_translator_that_answers_nonsense(
    phone: App, internet: FakeInternet, answer: dict[str, Any]
) -> None:
    """B84: it is said, and nothing is kept of it."""
    internet.add("translate.test", lambda _: httpx2.Response(200, json=answer))
    made = await say(phone)
    await phone.post(f"{S}/{made['id']}/translate")
    assert phone.status in {502, 503}


async def test_b84_with_nothing_that_translates(phone: App) -> None:
    """B84: then there is nothing at the address, as with Mastodon."""
    made = await say(phone)
    await phone.post(f"{S}/{made['id']}/translate")
    assert phone.status == 404


async def test_posts_that_link_to_a_page(phone: App, alice: Browser, instance: Instance) -> None:
    """GET /api/v1/timelines/link: public posts with this card, of who wants to be found."""
    del alice
    url = "https://news.test/story"
    made = await say(phone, f"look {url}")
    hidden = await say(phone, f"psst {url}", visibility="private")
    now = instance.now()
    card = Card(instance.ids.new(), cards.key_of(url), url, CardState.READY, now, now)
    with instance.store.active():
        async with instance.store.transaction():
            await cards.CARDS.insert_if_new(card)
            known = await cards.find(card.key) or card
            for each in (made, hidden):
                await cards.link(RowId(int(each["id"])), known.id)
    found = await App(phone.app).get("/api/v1/timelines/link", url=url)
    assert_valid("GET", "/api/v1/timelines/link", 200, found)
    assert [each["id"] for each in found] == [made["id"]]
    await phone.send("PATCH", "/api/v1/accounts/update_credentials", {"discoverable": "false"})
    assert await phone.get("/api/v1/timelines/link", url=url) == []
    assert await phone.get("/api/v1/timelines/link", url="https://news.test/other") == []
    await phone.get("/api/v1/timelines/link")
    assert phone.status == 422
