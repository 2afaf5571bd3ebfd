"""Statuses of several kinds, as they were read by eye once beside Mastodon's documentation.

`KITTIWAKE_TEST_GOLDEN=write pytest tests/clients/test_golden_statuses.py` writes the golden files
again; read what changed. https://docs.joinmastodon.org/entities/Status/
"""

import json
import os
import re
from typing import Any

import pytest

from instance.resources import Instance
from storage import emojis
from storage.records import CustomEmoji
from tests.clients.apps import App, say
from tests.clients.test_media import upload
from tests.instances import FakeClock, drain
from tests.internet import FakeInternet
from tests.pictures import picture
from tests.tidy.source import ROOT
from tests.usecases.test_cards import URL, Paper

S = "/api/v1/statuses"
GOLDEN = ROOT / "tests" / "data" / "golden" / "statuses"
IS_WRITING = os.environ.get("KITTIWAKE_TEST_GOLDEN") == "write"
# What differs from run to run: ids and names of files; and with libraries: how pictures blur.
_ID, _FILE = re.compile(r"\b[0-9]{15,20}\b"), re.compile(r"\b[0-9a-f]{32}\b")
_BLURHASH = re.compile(r'(?<="blurhash": ")[^"]+')


@pytest.fixture
async def said(
    tusky: App, second: App, instance: Instance, internet: FakeInternet, clock: FakeClock
) -> dict[str, Any]:
    """A status of each kind, as Alice's app is shown it when all jobs are done."""
    Paper(internet)
    with instance.store.active():
        url = "https://alpha.test/media/gull.webp"
        await emojis.insert(CustomEmoji("gull", url, "image/webp", instance.now()))
    options = {"poll[options][]": ["Gulls", "Terns"], "poll[expires_in]": "3600"}
    file = await upload(tusky, picture((1440, 640)), description="Two colours", focus="0.5,-0.25")
    bobs = await say(second, "What I think", visibility="unlisted", language="de")
    made = {
        "picture": await say(tusky, "Look", **{"media_ids[]": file["id"], "sensitive": "true"}),
        "poll": await say(tusky, "Which ones?", **options, **{"poll[multiple]": "true"}),
        "quote": await say(tusky, "So true", quoted_status_id=bobs["id"]),
        "card": await say(tusky, f"Read {URL}"),
        "local-only": await say(tusky, "Among us", local_only="true"),
        "markdown": await say(
            tusky, "# Gulls\n- **one** :gull:\n- `two`", content_type="text/markdown"
        ),
        "answer": await say(
            tusky,
            "@bob me too #Gulls",
            in_reply_to_id=bobs["id"],
            spoiler_text="About birds",
            visibility="private",
        ),
        "direct": await say(tusky, "@bob psst", visibility="direct"),
    }
    clock.advance(minutes=2)  # a page is asked about itself a minute later
    with instance.store.active():
        await drain(instance)
    await second.post(f"/api/v1/polls/{made['poll']['id']}/votes", {"choices[]": ["0", "1"]})
    await tusky.send(
        "PUT", f"{S}/{made['markdown']['id']}", {"status": "# Gulls\n- **two** :gull:\n- `@bob`"}
    )
    for act in ("favourite", "bookmark", "reblog"):
        await tusky.post(f"{S}/{bobs['id']}/{act}")
    shown = {kind: await tusky.get(f"{S}/{each['id']}") for kind, each in made.items()}
    home = await tusky.get("/api/v1/timelines/home")
    return shown | {"boost": next(each for each in home if each["reblog"])}


async def test_statuses_read_as_they_did(said: dict[str, Any]) -> None:
    """GET /api/v1/statuses/{id}, GET /api/v1/timelines/home: letter by letter (B15, B36, B48).

    Accounts stand as their handles: they have tests of their own.
    """
    shown = {kind: _written(each) for kind, each in said.items()}
    if IS_WRITING:
        GOLDEN.mkdir(exist_ok=True)
        for kind, text in shown.items():
            (GOLDEN / f"{kind}.json").write_text(text)
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(shown)
    for kind, text in shown.items():
        assert text == (GOLDEN / f"{kind}.json").read_text(), kind


def _written(status: dict[str, Any]) -> str:
    text = json.dumps(_without_accounts(status), indent=1, ensure_ascii=False) + "\n"
    for number, found in enumerate(dict.fromkeys(_ID.findall(text)), start=1):
        text = text.replace(found, f"id-{number}")
    return _BLURHASH.sub("hash", _FILE.sub("file", text))


def _without_accounts(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_accounts(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: each["acct"] if key == "account" and each else _without_accounts(each)
        for key, each in value.items()
    }
