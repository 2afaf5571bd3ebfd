"""Web Push: subscriptions of apps, and what arrives at a push service (B113)."""

import base64
import json
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from instance.resources import Instance
from storage import push_subscriptions
from storage.records import RowId
from tests.clients.apps import App
from tests.clients.schema import assert_valid
from tests.instances import FakeClock, drain
from tests.internet import FakeInternet
from tests.pages.browser import Browser
from webapp.mastodon import pushing

PATH = "/api/v1/push/subscription"
ENDPOINT = "https://push.test/send/abc?token=1"
JOBS = {"push": pushing.push, "push_to": pushing.push_to}


class Device:
    """An app's end of Web Push: its keys, and how it reads what it is sent (RFC 8291)."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = b"0123456789abcdef"

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def keys(self) -> dict[str, str]:
        found = {"p256dh": self.point, "auth": self.auth}
        return {name: base64.urlsafe_b64encode(raw).decode() for name, raw in found.items()}

    def read(self, body: bytes) -> dict[str, Any]:
        salt, size, sealed = body[:16], body[20], body[21:]
        point, sealed = sealed[:size], sealed[size:]
        server = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        info = b"WebPush: info\0" + self.point + point
        secret = _derived(self.auth, self.key.exchange(ec.ECDH(), server), info, 32)
        key = _derived(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _derived(salt, secret, b"Content-Encoding: nonce\0", 12)
        plain = AESGCM(key).decrypt(nonce, sealed, None)
        assert plain[-1:] == b"\x02"
        found: dict[str, Any] = json.loads(plain[:-1])
        return found


def _derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


@pytest.fixture
def device() -> Device:
    return Device()


@pytest.fixture
def service(internet: FakeInternet) -> FakeInternet:
    """A push service that takes everything."""
    internet.add("push.test", lambda _: httpx2.Response(201))
    return internet


@pytest.fixture
async def pen(client: App, bob: Browser) -> App:
    """Bob's app."""
    return await client.let_in_by(bob)


async def _subscribe(phone: App, device: Device, **data: Any) -> Any:
    subscription = {"endpoint": ENDPOINT, "keys": device.keys, "standard": True}
    sent = {"subscription": subscription, "data": data or {"alerts": {"mention": True}}}
    return await phone.json("POST", PATH, sent)


async def test_subscribe_look_change_and_end(phone: App, device: Device) -> None:
    """B113: one for each token.

    `POST /api/v1/push/subscription`, `GET /api/v1/push/subscription`,
    `PUT /api/v1/push/subscription`, `DELETE /api/v1/push/subscription`
    """
    assert await phone.get(PATH) == {"error": "Record not found"}
    assert phone.status == 404
    made = await _subscribe(phone, device, alerts={"mention": True, "follow": "0"})
    assert phone.status == 200
    assert_valid("POST", PATH, 200, made)
    assert made["endpoint"] == ENDPOINT
    assert [name for name, wanted in made["alerts"].items() if wanted] == ["mention"]
    assert len(base64.urlsafe_b64decode(made["server_key"] + "=")) == 65
    assert await phone.get(PATH) == made
    form = {"data[alerts][follow]": "true", "data[policy]": "followed"}
    changed = await phone.send("PUT", PATH, form)
    assert_valid("PUT", PATH, 200, changed)
    assert [name for name, wanted in changed["alerts"].items() if wanted] == ["follow"]
    assert changed["policy"] == "followed"
    assert_valid("GET", PATH, 200, await phone.get(PATH))
    again = await _subscribe(phone, device)
    assert (await phone.get(PATH))["id"] == again["id"] != made["id"]
    for _ in range(2):
        ended = await phone.call("DELETE", PATH)
        assert_valid("DELETE", PATH, 200, ended)
    await phone.get(PATH)
    assert phone.status == 404


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "http://push.test/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.1/x",
        "https://alpha.test/inbox",
        "https://push.test:8443/",
        "ftp://push.test/",
        "https://user@push.test/",
        "https://push.test/" + "x" * 3000,
    ],
)
async def test_no_endpoint_leads_us_where_we_do_not_go(
    phone: App, device: Device, endpoint: str
) -> None:
    """SF-18: https on the open internet, and never ourselves."""
    subscription = {"endpoint": endpoint, "keys": device.keys}
    await phone.json("POST", PATH, {"subscription": subscription})
    assert phone.status == 422
    await phone.get(PATH)
    assert phone.status == 404


async def test_what_is_wrong_is_refused(phone: App, device: Device, client: App) -> None:
    """B113: keys that are none, an unknown policy, nothing at all; and no token (AU-1)."""
    good = {"endpoint": ENDPOINT, "keys": device.keys}
    for sent in (
        {},
        {"subscription": "text"},
        {"subscription": {**good, "keys": {"p256dh": "x", "auth": "y"}}},
        {"subscription": good, "data": {"policy": "everybody"}},
    ):
        await phone.json("POST", PATH, sent)
        assert phone.status == 422, sent
    await client.get(PATH)
    assert client.status == 401


