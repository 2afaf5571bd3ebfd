"""Loads what notifications and reports show, in a fixed number of queries for any length."""

from collections.abc import Collection, Sequence

from feeds import notifications as feed
from feeds.items import FeedItem, NotificationItem
from feeds.notifications import GroupPage
from instance.errors import NotFound
from instance.resources import Instance
from storage import actors, reports, strikes
from storage.notification_requests import Request
from storage.records import Actor, RowId
from storage.records import Report as ReportRow
from webapp.mastodon import accounts_loading, collections_loading, entities, statuses_loading
from webapp.mastodon import notification_entities as e
from webapp.mastodon import notifications_rendering as rendering
from webapp.mastodon.accounts_rendering import instant
from webapp.mastodon.notifications_rendering import Scene


async def notifications(
    instance: Instance,
    items: Sequence[NotificationItem],
    owner: Actor,
    *,
    supported: Collection[str] | None = None,
) -> list[e.Notification]:
    """Return notifications in their order."""
    scene = await _scene(instance, items, owner, supported)
    return [rendering.notification(item, scene) for item in items]


async def notification(instance: Instance, owner: Actor, its_id: RowId) -> e.Notification:
    """Return one notification for apps that do not say what they know (streams).

    Raises `NotFound` for those of others, and for what Mastodon does not know.
    """
    item = await feed.get(instance, owner, its_id)
    if item.notification.kind not in rendering.known_kinds(says_what_it_supports=False):
        raise NotFound("Record not found")
    return (await notifications(instance, [item], owner))[0]


async def grouped(
    instance: Instance,
    page: GroupPage,
    owner: Actor,
    *,
    partially: bool,
    supported: Collection[str] | None = None,
) -> e.GroupedNotifications:
    """Return groups with the people and posts that they name, each once."""
    items = [item for each in page.groups for item in each.items]
    scene = await _scene(instance, items, owner, supported)
    whole, parts = rendering.sampled(page.groups, partially=partially)
    whole |= {item.actor.id for item in items if item.notification.details is not None}
    shown: e.GroupedNotifications = {
        "accounts": [account for its_id, account in scene.people.items() if its_id in whole],
        "statuses": list(scene.statuses.values()),
        "notification_groups": [
            rendering.group(each, page.sizes[each.key], scene) for each in page.groups
        ],
    }
    if partially:
        left = parts - whole
        shown["partial_accounts"] = [
            rendering.partial(account) for its_id, account in scene.people.items() if its_id in left
        ]
    return shown


async def requests(
    instance: Instance, found: Sequence[Request], owner: Actor
) -> list[e.NotificationRequest]:
    """Return those who are held back, each with the last post among it that may be seen."""
    people = await actors.by_ids([each.actor_id for each in found])
    accounts = await accounts_loading.by_id(instance, people.values())
    named = [each.post_id for each in found if each.post_id is not None]
    statuses = await statuses_loading.by_post_ids(instance, named, owner)
    return [
        {
            "id": str(each.id),
            "created_at": instant(each.first_at),
            "updated_at": instant(each.last_at),
            "notifications_count": str(each.total),
            "account": accounts[each.actor_id],
            "last_status": statuses.get(each.post_id) if each.post_id is not None else None,
        }
        for each in found
        if each.actor_id in accounts
    ]


async def report(instance: Instance, made: ReportRow, target: Actor) -> e.Report:
    """Return a report, as who made it sees it."""
    return rendering.report(made, await accounts_loading.account(instance, target))


async def _scene(
    instance: Instance,
    items: Sequence[NotificationItem],
    owner: Actor,
    supported: Collection[str] | None,
) -> Scene:
    told = [item.notification.details for item in items if item.notification.details]
    found = await reports.by_ids([each.report_id for each in told if each.report_id is not None])
    acts = await strikes.by_ids([each.strike_id for each in told if each.strike_id is not None])
    ids = {each.collection_id for each in told if each.collection_id is not None}
    targets = await actors.by_ids([each.target_id for each in found])
    people = await accounts_loading.by_id(
        instance, [*(item.actor for item in items), *targets.values()]
    )
    return Scene(
        people=people,
        statuses=await _statuses(instance, items, owner),
        reports={
            each.id: rendering.report(each, people[each.target_id])
            for each in found
            if each.target_id in people
        },
        strikes={each.id: each for each in acts},
        collections=await collections_loading.by_id(instance, ids, owner),
        supported=supported,
    )


async def _statuses(
    instance: Instance, items: Sequence[NotificationItem], owner: Actor
) -> dict[RowId, entities.Status]:
    """The posts that are named, as the owner met them when the notifications were read."""
    about = {item.post.post.id: item.post for item in items if item.post is not None}
    met = [FeedItem(post_id, each.sight) for post_id, each in about.items()]
    shown = await statuses_loading.statuses(instance, met, owner, context="notifications")
    return {RowId(int(each["id"])): each for each in shown}
