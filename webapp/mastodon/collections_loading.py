"""Loads what starter packs show as collections of the client API."""

from collections.abc import Collection

from instance.resources import Instance
from storage.records import Actor, RowId
from users import starter_packs
from users.starter_packs import ShownPack
from webapp.mastodon import collections_rendering as rendering
from webapp.mastodon import entities as e


async def by_id(
    instance: Instance, ids: Collection[int], reader: Actor
) -> dict[RowId, e.Collection]:
    """Return those of these that there are, as a reader meets them; no query for none."""
    found = await starter_packs.by_ids(ids, reader) if ids else []
    return {each.pack.id: collection(instance, each) for each in found}


def collection(instance: Instance, shown: ShownPack) -> e.Collection:
    """Return what was loaded already."""
    members = [member for member, _ in shown.members]
    return rendering.collection(shown.pack, members, instance.settings.base_url)
