"""Chapter emoji: the custom emoji of this server, for who runs it."""

from actors import emoji
from instance.errors import Conflict, Failure, Invalid
from storage import emojis
from webapp.asking import Answer
from webapp.pages import admin
from webapp.pages.visit import Visit, redirect

PATH = "/admin/emoji"


async def emoji_form(visit: Visit) -> Answer:
    """GET /admin/emoji."""
    return await _page(visit)


async def add_emoji(visit: Visit) -> Answer:
    """POST /admin/emoji: add one."""
    name = visit.form.line("name")
    try:
        picture = visit.form.file("picture") or b""
        await emoji.add(visit.instance, name, picture, by=visit.me.actor.id)
    except (Conflict, Invalid) as failure:
        return await _page(visit, failure, name)
    return redirect(f"{PATH}?said=saved")


async def remove_emoji(visit: Visit) -> Answer:
    """POST /admin/emoji/remove."""
    await emoji.remove(visit.instance, visit.form.line("name"), by=visit.me.actor.id)
    return redirect(f"{PATH}?said=saved")


async def _page(visit: Visit, failure: Failure | None = None, name: str = "") -> Answer:
    return await admin.panel(
        visit,
        "admin_emoji.html",
        "Emoji",
        emojis=await emojis.list_all(),
        typed=name,
        failure=failure,
    )
