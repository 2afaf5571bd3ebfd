"""What a server says about itself: documents, rules, texts, servers kept away (B120, B132)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

import commands.site
import main
from instance.errors import Invalid, NotFound
from instance.resources import Instance
from instance.settings import FederationSettings, Settings
from moderation import hosts
from storage import site, site_texts
from storage.records import HostRule, HostSeverity, SiteTextKind
from tests.clients.apps import App
from tests.clients.schema import assert_valid
from tests.instances import Instances
from tests.pages.browser import Browser
from users import site_texts as texts
from webapp.app import create_asgi


@pytest.fixture(autouse=True)
def _active(instance: Instance) -> Iterator[None]:
    with instance.store.active():
        yield


async def test_consequence_17_streams_are_at_ws_where_the_server_is_at_http(
    instances: Instances,
) -> None:
    """Apps take the address as it stands, and fail with TLS where there is none (INTEROP 17)."""
    plain = await instances.make("plain", Settings(federation=FederationSettings(plain_http=True)))
    client = App(create_asgi(plain))
    found = await client.get("/api/v2/instance")
    assert found["configuration"]["urls"]["streaming"] == "ws://plain.test"
    assert (await client.get("/api/v1/instance"))["urls"]["streaming_api"] == "ws://plain.test"


async def test_b120_the_instance_document_is_whole(client: App, instance: Instance) -> None:
    """B120: GET /api/v2/instance, GET /api/v1/instance."""
    await texts.add_rule(instance, "Be kind.", hint="Always.")
    await texts.set_contact(instance, "owner@alpha.test")
    found = await client.get("/api/v2/instance")
    assert_valid("GET", "/api/v2/instance", client.status, found)
    assert found["domain"] == "alpha.test"
    assert found["configuration"]["urls"]["streaming"] == "wss://alpha.test"
    assert found["configuration"]["statuses"]["max_characters"] == 500
    assert found["configuration"]["statuses"]["max_media_attachments"] == 4
    assert "image/webp" in found["configuration"]["media_attachments"]["supported_mime_types"]
    assert found["configuration"]["vapid"]["public_key"]
    assert found["api_versions"]["mastodon"] >= 7
    assert found["version"].startswith("4.")
    assert "Kittiwake" in found["version"]
    assert [rule["text"] for rule in found["rules"]] == ["Be kind."]
    assert found["contact"]["email"] == "owner@alpha.test"
    older = await client.get("/api/v1/instance")
    assert_valid("GET", "/api/v1/instance", client.status, older)
    assert older["urls"] == {"streaming_api": "wss://alpha.test"}
    assert older["stats"]["user_count"] == 0
    assert older["email"] == "owner@alpha.test"


async def test_b120_numbers_are_counted(client: App, alice: Browser, instance: Instance) -> None:
    """B120: GET /api/v1/instance/activity; alice signed up and wrote something."""
    await alice.get("/compose")
    await alice.submit("/compose", text="Good morning")
    found = await client.get("/api/v1/instance/activity")
    assert_valid("GET", "/api/v1/instance/activity", client.status, found)
    assert len(found) == 12
    assert found[0]["statuses"] == "1"
    assert found[0]["registrations"] == "1"
    assert {week["statuses"] for week in found[1:]} == {"0"}
    assert int(found[0]["week"]) <= instance.now().timestamp()
    assert int(found[0]["week"]) - int(found[1]["week"]) == 7 * 24 * 60 * 60
    seen = await client.get("/api/v1/instance")
    assert seen["stats"]["user_count"] == 1
    assert seen["stats"]["status_count"] == 1


async def test_rules_are_in_force_until_they_are_removed(client: App, instance: Instance) -> None:
    """GET /api/v1/instance/rules."""
    first = await texts.add_rule(instance, "Be kind.")
    await texts.add_rule(instance, "No spam.", hint="Nor ads.")
    found = await client.get("/api/v1/instance/rules")
    assert_valid("GET", "/api/v1/instance/rules", client.status, found)
    assert [(rule["text"], rule["hint"]) for rule in found] == [
        ("Be kind.", ""),
        ("No spam.", "Nor ads."),
    ]
    await texts.remove_rule(instance, first.id)
    assert [rule["text"] for rule in await client.get("/api/v1/instance/rules")] == ["No spam."]
    assert [rule.text for rule in await site_texts.rules_by_ids([first.id])] == ["Be kind."]
    with pytest.raises(NotFound):
        await texts.remove_rule(instance, first.id)
    for wrong in ("", "x" * 501):
        with pytest.raises(Invalid):
            await texts.add_rule(instance, wrong)


async def test_texts_are_markup_and_the_newest_counts(client: App, instance: Instance) -> None:
    """GET /api/v1/instance/extended_description, GET /api/v1/instance/privacy_policy."""
    path = "/api/v1/instance/extended_description"
    found = await client.get(path)
    assert_valid("GET", path, client.status, found)
    for words in ("Old.", "We <b>talk</b>.\n\nSee https://alpha.test/more"):
        await texts.publish(instance, SiteTextKind.ABOUT, words)
    found = await client.get(path)
    assert_valid("GET", path, client.status, found)
    assert found["content"].startswith("<p>We &lt;b&gt;talk&lt;/b&gt;.</p>")
    assert 'href="https://alpha.test/more"' in found["content"]
    path = "/api/v1/instance/privacy_policy"
    found = await client.get(path)
    assert_valid("GET", path, client.status, found)
    assert "no trackers" in found["content"]  # what is true without anybody writing it
    await texts.publish(instance, SiteTextKind.PRIVACY, "Ours.")
    assert (await client.get(path))["content"] == "<p>Ours.</p>"


async def test_terms_take_effect_on_their_day(client: App, instance: Instance, clock: Any) -> None:
    """GET /api/v1/instance/terms_of_service, GET /api/v1/instance/terms_of_service/{date}."""
    path = "/api/v1/instance/terms_of_service"
    await client.get(path)
    assert client.status == 404
    today = instance.now().date()
    later = today + timedelta(days=10)
    await texts.publish(instance, SiteTextKind.TERMS, "One.")
    await texts.publish(instance, SiteTextKind.TERMS, "Two.", effective_on=later)
    found = await client.get(path)
    assert_valid("GET", path, client.status, found)
    assert (found["content"], found["effective"]) == ("<p>One.</p>", True)
    assert found["succeeded_by"] == later.isoformat()
    ahead = await client.get(f"{path}/{later.isoformat()}")
    assert_valid("GET", "/api/v1/instance/terms_of_service/{date}", client.status, ahead)
    assert (ahead["content"], ahead["effective"]) == ("<p>Two.</p>", False)
    clock.advance(days=11)
    assert (await client.get(path))["content"] == "<p>Two.</p>"
    for day in ("2020-01-01", "soon"):
        await client.get(f"{path}/{day}")
        assert client.status == 404
    with pytest.raises(Invalid):
        await texts.publish(instance, SiteTextKind.TERMS, "x", effective_on=date(2020, 1, 1))


async def _rule(instance: Instance, host: str, severity: HostSeverity, **more: Any) -> None:
    now = instance.now()
    await hosts.put(instance, [HostRule(host, severity, now, now, **more)])


@pytest.mark.parametrize("shown_to", ["everybody", "people", "nobody"])
async def test_servers_kept_away_are_told_as_the_owner_wants(
    client: App, phone: App, instance: Instance, shown_to: str
) -> None:
    """GET /api/v1/instance/domain_blocks: half a name, and its digest, where it is obfuscated."""
    policies = replace(instance.settings.policies, host_rules_shown_to=shown_to)
    object.__setattr__(instance.settings, "policies", policies)
    suspend, silence = HostSeverity.SUSPEND, HostSeverity.SILENCE
    await _rule(instance, "loud.example", silence, public_comment="Ads")
    await _rule(instance, "evil.example", suspend, obfuscates=True, comment="ours alone")
    path = "/api/v1/instance/domain_blocks"
    await client.get(path)
    assert client.status == {"everybody": 200, "people": 401, "nobody": 404}[shown_to]
    found = await phone.get(path)
    if shown_to == "nobody":
        assert phone.status == 404
        return
    assert_valid("GET", path, phone.status, found)
    assert [(each["severity"], each["comment"]) for each in found] == [
        ("suspend", None),
        ("silence", "Ads"),
    ]
    assert found[0]["domain"] == "evi*.****ple"
    assert len(found[0]["digest"]) == 64
    assert "ours alone" not in phone.answer.text


async def test_emoji_and_peers_are_listed(client: App) -> None:
    """GET /api/v1/custom_emojis, GET /api/v1/instance/peers.

    GET /api/v1/instance/translation_languages: none, as nothing translates here.
    """
    await site.save(replace(await site.read(), name="Alpha"))
    for path in ("custom_emojis", "instance/peers", "instance/translation_languages"):
        found = await client.get(f"/api/v1/{path}")
        assert_valid("GET", f"/api/v1/{path}", client.status, found)
        assert not found


async def test_languages_have_their_own_names(client: App) -> None:
    """GET /api/v1/instance/languages: documented nowhere, and asked for by libraries of apps."""
    found = await client.get("/api/v1/instance/languages")
    assert {"code": "de", "name": "Deutsch"} in found
    assert len({each["code"] for each in found}) == len(found) > 40


async def test_health_is_told_in_two_letters(client: App) -> None:
    """GET /health."""
    await client.call("GET", "/health")
    assert (client.status, client.answer.text) == (200, "OK")
    assert client.answer.headers["content-type"].startswith("text/plain")


async def test_the_command_site(instance: Instance) -> None:
    parser = main.parser()
    for words in (["site", "rules"], ["site", "publish", "about", "-"]):
        assert parser.parse_args(words).command == "site"
    made = await texts.add_rule(instance, "Be kind.")
    shown = commands.site._listed(await site_texts.rules())
    assert shown.text == f"{made.id}  Be kind."
