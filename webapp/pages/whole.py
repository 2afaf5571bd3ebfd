"""Chapter conversations: whether a thread is whole, what is missing of it, and not being told."""

from dataclasses import dataclass, replace

from feeds import notifications
from inbox import conversations
from posts import threads
from posts.threads import Thread
from storage.conversations import Standing
from storage.values import to_microseconds
from webapp import paging
from webapp.asking import Answer
from webapp.pages import finding, presenting, templating, words
from webapp.pages.visit import Visit, redirect, said

HOSTS_NAMED_MAX = 3


@dataclass(frozen=True, slots=True)
class Rest:
    """What a member is told of the rest of a conversation; '' where there is nothing to say."""

    post_id: int
    is_looking: bool
    is_muted: bool
    here: str
    silent: str
    shown: int
    """Answers that the page has already, of those that everybody may see."""
    looked: str = ""
    new: int = 0
    path: str = ""


async def rest_of(visit: Visit, thread: Thread) -> Rest:
    """Have the rest of a conversation looked for, and say how it stands with it."""
    found = await conversations.open_thread(visit.instance, thread, visit.me.actor)
    return _rest(visit, thread, found)


def _rest(visit: Visit, thread: Thread, found: Standing) -> Rest:
    known, now = found.conversation, visit.instance.now()
    plain = Rest(
        post_id=thread.post.id,
        is_looking=False,
        is_muted=found.is_muted,
        here="",
        silent="",
        shown=thread.replies_here,
    )
    if known is None:
        return plain
    if known.ended_at is None:
        return replace(plain, is_looking=now < known.again_at)
    # What came since then is counted where the page begins with the first post.
    is_first = thread.first_id == thread.post.id
    here = max(known.replies_here, thread.replies_here) if is_first else known.replies_here
    moment = to_microseconds(known.ended_at)
    return replace(
        plain,
        here=here_words(here, found.missing),
        silent=silent_words(known.silent_hosts),
        looked=words.age(moment, to_microseconds(now))[1],
    )


def here_words(here: int, missing: int) -> str:
    """Say how many of the replies that are known of are here; '' when there are none."""
    if missing:
        return f"{here} of {here + missing} replies are here."
    if here == 1:
        return "The only reply is here."
    return f"All {here} replies are here." if here else ""


def silent_words(hosts: tuple[str, ...]) -> str:
    """Say which servers do not answer."""
    if not hosts:
        return ""
    named, more = hosts[:HOSTS_NAMED_MAX], len(hosts) - HOSTS_NAMED_MAX
    listed = ", ".join(named) + (f" and {more} more" if more > 0 else "")
    if len(hosts) == 1:
        return f"{listed} does not answer."
    return f"{len(hosts)} servers do not answer: {listed}."


async def rest(visit: Visit, post_id: str) -> Answer:
    """GET /posts/<id>/rest: how it stands now, for a page that shows so many answers already."""
    me = visit.me.actor
    post = await threads.visible_post(visit.instance, finding.post_id(post_id), me)
    thread = await threads.thread(visit.instance, post, me)
    found = await rest_of(visit, thread)
    shown = paging.row_id(visit.query.get("shown", ""))
    new = 0 if found.is_looking else max(0, thread.replies_here - (shown or 0))
    item = await presenting.one_post(visit, post.id)
    view = replace(found, shown=shown or 0, new=new, path=item.head.path)
    return presenting.respond(visit, templating.render("rest.html", {"rest": view}).encode())


async def mute(visit: Visit, post_id: str) -> Answer:
    """POST /posts/<id>/mute: be told nothing of a conversation, or be told again (A183)."""
    act = notifications.unmute_thread if visit.form.is_undo() else notifications.mute_thread
    await act(visit.instance, visit.me.actor, finding.post_id(post_id))
    note = "thread_unmuted" if visit.form.is_undo() else "thread_muted"
    return redirect(said(visit.back("/home"), note))
