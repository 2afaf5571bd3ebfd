"""Chapter lists of the client API, https://docs.joinmastodon.org/methods/lists/."""

from feeds import lists
from instance.errors import Invalid
from storage.records import Page, PersonList, RepliesPolicy, RowId
from webapp.calls import Call, Reply
from webapp.mastodon import accounts_loading
from webapp.mastodon import entities as e
from webapp.mastodon.paging import linked, page, row_id


async def index(call: Call) -> list[e.List]:
    """GET /api/v1/lists (B70)."""
    return [entity(each) for each in await lists.all_of(call.instance, call.me.actor)]


async def create(call: Call) -> e.List:
    """POST /api/v1/lists."""
    sent = call.parameters
    made = await lists.create(
        call.instance,
        call.me.actor,
        sent.text("title"),
        _policy(call) or RepliesPolicy.LIST,
        is_exclusive=sent.flag("exclusive"),
    )
    return entity(made)


async def show(call: Call, list_id: str) -> e.List:
    """GET /api/v1/lists/<id>."""
    return entity(await lists.find(call.me.actor, row_id(list_id)))


async def change(call: Call, list_id: str) -> e.List:
    """PUT /api/v1/lists/<id>: what is not sent stays."""
    after = await lists.change(
        call.instance,
        call.me.actor,
        row_id(list_id),
        title=call.parameters.maybe_text("title"),
        replies_policy=_policy(call),
        is_exclusive=call.parameters.maybe_flag("exclusive"),
    )
    return entity(after)


async def delete(call: Call, list_id: str) -> e.Empty:
    """DELETE /api/v1/lists/<id>."""
    await lists.delete(call.instance, call.me.actor, row_id(list_id))
    return {}


async def accounts(call: Call, list_id: str) -> Reply[list[e.Account]]:
    """GET /api/v1/lists/<id>/accounts: all of them with a limit of 0."""
    is_all = call.parameters.text("limit") == "0"
    asked = Page(limit=lists.MEMBERS_MAX) if is_all else page(call, default=40, most=80)
    found = await lists.members(call.instance, call.me.actor, row_id(list_id), asked)
    shown = await accounts_loading.accounts(call.instance, [actor for _, actor in found])
    older = found[-1][0] if len(found) >= asked.limit and not is_all else None
    return linked(shown, call, older, found[0][0] if found and not is_all else None)


async def add(call: Call, list_id: str) -> e.Empty:
    """POST /api/v1/lists/<id>/accounts: also whom one does not follow, unlike Mastodon (B71)."""
    await lists.add_all(call.instance, call.me.actor, row_id(list_id), _people(call))
    return {}


async def remove(call: Call, list_id: str) -> e.Empty:
    """DELETE /api/v1/lists/<id>/accounts."""
    await lists.remove_all(call.instance, call.me.actor, row_id(list_id), _people(call))
    return {}


async def with_account(call: Call, account_id: str) -> list[e.List]:
    """GET /api/v1/accounts/<id>/lists: those of one's own lists that somebody is in."""
    found = await lists.all_with(call.instance, call.me.actor, row_id(account_id))
    return [entity(each) for each in found]


def entity(of: PersonList) -> e.List:
    """Render a list."""
    return {
        "id": str(of.id),
        "title": of.title,
        "replies_policy": of.replies_policy.value,
        "exclusive": of.is_exclusive,
    }


def _people(call: Call) -> list[RowId]:
    return [RowId(each) for each in call.parameters.ids("account_ids")[: lists.MEMBERS_MAX]]


def _policy(call: Call) -> RepliesPolicy | None:
    word = call.parameters.text("replies_policy")
    if word and word not in set(RepliesPolicy):
        reason = f"is not one of {', '.join(RepliesPolicy)}"
        raise Invalid(f"Validation failed: Replies policy {reason}", fields={"policy": reason})
    return RepliesPolicy(word) if word else None
