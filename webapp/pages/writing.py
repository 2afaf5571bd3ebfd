"""Chapter writing: compose, answer, edit, delete, and what is pressed under a post."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from instance.errors import Failure, Invalid, NotFound
from instance.resources import Instance
from outbox import interacting, publishing
from posts import consent, threads
from posts.drafts import Draft
from posts.visibility import is_wider, reply_visibility
from storage.records import Act, Actor, Policy, Post, RowId, Visibility
from webapp.asking import Answer
from webapp.errors import status_of
from webapp.forms import Fields
from webapp.pages import attaching, consenting, finding, polling, presenting, views, words
from webapp.pages.articles import Article
from webapp.pages.attaching import Attached
from webapp.pages.presenting import Composer
from webapp.pages.views import Head
from webapp.pages.visit import Visit, redirect

_TEXT_LETTERS_MAX = 20_000
_OK = 200
_ASKED_AT_HOME = 2  # who may reply, and who may quote


# ---------------------------------------------------------------- the form


def new_post(visit: Visit, *, action: str, draft_key: str, text: str = "") -> Composer:
    """Return the form for a new post, as its writer prefers."""
    chosen = visit.me.user.preferences
    name = visit.me.actor.name or visit.me.actor.username
    return Composer(
        action=action,
        label="Write a post",
        placeholder=f"What would you like to say, {name}?",
        button="Post",
        draft_key=draft_key,
        letters_max=visit.instance.settings.limits.post_letters_max,
        audience=chosen.default_visibility.value,
        language=chosen.language,
        text=text,
        consent=consenting.fields(chosen.policy),
    )


def at_home(visit: Visit) -> Composer:
    """Return the form on top of the home feed; the page of its own asks more."""
    composer = new_post(visit, action="/compose", draft_key="home")
    return replace(composer, consent=composer.consent[:_ASKED_AT_HOME])


def answer(visit: Visit, post: Post, head: Head) -> Composer:
    """Return the form to answer a post; PV-25: never to more people than the post."""
    chosen = visit.me.user.preferences
    audience = reply_visibility(chosen.default_visibility, post.visibility)
    return Composer(
        action="/compose",
        label=f"Reply to {head.author.name}",
        placeholder=f"Reply to {head.author.name}…",
        button="Reply",
        draft_key=f"reply-{post.id}",
        letters_max=visit.instance.settings.limits.post_letters_max,
        audience=audience.value,
        language=chosen.language,
        text=_mentions(visit.me.actor, post, head),
        note=post.summary,
        reply_to=post.id,
        audiences=_narrow_enough(post.visibility),
        consent=consenting.fields(chosen.policy),
    )


def quoting(visit: Visit, post: Post, head: Head) -> Composer:
    """Return the form to quote a post."""
    composer = new_post(visit, action="/compose", draft_key=f"quote-{post.id}")
    return replace(composer, label=f"Quote {head.author.name}", quote=post.id)


def _narrow_enough(visibility: Visibility) -> tuple[tuple[str, str], ...]:
    return tuple(
        (value, text)
        for value, text in words.AUDIENCES
        if not is_wider(Visibility(value), visibility)
    )


def _mentions(me: Actor, post: Post, head: Head) -> str:
    """Return the people an answer names at first: the author and whom the author named."""
    names = [] if head.is_mine else [head.author.mention]
    names += [f"@{each.handle}" for each in post.named if each.actor_id != me.id]
    return "".join(f"{name} " for name in dict.fromkeys(names))


def _draft(form: Fields, usual: Policy) -> Draft:
    text = form.text("text")
    if len(text) > _TEXT_LETTERS_MAX:
        raise Invalid("This is far too long for one post.", fields={"text": "too long"})
    has_note = form.is_checked("note_on")
    return Draft(
        text=text,
        visibility=form.line("audience") or Visibility.PUBLIC.value,
        summary=form.line("note") if has_note else "",
        language=form.line("language"),
        in_reply_to_id=RowId(form.id("reply_to")) if form.get("reply_to") else None,
        poll=polling.read(form),
        quote_of=RowId(form.id("quote")) if form.get("quote") else None,
        policy=consenting.read(form, usual),
    )


# ---------------------------------------------------------------- write


async def compose_form(visit: Visit) -> Answer:
    """GET /compose: also the target of "share" and of links to answer a post."""
    answered, quoted = visit.query.get("reply_to"), visit.query.get("quote")
    if answered:
        return await _answer_page(visit, finding.post_id(answered))
    if quoted:
        return await _quote_page(visit, finding.post_id(quoted))
    parts = (visit.query.text(name).strip(" ") for name in ("title", "text", "url"))
    text = "\n".join(part for part in parts if part)[:_TEXT_LETTERS_MAX]
    composer = new_post(visit, action="/compose", draft_key="" if text else "home", text=text)
    return await _compose_page(visit, "Write", composer)


async def compose(visit: Visit) -> Answer:
    """POST /compose: publish a post or an answer."""
    attached = await attaching.read(visit)
    try:
        if attaching.is_to_wait(visit.form, attached):
            return await _compose_again(visit, None, attached)
        draft = _draft(visit.form, visit.me.user.preferences.policy)
        draft = replace(draft, media_ids=attached.ids)
        post = await publishing.publish(visit.instance, visit.me.actor, draft)
    except Failure as failure:
        return await _compose_again(visit, failure, attached)
    if post.in_reply_to_id is None:
        return redirect("/home")
    return redirect(f"{views.post_path(post, visit.me.actor)}#p{post.id}")


async def _compose_again(visit: Visit, failure: Failure | None, attached: Attached) -> Answer:
    """Nothing that was typed or chosen is lost, even when the post it answers is gone by now."""
    reply_to, quoted = visit.form.get("reply_to"), visit.form.get("quote")
    with suppress(NotFound):
        if reply_to:
            return await _answer_page(visit, finding.post_id(reply_to), failure, attached)
        if quoted:
            return await _quote_page(visit, finding.post_id(quoted), failure, attached)
    composer = new_post(visit, action="/compose", draft_key="")
    typed = _typed(composer, visit.form, failure, attached)
    return await _compose_page(visit, "Write", typed, failure)


def _typed(
    composer: Composer, form: Fields, failure: Failure | None, attached: Attached
) -> Composer:
    return replace(
        composer,
        text=form.text("text"),
        note=form.line("note") if form.is_checked("note_on") else "",
        audience=form.line("audience"),
        language=form.line("language"),
        poll=polling.typed(form, composer.poll),
        consent=consenting.fields(consenting.read(form, Policy())),
        error=failure.public if failure is not None else _problem(form, attached),
        draft_key="",
        files=attached.fields,
    )


def _problem(form: Fields, attached: Attached) -> str:
    """What is to be said of the files before the post goes out (B59)."""
    is_adding = form.get("do") == "add" or not attached.lacks_words
    return attached.error or ("" if is_adding else attaching.ASKED)


async def _answer_page(
    visit: Visit,
    post_id: RowId,
    failure: Failure | None = None,
    attached: Attached | None = None,
) -> Answer:
    me = visit.me.actor
    post = await threads.visible_post(visit.instance, post_id, me)
    answered = await presenting.one_post(visit, post.id)
    composer = answer(visit, post, answered.head)
    if attached is not None:
        composer = _typed(composer, visit.form, failure, attached)
    return await _compose_page(visit, "Reply", composer, failure, answered=answered)


async def _quote_page(
    visit: Visit,
    post_id: RowId,
    failure: Failure | None = None,
    attached: Attached | None = None,
) -> Answer:
    """The form with the post that is quoted above it; `Forbidden` where its author says no."""
    post = await threads.visible_post(visit.instance, post_id, visit.me.actor)
    await consent.check(Act.QUOTE, post, visit.me.actor)
    shown = await presenting.one_post(visit, post.id)
    composer = quoting(visit, post, shown.head)
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
    return await presenting.page(
        visit,
        "compose.html",
        status=status_of(failure) if failure else _OK,
        here="Write",
        title=title,
        composer=composer,
        answered=presenting.markup(answered) if answered else None,
    )


# ---------------------------------------------------------------- edit and delete


async def edit_form(visit: Visit, post_id: str) -> Answer:
    """GET /posts/<id>/edit."""
    post = await _own_post(visit, post_id)
    return await _compose_page(visit, "Edit", _edited(visit, post))


async def edit(visit: Visit, post_id: str) -> Answer:
    """POST /posts/<id>/edit: the words change, the audience does not."""
    post = await _own_post(visit, post_id)
    attached = await attaching.read(visit)
    if attaching.is_to_wait(visit.form, attached):
        composer = _typed(_edited(visit, post), visit.form, None, attached)
        return await _compose_page(visit, "Edit", composer)
    try:
        draft = replace(
            _draft(visit.form, Policy()),
            visibility=post.visibility.value,
            in_reply_to_id=post.in_reply_to_id,
            media_ids=attached.ids,
            file_changes=attached.changes,
        )
        await publishing.edit(visit.instance, visit.me.actor, post.id, draft)
    except Failure as failure:
        composer = _typed(_edited(visit, post), visit.form, failure, attached)
        return await _compose_page(visit, "Edit", composer, failure)
    return redirect(views.post_path(post, visit.me.actor))


def _edited(visit: Visit, post: Post) -> Composer:
    return Composer(
        action=f"/posts/{post.id}/edit",
        label="Edit the post",
        placeholder="",
        button="Save",
        draft_key="",
        letters_max=visit.instance.settings.limits.post_letters_max,
        audience=post.visibility.value,
        language=post.language or "",
        text=post.source,
        note=post.summary,
        can_choose_audience=False,
        poll=polling.of_post(post.poll),
        audience_words=words.SEEN_BY[post.visibility],
        files=attaching.of_post(post),
    )


async def delete_form(visit: Visit, post_id: str) -> Answer:
    """GET /posts/<id>/delete: ask whether that is meant."""
    post = await _own_post(visit, post_id)
    shown = await presenting.one_post(visit, post.id)
    html = presenting.markup(shown)
    return await presenting.page(visit, "confirm_delete.html", post=shown.head, html=html)


async def delete(visit: Visit, post_id: str) -> Answer:
    """POST /posts/<id>/delete."""
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
