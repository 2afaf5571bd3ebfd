"""Chapter accounts of the client API, https://docs.joinmastodon.org/methods/accounts/: reading."""

from typing import Any, Final

from actors import people
from actors.people import PeoplePage
from feeds import lists, profiles
from storage.records import RowId
from webapp.calls import Call, Reply
from webapp.mastodon import accounts_loading, relationships_loading, statuses_loading
from webapp.mastodon import entities as e
from webapp.mastodon.lists import entity as list_entity
from webapp.mastodon.paging import ids_at_once, linked, page, row_id

IDS_MAX: Final = 100
SHOWN_AT_ONCE_MAX: Final = 40


async def verify_credentials(call: Call) -> e.CredentialAccount:
    """GET /api/v1/accounts/verify_credentials: the person whose token it is."""
    me = call.me
    return await accounts_loading.credential_account(call.instance, me.actor, me.user)


async def show(call: Call, account_id: str) -> e.Account:
    """GET /api/v1/accounts/<id>."""
    return await accounts_loading.account(call.instance, await people.get(row_id(account_id)))


async def show_many(call: Call) -> list[e.Account]:
    """GET /api/v1/accounts?id[]=…: those who are here."""
    found = await people.many(ids_at_once(call, SHOWN_AT_ONCE_MAX))
    return await accounts_loading.accounts(call.instance, found)


async def lookup(call: Call) -> e.Account:
    """GET /api/v1/accounts/lookup?acct=…: who is known here; nobody else is asked."""
    found = await people.named(call.instance, call.parameters.text("acct").strip())
    return await accounts_loading.account(call.instance, found)


async def relationships(call: Call) -> list[e.Relationship]:
    """GET /api/v1/accounts/relationships?id[]=…: two queries for any number."""
    ids = [RowId(each) for each in call.parameters.ids("id")[:IDS_MAX]]
    shows_suspended = call.parameters.flag("with_suspended")
    known = [
        each.id for each in await people.many(ids) if shows_suspended or each.suspended_at is None
    ]
    return await relationships_loading.relationships(call.instance, call.me.actor, known)


async def familiar_followers(call: Call) -> list[e.FamiliarFollowers]:
    """GET /api/v1/accounts/familiar_followers?id[]=…: whom one knows among the followers."""
    ids = [RowId(each) for each in dict.fromkeys(call.parameters.ids("id")[:SHOWN_AT_ONCE_MAX])]
    found = await people.familiar(call.me.actor, ids)
    shown = await accounts_loading.by_id(
        call.instance, [each for some in found.values() for each in some]
    )
    return [
        {"id": str(whose), "accounts": [shown[each.id] for each in found[whose]]} for whose in ids
    ]


async def statuses(call: Call, account_id: str) -> Reply[list[e.Status]]:
    """GET /api/v1/accounts/<id>/statuses: what somebody said and boosted, or what is pinned."""
    sent, asked = call.parameters, page(call)
    owner = await people.get(row_id(account_id))
    wanted = profiles.Wanted(
        with_replies=not sent.flag("exclude_replies"),
        with_boosts=not sent.flag("exclude_reblogs"),
        only_media=sent.flag("only_media"),
        hashtag=sent.text("tagged") or None,
        only_pinned=sent.flag("pinned"),
    )
    found = await profiles.read(call.instance, owner, asked, call.reader, wanted)
    shown = await statuses_loading.statuses(
        call.instance, found.items, call.reader, context="account"
    )
    return linked(shown, call, found.next_max_id, found.prev_min_id)


async def followers(call: Call, account_id: str) -> Reply[list[e.Account]]:
    """GET /api/v1/accounts/<id>/followers."""
    owner, asked = await people.get(row_id(account_id)), page(call, default=40, most=80)
    found = await people.followers(call.instance, owner, asked, call.reader)
    return await people_page(call, found)


async def following(call: Call, account_id: str) -> Reply[list[e.Account]]:
    """GET /api/v1/accounts/<id>/following."""
    owner, asked = await people.get(row_id(account_id)), page(call, default=40, most=80)
    found = await people.following(call.instance, owner, asked, call.reader)
    return await people_page(call, found)


async def lists_with(call: Call, account_id: str) -> list[e.List]:
    """GET /api/v1/accounts/<id>/lists: one's own lists that somebody is in."""
    person = await people.get(row_id(account_id))
    found = await lists.all_with(call.instance, call.me.actor, person.id)
    return [list_entity(each) for each in found]


async def identity_proofs(call: Call, account_id: str) -> list[Any]:
    """GET /api/v1/accounts/<id>/identity_proofs: gone with Keybase; always empty, as documented."""
    del call
    await people.get(row_id(account_id))
    return []


async def people_page(call: Call, found: PeoplePage) -> Reply[list[e.Account]]:
    """Render a page of people with the links to its neighbours."""
    shown = await accounts_loading.accounts(call.instance, found.people)
    return linked(shown, call, found.next_max_id, found.prev_min_id)
