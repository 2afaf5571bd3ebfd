"""Growth: how feeds, and the depths of hosts, are looked for; no plan walks through a table."""

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest

from storage import (
    deliveries,
    feed_pages,
    feeding,
    feeds,
    lists,
    notifications,
    relations,
    timelines,
)
from storage.feeds import Feed
from storage.records import Page, RepliesPolicy, RowId, Visibility
from storage.store import Store
from tests.factories import START

# Rows of these are few: one for each source that too many follow.
SMALL = {"pulled_sources"}
# Nothing of these grows: they are what a query has found already.
OURS = re.compile(
    r"SCAN (CONSTANT ROW|\(subquery|json_each|s\b|mine|people|bottom|read_from|w\b|found|"
    r"merged|pushed|slice|them|newer|members|named|followers|others|owners|feeds|counted|written|boosted|told|"
    r"unread|due|here|near|sqlite_|"
    # These hold nothing but what is shown, in its order: a page without a bound begins at an end.
    r"t USING (COVERING )?INDEX posts_(bubble|public|local)\b)"
)
PAGES = (Page(limit=20), Page(limit=20, max_id=2**60), Page(limit=20, min_id=5, max_id=2**60))
ME, OTHER, POST = RowId(1), RowId(2), RowId(3)
FEEDS = (feeds.home_of(ME), *(Feed(RowId(9), ME, policy) for policy in RepliesPolicy))


async def everything() -> None:
    """All queries of feeds."""
    for feed in FEEDS:
        for page in PAGES if feed.is_home else PAGES[1:2]:
            await feed_pages.read(feed, page)
            await feed_pages._merged(feed, page, "DESC")
            await feed_pages.older(feed, page, floor=7)
        await feed_pages.newest_but(feed, 400, below=2**60)
        await feed_pages.made_of(feed)
        await feeds.floor_of(feed)
    for page in PAGES:
        await timelines.public(page, timelines.Which(local_only=True))
        await timelines.bubble(page, ["near.test", "quay.test"])
        await timelines.hashtag("birds", page)
        await timelines.direct(ME, page)
        await timelines.of_actor(ME, page, visibilities=[Visibility.PUBLIC], with_replies=True)
    await relations.has_local_followers(ME)
    await feeding.reach(ME, answered=OTHER, hashtags=["birds"], limit=501)
    entry = feeding.Entry(POST, OTHER, ME)
    for readers in (
        feeding.these([ME], OTHER),
        feeding.followers(ME),
        feeding.followers(ME, who_follow=OTHER),
        feeding.lists_with(ME),
        feeding.lists_with(ME, answered=OTHER, for_followers=True),
        feeding.followers_of_hashtag("birds"),
        feeding.source(ME),
    ):
        await feeding.next_slice(readers, 0, 1000)
        await feeding.push(entry, readers, RowId(100), unless_within=40, held_by=[OTHER])
    await feeding.posts_in_source(ME, [POST])
    await feeding.sources_holding(POST)
    await feeding.is_there_locked(entry)
    await feeds.remove_author(ME, OTHER)
    await feeds.remove_boost(ME, POST)
    await feeds.remove_hashtag(ME, "birds")
    await feeds.next_feeds(0, 10)
    await feeds.trim(ME, 800)
    await feeds.wake(ME, 5)
    await lists.of_actor_with(ME, OTHER, 10)
    await lists.hashtags_of(ME, PAGES[1])
    await notifications.next_owners(0, 10)
    await notifications.trim(ME, 1000)
    await notifications.forget_read(START)
    await deliveries.depths(["a.test", "b.test"])


async def plans_of(store: Store, monkeypatch: pytest.MonkeyPatch, prefix: str) -> list[Any]:
    """What EXPLAIN says of each statement, with the statement."""
    plans: list[Any] = []
    read = store.read

    def explaining(run: Any) -> Any:
        async def explain(sql: str, *values: Any) -> Sequence[Any]:
            if sql.split(maxsplit=1)[0] in {"SELECT", "WITH", "UPDATE", "DELETE", "INSERT"}:
                plans.append((await read(f"{prefix} {sql}", *values), sql))
            result: Sequence[Any] = await run(sql, *values)
            return result

        return explain

    with monkeypatch.context() as patch:
        for name in ("read", "glance", "write", "jot"):
            patch.setattr(store, name, explaining(getattr(store, name)))
        await everything()
    return plans


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_sqlite_searches_and_never_scans(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = await plans_of(store, monkeypatch, "EXPLAIN QUERY PLAN")
    scans = {
        (row[3], sql[:200])
        for rows, sql in plans
        for row in rows
        if row[3].startswith("SCAN") and not OURS.match(row[3])
    }
    assert scans == set()
    assert len(plans) > 50


@pytest.mark.parametrize("store", ["postgres"], indirect=True)
async def test_postgres_has_an_index_for_everything(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told to avoid sequential scans, it still makes one only where no index helps."""
    async with store.transaction():
        for setting in ("enable_seqscan", "enable_bitmapscan"):
            await store.write(f"SET LOCAL {setting} = off")
        plans = await plans_of(store, monkeypatch, "EXPLAIN (FORMAT JSON)")
    scans = {
        (relation, sql[:200])
        for rows, sql in plans
        for relation in _scanned(json.loads(rows[0][0]))
        if relation not in SMALL
    }
    assert scans == set()
    assert len(plans) > 50


def _scanned(node: Any) -> list[str]:
    """The tables that a plan reads from end to end."""
    if isinstance(node, list):
        return [name for each in node for name in _scanned(each)]
    if not isinstance(node, dict):
        return []
    found = [name for each in node.values() for name in _scanned(each)]
    if node.get("Node Type") == "Seq Scan":
        found.append(str(node.get("Relation Name")))
    return found
