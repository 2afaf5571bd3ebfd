"""Push subscriptions: where an app wants to be told what its person is told; one for each token."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from federation import web_push
from instance.errors import Invalid, NotFound, RemoteRefused
from instance.resources import Instance
from storage import push_subscriptions
from storage.records import AccessToken, PushPolicy, PushSubscription, RowId

ENDPOINT_LETTERS_MAX: Final = 2048
KEY_LETTERS_MAX: Final = 200
PER_PERSON_MAX: Final = 40
"""Each is a request to somebody at whatever is told; whoever has more is told at the newest."""


async def subscribe(  # noqa: PLR0913 - what a subscription is made of
    instance: Instance,
    token: AccessToken,
    actor_id: RowId,
    *,
    endpoint: str,
    keys: tuple[str, str],
    is_standard: bool,
    alerts: Collection[str],
    policy: str,
) -> PushSubscription:
    """Keep where an app is told, in place of what was before; `keys` are p256dh and auth.

    Raises `Invalid` for keys that are none, and for an endpoint that is never asked (SF-18).
    """
    made = PushSubscription(
        id=instance.ids.new(),
        token_id=token.id,
        actor_id=actor_id,
        endpoint=_endpoint(instance, endpoint),
        key_p256dh=keys[0][:KEY_LETTERS_MAX],
        key_auth=keys[1][:KEY_LETTERS_MAX],
        is_standard=is_standard,
        alerts=frozenset(alerts),
        policy=_policy(policy),
        created_at=instance.now(),
    )
    web_push.read_recipient(made.key_p256dh, made.key_auth)
    async with instance.store.transaction():
        await push_subscriptions.replace(made, PER_PERSON_MAX)
    return made


async def change(
    instance: Instance, token: AccessToken, alerts: Collection[str], policy: str
) -> PushSubscription:
    """Change what an app is told of; raises `NotFound`."""
    async with instance.store.transaction():
        before = await of_token(token)
        after = replace(before, alerts=frozenset(alerts), policy=_policy(policy))
        await push_subscriptions.save(after)
    return after


async def of_token(token: AccessToken) -> PushSubscription:
    """Return the subscription of an app; raises `NotFound`."""
    found = await push_subscriptions.find_of_token(token.id)
    if found is None:
        raise NotFound("Record not found")
    return found


async def unsubscribe(instance: Instance, token: AccessToken) -> None:
    """Tell an app nothing more; that there was none is no mistake."""
    async with instance.store.transaction():
        await push_subscriptions.remove_of_token(token.id)


def _endpoint(instance: Instance, given: str) -> str:
    """SF-18: https and on the open internet, else nobody may have us send there."""
    is_secure = given.lower().startswith("https://") or instance.settings.federation.plain_http
    if not is_secure or len(given) > ENDPOINT_LETTERS_MAX:
        raise _wrong("The endpoint must be an address that begins with https://")
    try:
        instance.http.check_endpoint(given)
    except RemoteRefused as refused:
        raise _wrong(refused.public) from refused
    return given


def _wrong(words: str) -> Invalid:
    return Invalid(words, fields={"endpoint": words})


def _policy(given: str) -> PushPolicy:
    try:
        return PushPolicy(given or PushPolicy.ALL)
    except ValueError as error:
        raise Invalid("The policy is all, followed, follower or none.") from error
