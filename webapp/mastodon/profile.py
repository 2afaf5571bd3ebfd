"""Chapter profile of the client API: one's own profile; and `update_credentials` of accounts.

https://docs.joinmastodon.org/methods/profile/
"""

from typing import Final

from actors.profile import FIELDS_MAX, ProfileChange
from instance.errors import Invalid
from outbox import profiles
from storage.records import Actor
from users import preferences
from users.preferences import Change
from webapp.calls import Call
from webapp.mastodon import accounts_loading, drafts, tags_loading
from webapp.mastodon import entities as e
from webapp.mastodon.accounts_rendering import profile as render
from webapp.parameters import Parameters

_LINES_READ_MAX: Final = 10 * FIELDS_MAX
# As `ProfileChange` calls what apps call otherwise.
_NAMES: Final = {"name": "display_name", "bio": "note", "fields": "fields_attributes"}


async def update_credentials(call: Call) -> e.CredentialAccount:
    """PATCH /api/v1/accounts/update_credentials: what is not sent stays as it is."""
    after = await _change(call, _wanted(call.parameters))
    user = await preferences.change(
        call.instance, call.me.user, _preferences(call.parameters.part("source"))
    )
    return await accounts_loading.credential_account(call.instance, after, user)


async def show(call: Call) -> e.Profile:
    """GET /api/v1/profile."""
    return await _rendered(call, call.me.actor)


async def change(call: Call) -> e.Profile:
    """PATCH /api/v1/profile."""
    return await _rendered(call, await _change(call, _wanted(call.parameters)))


async def remove_avatar(call: Call) -> e.CredentialAccount:
    """DELETE /api/v1/profile/avatar."""
    after = await _change(call, ProfileChange(avatar=b"", avatar_alt=""))
    return await accounts_loading.credential_account(call.instance, after, call.me.user)


async def remove_header(call: Call) -> e.CredentialAccount:
    """DELETE /api/v1/profile/header."""
    after = await _change(call, ProfileChange(header=b"", header_alt=""))
    return await accounts_loading.credential_account(call.instance, after, call.me.user)


async def _rendered(call: Call, actor: Actor) -> e.Profile:
    featured = await tags_loading.featured(call.instance, actor)
    return render(actor, featured, accounts_loading.here(call.instance))


async def _change(call: Call, wanted: ProfileChange) -> Actor:
    if wanted == ProfileChange():
        return call.me.actor
    try:
        return await profiles.change(call.instance, call.me.actor, wanted)
    except Invalid as wrong:
        fields = {_NAMES.get(name, name): reason for name, reason in wrong.fields.items()}
        raise Invalid(f"Validation failed: {wrong.public}", fields=fields) from wrong


def _wanted(sent: Parameters) -> ProfileChange:
    """Read a change: `fields_attributes` takes the place of all lines of before."""
    lines = sent.parts("fields_attributes")[:_LINES_READ_MAX]
    domains = [each for each in sent.items("attribution_domains") if each.strip()]
    return ProfileChange(
        name=sent.maybe_text("display_name"),
        bio=sent.maybe_text("note"),
        fields=tuple((line.text("name"), line.text("value")) for line in lines)
        if sent.has("fields_attributes")
        else None,
        avatar=sent.file("avatar"),
        avatar_alt=sent.maybe_text("avatar_description"),
        header=sent.file("header"),
        header_alt=sent.maybe_text("header_description"),
        is_locked=sent.maybe_flag("locked"),
        hides_follows=sent.maybe_flag("hide_collections"),
        is_discoverable=sent.maybe_flag("discoverable"),
        is_indexable=sent.maybe_flag("indexable"),
        is_bot=sent.maybe_flag("bot"),
        attribution_domains=tuple(domains) if sent.has("attribution_domains") else None,
    )


def _preferences(source: Parameters) -> Change:
    privacy, quote = source.text("privacy"), source.text("quote_policy")
    return Change(
        visibility=drafts.VISIBILITIES.get(privacy, privacy) or None,
        is_sensitive=source.maybe_flag("sensitive"),
        language=source.text("language") or None,
        quote=drafts.quote_rule(quote) if quote else None,
        source_type=drafts.source_type(source.text("status_content_type")),
    )
