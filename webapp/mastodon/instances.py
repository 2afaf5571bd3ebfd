"""This server: what it is, its rules and texts. See docs.joinmastodon.org, methods, instance."""

from datetime import date

from instance.errors import NotFound
from instance.resources import Instance
from storage import site_texts as stored
from storage.records import SiteTextKind
from users import site_texts
from users.site_texts import Published
from webapp import languages
from webapp.calls import Call
from webapp.mastodon import entities as e
from webapp.mastodon import instances_loading as loading
from webapp.mastodon import instances_rendering as rendering


async def show(call: Call) -> e.Instance:
    """GET /api/v2/instance."""
    return rendering.instance(await loading.facts(call.instance))


async def show_v1(call: Call) -> e.V1Instance:
    """GET /api/v1/instance."""
    return rendering.v1_instance(await loading.facts(call.instance))


async def activity(call: Call) -> list[e.WeekOfActivity]:
    """GET /api/v1/instance/activity: the last twelve weeks."""
    _check_open(call)
    return await loading.weeks(call.instance)


async def peers(call: Call) -> list[str]:
    """GET /api/v1/instance/peers: other servers that are known here."""
    _check_open(call)
    return await loading.peers(call.instance)


async def domain_blocks(call: Call) -> list[e.DomainBlock]:
    """GET /api/v1/instance/domain_blocks: to whom the owner lets see it."""
    shown_to = call.instance.settings.policies.host_rules_shown_to
    if shown_to == "nobody":
        raise NotFound("Record not found")
    if shown_to == "people":
        _ = call.me
    return await loading.host_blocks()


async def rules(call: Call) -> list[e.Rule]:
    """GET /api/v1/instance/rules."""
    del call
    return [rendering.rule(each) for each in await stored.rules()]


async def extended_description(call: Call) -> e.ExtendedDescription:
    """GET /api/v1/instance/extended_description."""
    return rendering.text(await _text(call.instance, SiteTextKind.ABOUT))


async def privacy_policy(call: Call) -> e.ExtendedDescription:
    """GET /api/v1/instance/privacy_policy."""
    return rendering.text(await _text(call.instance, SiteTextKind.PRIVACY))


async def terms_of_service(call: Call, day: str = "") -> e.TermsOfService:
    """GET /api/v1/instance/terms_of_service: those in force, or those of a day."""
    if not day:
        return rendering.terms(await _text(call.instance, SiteTextKind.TERMS))
    try:
        wanted = date.fromisoformat(day)
    except ValueError as error:
        raise NotFound("Record not found") from error
    found = await site_texts.read_of(call.instance, SiteTextKind.TERMS, wanted)
    return rendering.terms(found)


async def all_languages(_: Call) -> list[e.Language]:
    """GET /api/v1/instance/languages: those that people can say they write in."""
    return [{"code": code, "name": name} for code, name in languages.ALL]


async def translations(call: Call) -> dict[str, list[str]]:
    """GET /api/v1/instance/translation_languages: none where nothing translates."""
    return await loading.translation_languages(call.instance)


async def _text(instance: Instance, kind: SiteTextKind) -> Published:
    found = await site_texts.read(instance, kind)
    if found is None:
        raise NotFound("Record not found")
    return found


def _check_open(call: Call) -> None:
    """A server that speaks with few tells strangers nothing of them."""
    if call.instance.settings.federation.allow_list:
        _ = call.me
