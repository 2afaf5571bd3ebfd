"""Chapter consent: who may do what to a post, what waits for one's answer, quotes of a post."""

from dataclasses import dataclass

from feeds import loading
from instance.errors import NotFound
from outbox import approvals
from posts import policies, threads
from posts.text import plain_text
from posts.visibility import WIDE
from storage import actors, posts
from storage.records import Act, InteractionRequest, Page, Policy, RequestState, RowId
from webapp import paging
from webapp.asking import Answer
from webapp.forms import Fields
from webapp.pages import finding, presenting, views, words
from webapp.pages.people import ActorView, actor_path, actor_view
from webapp.pages.quoted import Field
from webapp.pages.visit import Visit, redirect

WAITING_SHOWN_MAX = 40
_EXCERPT_LETTERS = 1000

_ACTS = (
    (Act.REPLY, "Who may reply"),
    (Act.QUOTE, "Who may quote"),
    (Act.BOOST, "Who may boost"),
    (Act.LIKE, "Who may favourite"),
)
_WANTS = {
    Act.REPLY: "would like to reply to your post",
    Act.LIKE: "would like to favourite your post",
    Act.BOOST: "would like to boost your post",
    Act.QUOTE: "would like to quote your post",
}


def fields(policy: Policy | None) -> tuple[Field, ...]:
    """Return the questions of the form, answered as a policy says."""
    policy = policy or Policy()
    return tuple(
        Field(f"may_{act}", label, policies.choice_of(getattr(policy, act))) for act, label in _ACTS
    )


def read(form: Fields, usual: Policy) -> Policy | None:
    """Return the policy that was chosen; what the form does not have is as usual."""
    asked = {field.name: field.chosen for field in fields(usual)}
    choices = {act: form.line(f"may_{act}") or asked[f"may_{act}"] for act, _ in _ACTS}
    return policies.policy_of_choices(choices)


# ---------------------------------------------------------------- what waits for an answer


@dataclass(frozen=True, slots=True)
class WaitingView:
    """Somebody who wants to do something to a post, and what they would say."""

    id: int
    asker: ActorView
    wants: str
    when: words.When
    post_path: str
    post_excerpt: str
    text: str


async def waiting(visit: Visit) -> Answer:
    """GET /waiting: who would like to answer, quote, boost or favourite, and who was refused."""
    me, page = visit.me.actor, Page(limit=WAITING_SHOWN_MAX)
    asked = await approvals.list_waiting(me, page)
    refused = await approvals.list_refused(me, page)
    shown = await _views(visit, [*asked, *refused])
    return await presenting.page(
        visit,
        "waiting.html",
        here="Notifications",
        title="Waiting for you",
        waiting=[shown[each.id] for each in asked if each.id in shown],
        refused=[shown[each.id] for each in refused if each.id in shown],
    )


async def _views(visit: Visit, asked: list[InteractionRequest]) -> dict[RowId, WaitingView]:
    how = presenting.scene(visit)
    people = await actors.by_ids({each.actor_id for each in asked})
    targets = await posts.by_ids({each.post_id for each in asked})
    said = await posts.by_uris({each.object_uri for each in asked if each.act in _SPOKEN})
    found = {}
    for each in asked:
        asker, target = people.get(each.actor_id), targets.get(each.post_id)
        if asker is None or target is None:
            continue
        answer = said.get(each.object_uri)
        found[each.id] = WaitingView(
            id=each.id,
            asker=actor_view(asker, how),
            wants=_WANTS[each.act],
            when=words.when(each.created_at, how.now),
            post_path=f"{actor_path(visit.me.actor)}/{target.id}",
            post_excerpt=words.excerpt(plain_text(target.content)),
            text=words.excerpt(_text(answer.summary, answer.content), _EXCERPT_LETTERS)
            if answer is not None
            else "",
        )
    return found


_SPOKEN = frozenset({Act.REPLY, Act.QUOTE})


def _text(summary: str, content: str) -> str:
    return f"{summary}: {plain_text(content)}" if summary else plain_text(content)


async def answer_waiting(visit: Visit) -> Answer:
    """POST /waiting: let something happen, or refuse it."""
    request_id = RowId(visit.form.id("request"))
    accepts = visit.form.line("do") == "accept"
    act = approvals.accept if accepts else approvals.refuse
    answered = await act(visit.instance, visit.me.actor, request_id)
    said = "let_in" if answered.state is RequestState.ACCEPTED else "turned_away"
    return redirect(f"/waiting?said={said}")


# ---------------------------------------------------------------- pressed under a post


async def hide_reply(visit: Visit, post_id: str) -> Answer:
    """POST /posts/<id>/hide-reply: a reply to one's own post is shown to nobody any more."""
    await approvals.hide_answer(visit.instance, visit.me.actor, finding.post_id(post_id))
    return redirect("/waiting?said=hidden")


async def remove_quote(visit: Visit, post_id: str) -> Answer:
    """POST /posts/<id>/remove-quote: one's own post is not shown in somebody's any more."""
    await approvals.remove_quote(visit.instance, visit.me.actor, finding.post_id(post_id))
    return redirect("/waiting?said=unquoted")


async def quotes(visit: Visit, post_id: str) -> Answer:
    """GET /posts/<id>/quotes: who quotes a post."""
    viewer = visit.reader
    post = await threads.visible_post(visit.instance, finding.post_id(post_id), viewer)
    if post.visibility not in WIDE:
        raise NotFound("There is no post at this address, or it is not for you.")
    page = paging.read(visit.query)
    found = [each.id for each in await posts.quotes_of(post.id, page)]
    items = await loading.load(visit.instance, found, viewer)
    return await presenting.kept_page(
        visit,
        "feed.html",
        posts=await presenting.posts(visit, items),
        next_max_id=found[-1] if len(found) >= page.limit else None,
        title="Quotes",
        here="Home",
        end_words="Nothing is hidden, nothing is recommended.",
        empty_title="Nobody yet",
        empty_words="Nobody has quoted this post where this server could see it.",
        tag_path="",
        edit_path="",
        lead="",
        back_path=views.post_path(post, await actors.get(post.actor_id)),
    )
