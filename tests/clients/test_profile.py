"""One's own profile by an app: changed, with pictures; preferences; hashtags that it shows."""

from typing import Any

import pytest

from instance.resources import Instance
from posts import featuring
from storage import actors
from storage.records import Actor, ActorKind
from tests.clients.acting import active as active
from tests.clients.acting import him as him
from tests.clients.acting import me as me
from tests.clients.apps import App
from tests.clients.schema import assert_valid
from tests.pictures import picture
from tests.usecases.social import say

UPDATE = "/api/v1/accounts/update_credentials"
PROFILE = "/api/v1/profile"


def multipart(fields: dict[str, str], **files: bytes) -> tuple[bytes, str]:
    """A form with files: its body and its content type."""
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for name, data in files.items():
        head = f'--x\r\nContent-Disposition: form-data; name="{name}"; filename="a.png"\r\n'
        parts.append(head.encode() + b"Content-Type: image/png\r\n\r\n" + data + b"\r\n")
    return b"".join([*parts, b"--x--\r\n"]), "multipart/form-data; boundary=x"


async def test_a_profile_is_changed_as_old_apps_do_it(phone: App, me: Actor) -> None:
    """B19, B21, B22. `PATCH /api/v1/accounts/update_credentials`: texts, lines, switches."""
    found = await phone.send(
        "PATCH",
        UPDATE,
        {
            "display_name": "Alice A.",
            "note": "Hello #world",
            "locked": "true",
            "bot": "true",
            "discoverable": "false",
            "indexable": "true",
            "hide_collections": "true",
            "fields_attributes[0][name]": "Web",
            "fields_attributes[0][value]": "https://alice.example",
            "fields_attributes[1][name]": "Sea",
            "fields_attributes[1][value]": "North",
            "source[privacy]": "private",
            "source[sensitive]": "true",
            "source[language]": "de",
            "source[quote_policy]": "followers",
            "attribution_domains[]": ["https://www.News.example/about", "b.example"],
        },
    )
    assert_valid("PATCH", UPDATE, 200, found)
    assert (found["display_name"], found["locked"], found["bot"]) == ("Alice A.", True, True)
    assert (found["discoverable"], found["indexable"], found["noindex"]) == (False, True, False)
    source = found["source"]
    assert source["note"] == "Hello #world"
    assert [(line["name"], line["value"]) for line in source["fields"]] == [
        ("Web", "https://alice.example"),
        ("Sea", "North"),
    ]
    assert (source["privacy"], source["sensitive"], source["language"]) == ("private", True, "de")
    assert source["quote_policy"] == "followers"
    assert source["attribution_domains"] == ["news.example", "b.example"]
    assert (await actors.get(me.id)).kind is ActorKind.SERVICE

    preferences = await phone.get("/api/v1/preferences")
    assert preferences["posting:default:visibility"] == "private"
    posted = await phone.post("/api/v1/statuses", {"status": "as I like it"})
    assert (posted["visibility"], posted["sensitive"]) == ("private", True)
    assert posted["language"] == "de"


async def test_what_is_not_sent_stays(phone: App) -> None:
    before = await phone.send("PATCH", UPDATE, {"display_name": "One", "note": "words"})
    after = await phone.json("PATCH", UPDATE, {"display_name": "Two"})
    assert after | {"display_name": "One"} == before
    assert await phone.send("PATCH", UPDATE) == after
    await phone.send("PATCH", UPDATE, {"fields_attributes[0][name]": "a"})
    nulls = {"fields_attributes": None, "attribution_domains": None, "note": None}
    after = await phone.json("PATCH", UPDATE, nulls)
    assert [each["name"] for each in after["fields"]] == ["a"], "null says nothing"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"display_name": "x" * 101}, "display_name"),
        ({"note": "x" * 501}, "note"),
        ({"source[privacy]": "everybody"}, "default_visibility"),
        ({"source[language]": "x"}, "language"),
        ({"source[quote_policy]": "me"}, "quote_approval_policy"),
        ({"attribution_domains[]": [f"{n}.example" for n in range(11)]}, "attribution_domains"),
        ({f"fields_attributes[{n}][name]": "x" for n in range(5)}, "fields_attributes"),
    ],
)
async def test_what_is_wrong_is_named(phone: App, sent: dict[str, Any], field: str) -> None:
    before = await phone.get("/api/v1/accounts/verify_credentials")
    found = await phone.send("PATCH", UPDATE, sent)
    assert phone.status == 422, found
    assert list(found["details"]) == [field]
    assert_valid("PATCH", UPDATE, 422, found)
    assert await phone.get("/api/v1/accounts/verify_credentials") == before


async def test_a_profile_is_changed_as_new_apps_do_it(phone: App) -> None:
    """B19. `PATCH /api/v1/profile`, `GET /api/v1/profile`: as typed, null where nothing is."""
    found = await phone.get(PROFILE)
    assert_valid("GET", PROFILE, 200, found)
    assert found["avatar"] is found["header"] is None
    found = await phone.json(
        "PATCH",
        PROFILE,
        {
            "note": "I *am*",
            "fields_attributes": [{"name": "a", "value": "b"}],
            "avatar_description": "A gull",
        },
    )
    assert_valid("PATCH", PROFILE, 200, found)
    assert found["note"] == "I *am*"
    assert found["fields"] == [{"name": "a", "value": "b", "verified_at": None}]
    assert found["avatar_description"] == "A gull"
    assert await phone.get(PROFILE) == found