async def test_a_mention_arrives_encrypted(
    instance: Instance, service: FakeInternet, phone: App, pen: App, device: Device
) -> None:
    """B113, HX-16: in the words of Mastodon's, plain text in one line, for this app alone."""
    await _subscribe(phone, device)
    await phone.send("PATCH", "/api/v2/notifications/policy", {"for_private_mentions": "accept"})
    said = {"status": "@alice <b>look</b>\nhere", "visibility": "direct"}
    await pen.post("/api/v1/statuses", said)
    await drain(instance, JOBS)
    (request,) = service.sent_to("push.test")
    assert request.headers["content-encoding"] == "aes128gcm"
    assert request.headers["authorization"].startswith("vapid t=")
    assert request.headers["ttl"] == "172800"
    assert request.headers["urgency"] == "normal"
    assert b"look" not in request.content
    told = device.read(request.content)
    found = (await phone.get("/api/v1/notifications"))[0]
    assert told["notification_id"] == int(found["id"])  # a number: apps for iOS read nothing else
    assert found["id"] == request.headers["topic"]
    assert told["notification_type"] == found["type"] == "mention"
    assert told["title"] == "bob mentioned you"
    assert told["body"] == "@alice <b>look</b> here"
    assert told["icon"] == found["account"]["avatar_static"]


async def test_only_what_an_app_wants_is_pushed(
    instance: Instance, service: FakeInternet, phone: App, pen: App, device: Device
) -> None:
    """B113: by type, and by who it is from."""
    for data, count in (
        ({"alerts": {"follow": True}}, 0),
        ({"alerts": {"mention": True}, "policy": "none"}, 0),
        ({"alerts": {"mention": True}, "policy": "followed"}, 0),
        ({"alerts": {"mention": True}, "policy": "follower"}, 0),
        ({"alerts": {"mention": True}, "policy": "all"}, 1),
    ):
        await _subscribe(phone, device, **data)
        await pen.post("/api/v1/statuses", {"status": "@alice Hello"})
        await drain(instance, JOBS)
        assert len(service.sent_to("push.test")) == count, data


async def test_what_is_long_is_cut_between_letters_and_fits(
    instance: Instance, service: FakeInternet, phone: App, pen: App, device: Device
) -> None:
    """B113: 4096 bytes are what a push service must take; a joined emoji is whole or not there."""
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
    await pen.send("PATCH", "/api/v1/accounts/update_credentials", {"display_name": family * 4})
    await _subscribe(phone, device)
    await pen.post("/api/v1/statuses", {"status": f"@alice {family * 60}"})
    await drain(instance, JOBS)
    (request,) = service.sent_to("push.test")
    assert len(request.content) <= 4096
    told = device.read(request.content)
    assert told["body"] == f"@alice {family * 18}…"
    assert told["title"].endswith(f"{family} mentioned you")


async def test_a_service_that_asks_to_wait_is_asked_when_it_said(
    instance: Instance,
    clock: FakeClock,
    internet: FakeInternet,
    phone: App,
    pen: App,
    device: Device,
) -> None:
    """B113: RFC 8030, section 4.2; what it refuses ends the message, not the subscription."""
    answers = [httpx2.Response(429, headers={"Retry-After": "7200"}), httpx2.Response(403)]
    internet.add("push.test", lambda _: answers.pop(0))
    await _subscribe(phone, device)
    await pen.post("/api/v1/statuses", {"status": "@alice Hello"})
    for hours, requests in ((0, 1), (1, 1), (2, 2), (3, 2)):
        clock.advance(hours=hours)
        await drain(instance, JOBS)
        assert len(internet.sent_to("push.test")) == requests, hours
    await phone.get(PATH)
    assert phone.status == 200


async def test_somebody_is_told_at_so_many_places_at_most(
    phone: App,
    client: App,
    alice: Browser,
    device: Device,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """B113: each is a request at every mention; the newest stay, whoever else has any."""
    monkeypatch.setattr("users.push_subscriptions.PER_PERSON_MAX", 2)
    apps = [phone, *[await client.let_in_by(alice) for _ in range(2)]]
    for app in apps:
        await _subscribe(app, device)
    statuses = []
    for app in apps:
        await app.get(PATH)
        statuses.append(app.status)
    assert statuses == [404, 200, 200]


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_ends_with_its_app_and_where_the_service_says_so(
    instance: Instance, internet: FakeInternet, phone: App, pen: App, device: Device, status: int
) -> None:
    """B113, AU-19: RFC 8030, section 7.3; so does whoever ends the token."""
    internet.add("push.test", lambda _: httpx2.Response(status))
    made = await _subscribe(phone, device)
    await pen.post("/api/v1/statuses", {"status": "@alice Hello"})
    await drain(instance, JOBS)
    await phone.get(PATH)
    assert phone.status == 404
    made = await _subscribe(phone, device)
    secrets = {"client_id": phone.client_id, "client_secret": phone.client_secret}
    await phone.post("/oauth/revoke", {"token": phone.token, **secrets})
    with instance.store.active():
        assert await push_subscriptions.find(RowId(int(made["id"]))) is None


async def test_what_is_hidden_meanwhile_or_old_is_not_pushed(
    instance: Instance,
    clock: FakeClock,
    internet: FakeInternet,
    phone: App,
    pen: App,
    device: Device,
) -> None:
    """PV-18: what is gone is in no message; a service that was away only delays."""
    answers = [503, 201, 201]
    internet.add("push.test", lambda _: httpx2.Response(answers.pop(0)))
    await _subscribe(phone, device)
    await pen.post("/api/v1/statuses", {"status": "@alice One"})
    await drain(instance, JOBS)
    assert len(internet.sent_to("push.test")) == 1
    clock.advance(hours=1)
    await drain(instance, JOBS)
    assert len(internet.sent_to("push.test")) == 2
    said = await pen.post("/api/v1/statuses", {"status": "@alice Two"})
    await pen.call("DELETE", f"/api/v1/statuses/{said['id']}")
    await drain(instance, JOBS)
    await pen.post("/api/v1/statuses", {"status": "@alice Three"})
    clock.advance(hours=25)
    await drain(instance, JOBS)
    assert len(internet.sent_to("push.test")) == 2
