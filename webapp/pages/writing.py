"""Chapter writing: compose, answer, edit, delete, and what is pressed under a post."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from feeds import lists
from instance.errors import Conflict, Failure, Forbidden, Invalid, NotFound
from instance.resources import Instance
from outbox import drafting, interacting, publishing, scheduling
from posts import consent, threads
from storage import posts
from storage.records import Act, Actor, Policy, Post, RowId
from webapp import languages
from webapp.asking import Answer
from webapp.forms import Fields
from webapp.pages import attaching, composing, finding, late, presenting, views
from webapp.pages.articles import Article
from webapp.pages.attaching import Attached
from webapp.pages.composing import Composer
from webapp.pages.visit import Visit, redirect

# ---------------------------------------------------------------- write


async def compose_form(visit: Visit) -> Answer:
    """GET /compose: also the target of "share" and of links to answer a post."""
    query = visit.query
    if query.get("kept"):
        return await _kept_page(visit, finding.post_id(query["kept"]))
    if query.get("late") and (form := await late.find(visit, query["late"])) is not None:
        return await _compose_again(replace(visit, form=form), Invalid(late.LOOK))
    if query.get("reply_to"):
        return await _answer_page(visit, finding.post_id(query["reply_to"]))
    if query.get("quote"):
        return await _quote_page(visit, finding.post_id(query["quote"]))
    parts = (query.text(name).strip(" ") for name in ("title", "text", "url"))
    text = "\n".join(part for part in parts if part)[: composing.TEXT_LETTERS_MAX]
    composer = composing.new_post(visit, draft_key="" if text else "home", text=text)
    return await _compose_page(visit, "Write", composer)


async def compose(visit: Visit) -> Answer:
    """POST /compose: publish a post or an answer, now or later, or keep it as a draft."""
    instance, me, form = visit.instance, visit.me.actor, visit.form
    attached = await composing.read_files(visit)
    kept = composing.kept_id(form)
    try:
        draft = composing.draft_of(form, visit.me.user.preferences.policy, attached)
        if form.get("do") == "keep":
            await drafting.keep(instance, me, draft, kept)
            return redirect("/drafts?said=kept")
        if attaching.is_to_wait(form, attached):
            return await _compose_again(visit, None, attached)
        if (due_at := composing.later(form)) is not None:
            await scheduling.schedule(instance, me, draft, due_at, instead_of=kept)
            return redirect("/scheduled?said=scheduled")
        post = await drafting.publish(instance, me, draft, kept)
    except Failure as failure:
        return await _compose_again(visit, failure, attached)
    if post.in_reply_to_id is None:
        return redirect("/home")
    return redirect(f"{views.post_path(post, me)}#p{post.id}")


async def _compose_again(
    visit: Visit, failure: Failure | None, attached: Sequence[Attached] | None = None
) -> Answer:
    """Nothing that was typed or chosen is lost, even when the post it answers is gone by now."""
    if attached is None:
        attached = await composing.read_files(visit)
    reply_to, quoted = visit.form.get("reply_to"), visit.form.get("quote")
    with suppress(NotFound):
        if reply_to:
            return await _answer_page(visit, finding.post_id(reply_to), failure, attached)
        if quoted:
            return await _quote_page(visit, finding.post_id(quoted), failure, attached)
    composer = _typed(composing.new_post(visit, draft_key="home"), visit.form, failure, attached)
    return await _compose_page(visit, "Write", composer, failure)


def _typed(
    composer: Composer, form: Fields, failure: Failure | None, attached: Sequence[Attached]
) -> Composer:
    composer = composing.typed(composer, form, attached)
    error = failure.public if failure is not None else attaching.problem(form, attached)
    is_gone = isinstance(failure, Conflict)  # what it was opened from is no more
    return replace(composer, error=error, kept=None if is_gone else composer.kept)


async def _kept_page(visit: Visit, kept_id: RowId) -> Answer:
    """The form with a draft in it, or with what waits for its time."""
    me, later, reason = visit.me.actor, "", ""
    try:
        found = await drafting.find(me, kept_id)
        draft, reason = drafting.draft_of(found.draft), found.reason
    except NotFound:
        waiting = await scheduling.find(me, kept_id)
        draft, later = scheduling.draft_of(waiting), composing.field_of(waiting.due_at)
    composer, answered = composing.new_post(visit, draft_key=""), None
    with suppress(NotFound, Forbidden):
        if draft.in_reply_to_id is not None:
            post, answered = await _answered(visit, draft.in_reply_to_id)
            composer = composing.answer(visit, post, answered.head)
        elif draft.quote_of is not None:
            post, answered = await _quoted(visit, draft.quote_of)
            composer = composing.quoting(visit, post, answered.head)
    fields = await attaching.of_draft(visit, drafting.media_ids(draft))
    composer = replace(composing.kept(composer, draft, kept_id, fields), later=later, error=reason)
    return await _compose_page(visit, "Write", composer, answered=answered)


async def _answered(visit: Visit, post_id: RowId) -> tuple[Post, Article]:
    post = await threads.visible_post(visit.instance, post_id, visit.me.actor)
    return post, await presenting.one_post(visit, post.id)


async def _quoted(visit: Visit, post_id: RowId) -> tuple[Post, Article]:
    """The post that is quoted; `Forbidden` where its author says no."""
    post = await threads.visible_post(visit.instance, post_id, visit.me.actor)
    await consent.check(Act.QUOTE, post, visit.me.actor)
    return post, await presenting.one_post(visit, post.id)


async def _answer_page(
    visit: Visit,
    post_id: RowId,
    failure: Failure | None = None,
    attached: Sequence[Attached] | None = None,
) -> Answer:
    post, answered = await _answered(visit, post_id)
    composer = composing.answer(visit, post, answered.head)
    if attached is not None:
        composer = _typed(composer, visit.form, failure, attached)
    return await _compose_page(visit, "Reply", composer, failure, answered=answered)


async def _quote_page(
    visit: Visit,
    post_id: RowId,
    failure: Failure | None = None,
    attached: Sequence[Attached] | None = None,
) -> Answer:
    """The form with the post that is quoted above it."""
    post, shown = await _quoted(visit, post_id)
    composer = composing.quoting(visit, post, shown.head)
    if attached is not None:
        composer = _typed(composer, visit.form, failure, attached)
    return await _compose_page(visit, "Quote", composer, failure, answered=shown)


async def _compose_page(
    visit: Visit,
    title: str,
    composer: Composer,
    failure: Failure | None = None,
    *,
    answered: Article | None = None,
) -> Answer:
    spoken = await posts.languages_of(visit.me.actor.id)
    composer = replace(composer, usual=frozenset(spoken) & languages.CODES)
    if composer.circles:
        mine = await lists.all_of(visit.instance, visit.me.actor)
        composer = composing.with_lists(composer, mine)
    return await presenting.page(
        visit,
        "compose.html",
        failure=failure,
        here="Write",
        title=title,
        composer=composer,
        answered=presenting.markup(answered) if answered else None,
    )


# ---------------------------------------------------------------- edit and delete


async def edit_form(visit: Visit, post_id: str) -> Answer:
    """GET /posts/<id>/edit."""
    post = await _own_post(visit, post_id)
    composer, failure = composing.editing(visit, post), None
    token = visit.query.get("late")
    if token and (form := await late.find(visit, token)) is not None:
        visit, failure = replace(visit, form=form), Invalid(late.LOOK)
        composer = _typed(composer, form, failure, await composing.read_files(visit))
    return await _compose_page(visit, "Edit", composer, failure)


async def edit(visit: Visit, post_id: str) -> Answer:
    """POST /posts/<id>/edit: the words change, the audience does not."""
    post = await _own_post(visit, post_id)
    attached = await composing.read_files(visit)
    if attaching.is_to_wait(visit.form, attached):
        composer = _typed(composing.editing(visit, post), visit.form, None, attached)
        return await _compose_page(visit, "Edit", composer)
    try:
        draft = replace(
            composing.draft_of(visit.form, Policy(), attached),
            visibility=post.visibility.value,
            in_reply_to_id=post.in_reply_to_id,
            file_changes=attached[0].changes,
        )
        await publishing.edit(visit.instance, visit.me.actor, post.id, draft)
    except Failure as failure:
        composer = _typed(composing.editing(visit, post), visit.form, failure, attached)
        return await _compose_page(visit, "Edit", composer, failure)
    return redirect(views.post_path(post, visit.me.actor))


async def delete_form(visit: Visit, post_id: str) -> Answer:
    """GET /posts/<id>/delete: ask whether that is meant."""
    post = await _own_post(visit, post_id)
    shown = await presenting.one_post(visit, post.id)
    html = presenting.markup(shown)
    return await presenting.page(visit, "confirm_delete.html", post=shown.head, html=html)


async def delete(visit: Visit, post_id: str) -> Answer:
    """POST /posts/<id>/delete: for good, or to write it anew (B41)."""
    if visit.form.get("do") == "redraft":
        post = await _own_post(visit, post_id)
        kept = await drafting.redraft(visit.instance, visit.me.actor, post.id)
        return redirect(f"/compose?kept={kept.id}")
    await publishing.delete(visit.instance, visit.me.actor, finding.post_id(post_id))
    return redirect(f"{views.actor_path(visit.me.actor)}?said=deleted")


async def _own_post(visit: Visit, post_id: str) -> Post:
    me = visit.me.actor
    post = await threads.visible_post(visit.instance, finding.post_id(post_id), me)
    if post.actor_id != me.id:
        raise NotFound("There is no post at this address, or it is not for you.")
    return post


# ---------------------------------------------------------------- pressed under a post

Press = Callable[[Instance, Actor, RowId], Awaitable[Any]]


async def favourite(visit: Visit, post_id: str) -> Answer:
    """POST /posts/<id>/favourite."""
    return await _press(visit, post_id, interacting.like, interacting.unlike)


async def boost(visit: Visit, post_id: str) -> Answer:
    """POST /posts/<id>/boost."""
    return await _press(visit, post_id, interacting.boost, interacting.unboost)


async def save(visit: Visit, post_id: str) -> Answer:
    """POST /posts/<id>/save."""
    return await _press(visit, post_id, interacting.bookmark, interacting.unbookmark)


async def pin(visit: Visit, post_id: str) -> Answer:
    """POST /posts/<id>/pin."""
    return await _press(visit, post_id, interacting.pin, interacting.unpin)


async def _press(visit: Visit, text: str, do: Press, undo: Press) -> Answer:
    """Do or undo."""
    post_id = finding.post_id(text)
    act = undo if visit.form.is_undo() else do
    await act(visit.instance, visit.me.actor, post_id)
    return await answer_press(visit, post_id)


async def answer_press(visit: Visit, post_id: RowId) -> Answer:
    """Return the post alone for htmx, else send the browser back to where it stood."""
    if visit.is_htmx:
        return await presenting.article(visit, post_id)
    return redirect(f"{visit.back('/home').partition('#')[0]}#p{post_id}")
