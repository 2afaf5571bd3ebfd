"""Starter packs as the client API shows them, as collections; pure."""

from collections.abc import Sequence

from storage.records import StarterPack, StarterPackMember
from webapp.mastodon import entities as e
from webapp.mastodon.accounts_rendering import instant


def collection(pack: StarterPack, members: Sequence[StarterPackMember], base: str) -> e.Collection:
    """Render a pack with those in it whom its reader meets; `base` is where this server is."""
    tag = {"name": pack.hashtag, "url": f"{base}/tags/{pack.hashtag}"} if pack.hashtag else None
    return {
        "id": str(pack.id),
        "account_id": str(pack.actor_id),
        "uri": f"{base}/api/v1/collections/{pack.id}",
        "url": None,
        "name": pack.name,
        "description": pack.description,
        "language": pack.language,
        "local": True,
        "sensitive": pack.is_sensitive,
        "discoverable": pack.is_discoverable,
        "tag": tag,
        "item_count": len(members),
        "items": [item(each) for each in members],
        "created_at": instant(pack.created_at),
        "updated_at": instant(pack.changed_at),
    }


def item(member: StarterPackMember) -> e.CollectionItem:
    """Render that somebody is in a pack."""
    return {
        "id": str(member.id),
        "account_id": str(member.actor_id),
        "state": member.state.value,
        "created_at": instant(member.created_at),
    }
