"""Chapter reacting: votes in polls, emoji under posts, and who put them there."""

from markupsafe import Markup

from federation.addresses import still_address
from instance.errors import Invalid
from outbox import reacting, voting
from posts import threads
from storage import emojis, reactions
from storage.records import Page, Reaction
from webapp import paging
from webapp.asking import Answer
from webapp.pages import finding, presenting
from webapp.pages.attached import reaction_name, reaction_picture
from webapp.pages.visit import Visit
from webapp.pages.writing import answer_press

LIST_LIMIT = 40
ANSWERS_MAX = 20

# One of each sort that people reach for; any other can be typed.
_OFFERED = (
    *("👍", "🎉", "😂", "😮", "😢", "😡", "🙏", "👀", "🤔", "💯", "🔥", "👏"),
    *("🥳", "🤗", "😍", "🙈", "☕", "🌈", "🚀", "✅", "❌", "💔", "🐦", "🌊"),
)


async def vote(visit: Visit, post_id: str) -> Answer:
    """POST /posts/<id>/vote: the fields are named after the post (`attached.poll_view`)."""
    post = finding.post_id(post_id)
    form, one = visit.form, f"v{post}"
    chosen = {n for n in range(ANSWERS_MAX) if form.is_checked(f"{one}-{n}")}
    if form.is_checked(one):
        chosen.add(min(form.id(one), ANSWERS_MAX))
    await voting.vote(visit.instance, visit.me.actor, post, chosen)
    return await answer_press(visit, post)


async def react(visit: Visit, post_id: str) -> Answer:
    """POST /posts/<id>/react?emoji=: put it there, or take it back."""
    post = finding.post_id(post_id)
    if visit.form.is_undo():
        await reacting.unreact(visit.instance, visit.me.actor, post)
    else:
        wanted = visit.query.get("emoji") or visit.form.line("emoji")
        if not wanted:
            raise Invalid("Choose an emoji first.")
        await reacting.react(visit.instance, visit.me.actor, post, wanted)
    return await answer_press(visit, post)


async def reacted_by(visit: Visit, post_id: str) -> Answer:
    """GET /posts/<id>/reactions: who put what there, and the emoji to choose from (PV-3)."""
    post = await threads.visible_post(visit.instance, finding.post_id(post_id), visit.reader)
    shown = await presenting.one_post(visit, post.id)
    max_id = paging.read(visit.query).max_id
    rows = await reactions.page(post.id, Page(limit=LIST_LIMIT + 1, max_id=max_id))
    next_max_id = rows[LIST_LIMIT - 1][0].id if len(rows) > LIST_LIMIT else None
    standing = await presenting.relationships(visit, (actor for _, actor in rows))
    shown_rows = [row for row in rows[:LIST_LIMIT] if not standing[row[1].id].blocked_by]
    people = presenting.people(visit, (actor for _, actor in shown_rows))
    return await presenting.page(
        visit,
        "reactions.html",
        here="",
        post=shown.head,
        html=presenting.markup(shown),
        reacted=[
            (person, reaction_name(each.content), _picture(visit, each))
            for person, (each, _) in zip(people, shown_rows, strict=True)
        ],
        offered=await _offered() if visit.viewer is not None else (),
        older=presenting.older(visit, next_max_id),
        back_path=f"{shown.head.path}#p{post.id}",
    )


def _picture(visit: Visit, reaction: Reaction) -> Markup:
    url = reaction.emoji_url and visit.instance.addresses.shown_file(reaction.emoji_url)
    return reaction_picture(reaction.content, still_address(url) if url else None)


async def _offered() -> list[tuple[str, str, Markup]]:
    """What is sent, what it is called, and how it looks."""
    found = [(sign, sign, reaction_picture(sign, None)) for sign in _OFFERED]
    for emoji in await emojis.list_all():
        content = f":{emoji.shortcode}:"
        found.append(
            (content, emoji.shortcode, reaction_picture(content, still_address(emoji.url)))
        )
    return found
