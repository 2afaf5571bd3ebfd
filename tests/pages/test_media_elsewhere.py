"""Pictures whose files are kept in an S3-compatible store: uploaded, shown, and when it fails."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from instance.resources import Instance
from storage.s3_blobs import S3Blobs
from tests.pages.browser import Browser
from tests.pages.test_settings import picture
from tests.s3 import BUCKET, KEYS, Store, broken_store, s3_store
from webapp.app import create_asgi

FAILING = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with s3_store(tmp_path_factory.mktemp("s3")) as store:
        yield store


def _blobs(endpoint: str, public_url: str = "") -> S3Blobs:
    return S3Blobs(
        f"s3://{BUCKET}",
        endpoint=endpoint,
        region="us-east-1",
        keys=KEYS,
        public_url=public_url,
    )


@pytest.fixture
async def in_s3(instance: Instance, s3: Store) -> AsyncIterator[Any]:
    blobs = _blobs(s3.endpoint)
    yield create_asgi(replace(instance, blobs=blobs))
    await blobs.close()


async def _upload(browser: Browser) -> str:
    """Upload a picture and return the path at which it is shown."""
    await browser.get("/settings/profile")
    await browser.send_files("/settings/profile", {"avatar": picture()})
    page = (await browser.get("/@alice")).text
    return "/media/" + page.partition("/media/")[2].partition('"')[0]


async def test_a_picture_goes_into_the_store_and_comes_from_there(
    in_s3: Any, instance: Instance, s3: Store
) -> None:
    of_other_tests = s3.names()
    alice = await Browser(in_s3).sign_up("alice")
    path = await _upload(alice)
    name = path.removeprefix("/media/")
    assert s3.names() - of_other_tests == {name}
    shown = await alice.get(path)
    assert shown.status == 200
    assert shown.headers["content-type"] == "image/webp"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert (await alice.get("/media/00000000000000000000000000000000.webp")).status == 404
    assert (await alice.get("/media/-aaaaaaaa.webp")).status == 404

    public = _blobs(s3.endpoint, "https://files.example.org/kittiwake")
    elsewhere = Browser(create_asgi(replace(instance, blobs=public)))
    sent_on = await elsewhere.request("GET", path)
    assert sent_on.status == 302
    assert sent_on.headers["location"] == f"https://files.example.org/kittiwake/{name}"
    await public.close()

    await alice.get("/settings/profile")
    await alice.submit("/settings/profile", avatar_remove="1")
    assert s3.names() == of_other_tests


async def test_fa30_an_upload_to_a_store_that_fails_is_503_and_changes_nothing(
    in_s3: Any, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FA-30: 503 with Retry-After; the profile keeps what it had, other pages go on."""
    alice = await Browser(in_s3).sign_up("alice")
    path = await _upload(alice)
    monkeypatch.setattr("storage.s3_blobs.TIMEOUT", timedelta(seconds=0.3))
    for answer in (FAILING, None):
        async with broken_store(answer) as endpoint:
            blobs = _blobs(endpoint)
            alice.app = create_asgi(replace(instance, blobs=blobs))
            await alice.get("/settings/profile")
            refused = await alice.send_files(
                "/settings/profile", {"avatar": picture()}, name="Changed"
            )
            assert refused.status == 503
            assert refused.headers["retry-after"]
            profile = await alice.get("/@alice")
            assert profile.status == 200
            assert path in profile.text
            assert "Changed" not in profile.text
            assert (await alice.get(path)).status == 503
            await blobs.close()
