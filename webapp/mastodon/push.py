"""Web Push subscriptions of apps. See docs.joinmastodon.org, methods, push."""

from instance.errors import Unauthenticated
from storage.records import AccessToken, PushSubscription
from users import push_keys, push_subscriptions
from webapp.calls import Call
from webapp.mastodon import entities as e
from webapp.mastodon.pushing import ALERTS


async def create(call: Call) -> e.WebPushSubscription:
    """POST /api/v1/push/subscription: where this app wants to be told."""
    sent = call.parameters.part("subscription")
    keys = sent.part("keys")
    made = await push_subscriptions.subscribe(
        call.instance,
        _token(call),
        call.me.actor.id,
        endpoint=sent.text("endpoint"),
        keys=(keys.text("p256dh"), keys.text("auth")),
        is_standard=sent.flag("standard"),
        alerts=_alerts(call),
        policy=_policy(call),
    )
    return await _shown(call, made)


async def show(call: Call) -> e.WebPushSubscription:
    """GET /api/v1/push/subscription: where this app is told, and what."""
    return await _shown(call, await push_subscriptions.of_token(_token(call)))


async def change(call: Call) -> e.WebPushSubscription:
    """PUT /api/v1/push/subscription: what this app is told; the endpoint stays."""
    alerts, policy = _alerts(call), _policy(call)
    changed = await push_subscriptions.change(call.instance, _token(call), alerts, policy)
    return await _shown(call, changed)


async def remove(call: Call) -> e.Empty:
    """DELETE /api/v1/push/subscription: this app is told nothing more."""
    await push_subscriptions.unsubscribe(call.instance, _token(call))
    return {}


def _token(call: Call) -> AccessToken:
    if call.me.token is None:
        raise Unauthenticated("This method requires an access token")
    return call.me.token


def _alerts(call: Call) -> list[str]:
    sent = call.parameters.part("data").part("alerts")
    return [name for name in ALERTS if sent.flag(name)]


def _policy(call: Call) -> str:
    return call.parameters.part("data").text("policy") or call.parameters.text("policy")


async def _shown(call: Call, found: PushSubscription) -> e.WebPushSubscription:
    return {
        "id": str(found.id),
        "endpoint": found.endpoint,
        "standard": found.is_standard,
        "alerts": {name: name in found.alerts for name in ALERTS},
        "policy": found.policy.value,
        "server_key": await push_keys.public_key(call.instance),
    }
