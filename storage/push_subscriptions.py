"""Where apps want to be told what their people are told (Web Push)."""

from storage.records import PushSubscription, RowId
from storage.rows import Rows

PUSH_SUBSCRIPTIONS = Rows("push_subscriptions", PushSubscription)


async def replace(subscription: PushSubscription, kept_max: int) -> None:
    """Keep a subscription in place of the one that its token had; in a transaction.

    Of its person's the newest stay, `kept_max` of them.
    """
    await remove_of_token(subscription.token_id)
    await PUSH_SUBSCRIPTIONS.insert(subscription)
    await PUSH_SUBSCRIPTIONS.remove(
        "actor_id = ? AND id NOT IN "
        "(SELECT id FROM push_subscriptions WHERE actor_id = ? ORDER BY id DESC LIMIT ?)",
        *(subscription.actor_id, subscription.actor_id, kept_max),
    )


async def save(subscription: PushSubscription) -> None:
    """Write the whole row of a subscription."""
    await PUSH_SUBSCRIPTIONS.save(subscription)


async def find(subscription_id: RowId) -> PushSubscription | None:
    """Return a subscription by its id."""
    return await PUSH_SUBSCRIPTIONS.find("t.id = ?", subscription_id)


async def find_of_token(token_id: RowId) -> PushSubscription | None:
    """Return the subscription of a token."""
    return await PUSH_SUBSCRIPTIONS.find("t.token_id = ?", token_id)


async def list_of(actor_id: RowId) -> list[PushSubscription]:
    """Return the subscriptions of somebody's apps."""
    return await PUSH_SUBSCRIPTIONS.select("WHERE t.actor_id = ?", actor_id)


async def remove(subscription_id: RowId) -> None:
    """Remove a subscription."""
    await PUSH_SUBSCRIPTIONS.remove("id = ?", subscription_id)


async def remove_of_token(token_id: RowId) -> None:
    """Remove the subscription of a token, if it has one."""
    await PUSH_SUBSCRIPTIONS.remove("token_id = ?", token_id)
