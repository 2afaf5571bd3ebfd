"""Chapters blocks, mutes and domain_blocks of the client API: whom one does not want to meet."""

from actors import people
from outbox import host_blocking
from storage import host_blocks, profiles, relations
from webapp.calls import Call, Reply
from webapp.mastodon import accounts_loading
from webapp.mastodon import entities as e
from webapp.mastodon.accounts import people_page
from webapp.mastodon.accounts_rendering import instant
from webapp.mastodon.paging import linked, page


async def blocks(call: Call) -> Reply[list[e.Account]]:
    """GET /api/v1/blocks."""
    asked = page(call, default=40, most=80)
    found = people.paged(await relations.blocks_of(call.me.actor.id, asked), asked)
    return await people_page(call, found)


async def mutes(call: Call) -> Reply[list[e.MutedAccount]]:
    """GET /api/v1/mutes: with the time when each ends."""
    asked, me, now = page(call, default=40, most=80), call.me.actor, call.instance.now()
    found = people.paged(await relations.mutes_of(me.id, asked, now), asked)
    details = await profiles.details(me.id, [each.id for each in found.people], now)
    shown: list[e.MutedAccount] = []
    for account, actor in zip(
        await accounts_loading.accounts(call.instance, found.people), found.people, strict=True
    ):
        ends_at = details[actor.id].mute_ends_at
        shown.append({**account, "mute_expires_at": instant(ends_at) if ends_at else None})
    return linked(shown, call, found.next_max_id, found.prev_min_id)


async def domain_blocks(call: Call) -> Reply[list[str]]:
    """GET /api/v1/domain_blocks (B90)."""
    asked = page(call, default=100, most=200)
    found = await host_blocks.of(call.me.actor.id, asked)
    older = found[-1].id if len(found) >= asked.limit else None
    return linked([each.host for each in found], call, older, found[0].id if found else None)


async def block_domain(call: Call) -> e.Empty:
    """POST /api/v1/domain_blocks."""
    await host_blocking.block(call.instance, call.me.actor, call.parameters.text("domain"))
    return {}


async def unblock_domain(call: Call) -> e.Empty:
    """DELETE /api/v1/domain_blocks."""
    await host_blocking.unblock(call.instance, call.me.actor, call.parameters.text("domain"))
    return {}