async def test_pictures_of_a_profile(phone: App, client: App, me: Actor) -> None:
    """B19. `DELETE /api/v1/profile/avatar`, `DELETE /api/v1/profile/header`, after both came."""
    body, kind = multipart({"display_name": "Al"}, avatar=picture(), header=picture())
    found = await phone.call("PATCH", UPDATE, body, kind)
    assert phone.status == 200, found
    assert found["avatar"].startswith("https://alpha.test/media/")
    assert found["header"].startswith("https://alpha.test/media/")
    await client.call("GET", found["avatar"].removeprefix("https://alpha.test"))
    assert client.status == 200
    for which in ("avatar", "header"):
        found = await phone.send("DELETE", f"{PROFILE}/{which}")
        assert_valid("DELETE", f"{PROFILE}/{which}", 200, found)
        assert (await phone.get(PROFILE))[which] is None
    assert (await actors.get(me.id)).avatar_url is None
    body, kind = multipart({}, avatar=b"no picture")
    await phone.call("PATCH", PROFILE, body, kind)
    assert phone.status == 422


async def test_preferences(phone: App) -> None:
    """`GET /api/v1/preferences`."""
    found = await phone.get("/api/v1/preferences")
    assert_valid("GET", "/api/v1/preferences", 200, found)
    assert found["posting:default:visibility"] == "public"
    assert found["posting:default:sensitive"] is False
    assert found["posting:default:quote_policy"] == "public"


# ---------------------------------------------------------------- hashtags


async def test_hashtags_that_a_profile_shows(
    phone: App, client: App, instance: Instance, me: Actor
) -> None:
    """`POST /api/v1/featured_tags`, `GET /api/v1/featured_tags`,
    `GET /api/v1/accounts/{id}/featured_tags`, `DELETE /api/v1/featured_tags/{id}`."""
    await say(instance, me, "at the #Sea")
    await say(instance, me, "not for all #sea", visibility="followers")
    made = await phone.post("/api/v1/featured_tags", {"name": "#Sea"})
    assert_valid("POST", "/api/v1/featured_tags", 200, made)
    assert (made["name"], made["statuses_count"]) == ("Sea", "1")
    assert made["url"] == "https://alpha.test/tags/sea"
    found = await client.get(f"/api/v1/accounts/{me.id}/featured_tags")
    assert_valid("GET", "/api/v1/accounts/{id}/featured_tags", 200, found)
    assert found == await phone.get("/api/v1/featured_tags") == [made]
    assert_valid("GET", "/api/v1/featured_tags", 200, found)
    for wrong in ("sea", "SEA", "", "#", "two words", "1"):
        await phone.post("/api/v1/featured_tags", {"name": wrong})
        assert phone.status == 422, wrong
    gone = await phone.send("DELETE", f"/api/v1/featured_tags/{made['id']}")
    assert_valid("DELETE", "/api/v1/featured_tags/{id}", 200, gone)
    assert await phone.get("/api/v1/featured_tags") == []
    await phone.send("DELETE", f"/api/v1/featured_tags/{made['id']}")
    assert phone.status == 404


async def test_a_profile_has_room_for_ten_hashtags(phone: App) -> None:
    for number in range(11):
        await phone.post("/api/v1/featured_tags", {"name": f"tag{number}"})
    assert phone.status == 422
    assert len(await phone.get("/api/v1/featured_tags")) == 10


async def test_nobody_removes_hashtags_of_others(
    phone: App, instance: Instance, him: Actor
) -> None:
    made = await featuring.add(instance, him, "his")
    await phone.send("DELETE", f"/api/v1/featured_tags/{made.hashtag.id}")
    assert phone.status == 404
    assert [each.uses for each in await featuring.of(him)] == [0]


async def test_hashtags_that_a_profile_could_show(
    phone: App, instance: Instance, me: Actor
) -> None:
    """`GET /api/v1/featured_tags/suggestions`: the most used first, without those that it shows."""
    for text in ("#sea #gulls", "#sea", "#sea #storm", "#storm"):
        await say(instance, me, text)
    await say(instance, me, "#secret", visibility="direct")
    await phone.post("/api/v1/featured_tags", {"name": "storm"})
    found = await phone.get("/api/v1/featured_tags/suggestions")
    assert_valid("GET", "/api/v1/featured_tags/suggestions", 200, found)
    assert [each["name"] for each in found] == ["sea", "gulls"]


async def test_sites_that_name_somebody_as_author_are_told_to_other_servers(
    phone: App, client: App, me: Actor
) -> None:
    """What a site says of its author counts where the author agrees (`fediverse:creator`)."""
    path = me.uri.removeprefix("https://alpha.test")
    document = await client.call("GET", path, Accept="application/activity+json")
    assert "attributionDomains" not in document
    await phone.json("PATCH", UPDATE, {"attribution_domains": ["News.example"]})
    document = await client.call("GET", path, Accept="application/activity+json")
    assert document["attributionDomains"] == ["news.example"]
    await phone.json("PATCH", UPDATE, {"attribution_domains": []})
    document = await client.call("GET", path, Accept="application/activity+json")
    assert "attributionDomains" not in document
