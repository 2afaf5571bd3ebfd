"""Chapter about: this server, its rules and texts; and a post alone, as other sites embed it."""

from instance.errors import NotFound
from posts import threads
from storage import actors, site_texts, users
from storage.records import Actor, Role, SiteTextKind
from users import site_texts as texts
from webapp import security
from webapp.asking import Answer
from webapp.pages import finding, presenting, richtext, words
from webapp.pages.visit import Visit, redirect

_TITLES = {
    SiteTextKind.PRIVACY: "Privacy policy",
    SiteTextKind.TERMS: "Terms of service",
}


async def about(visit: Visit) -> Answer:
    """GET /about: what this server is, its rules, and who runs it."""
    found = await texts.read(visit.instance, SiteTextKind.ABOUT)
    return await presenting.page(
        visit,
        "about.html",
        text=richtext.shown(found.html, ()) if found else "",
        rules=await site_texts.rules(),
        staff=presenting.people(visit, await _staff()),
        has_terms=bool(await site_texts.texts(SiteTextKind.TERMS)),
    )


async def privacy_policy(visit: Visit) -> Answer:
    """GET /privacy-policy."""
    return await _text(visit, SiteTextKind.PRIVACY)


async def terms_of_service(visit: Visit) -> Answer:
    """GET /terms-of-service."""
    return await _text(visit, SiteTextKind.TERMS)


async def embed(visit: Visit, handle: str, post_id: str) -> Answer:
    """GET /@name/<id>/embed: a post of somebody here that everybody may read (B132)."""
    post = await threads.embeddable_post(visit.instance, finding.post_id(post_id))
    author = await actors.get(post.actor_id)
    if handle != author.username:
        return redirect(f"/@{author.username}/{post.id}/embed")
    stranger = visit.for_nobody()
    shown = await presenting.one_post(stranger, post.id, place="glimpse")
    made = await presenting.page(
        stranger,
        "embed.html",
        post=presenting.markup(shown),
        path=f"/@{author.username}/{post.id}",
    )
    policy = security.content_security_policy(visit.instance.settings, is_embedded=True)
    # The second is how older browsers are told; others obey `frame-ancestors` alone.
    opened = [("Content-Security-Policy", policy), ("X-Frame-Options", "ALLOWALL")]
    return Answer(made.status, [*made.headers, *opened], made.body)


async def _text(visit: Visit, kind: SiteTextKind) -> Answer:
    found = await texts.read(visit.instance, kind)
    if found is None:
        raise NotFound("This server has published no such text.")
    return await presenting.page(
        visit,
        "site_text.html",
        title=_TITLES[kind],
        text=richtext.shown(found.html, ()),
        since=words.when(found.effective_at, visit.instance.now()),
        is_in_force=found.is_in_force,
    )


async def _staff() -> list[Actor]:
    """Who runs this server and shows themselves, the owner first."""
    team = sorted(await users.list_moderators(), key=lambda user: user.role is not Role.OWNER)
    known = await actors.by_ids(user.actor_id for user in team)
    people = (known[user.actor_id] for user in team if user.actor_id in known)
    return [each for each in people if each.is_discoverable and not each.suspended_at]
