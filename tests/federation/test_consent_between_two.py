"""Two instances of ours, each asking the other: answers, likes, boosts and quotes by policy.

One side is the author of a post, the other wants to do something to it; on the wire they speak as
GoToSocial and Mastodon do. A189, A190, E134, E135, P10.
"""

from dataclasses import dataclass

import pytest

from actors import identity
from federation.vocabulary import Document
from instance.errors import Forbidden, NotFound
from instance.resources import Instance
from outbox import approvals, interacting, publishing
from posts import policies
from posts.drafts import Draft
from storage import interactions, posts
from storage.records import (
    Act,
    InteractionKind,
    InteractionRequest,
    NotificationKind,
    Page,
    Policy,
    Post,
    QuoteState,
    Visibility,
)
from tests.federation.test_two_instances import Side, follow, sides

__all__ = ["sides"]  # a fixture
PAGE = Page(limit=40)
ASK = policies.ON_REQUEST


def asking(*acts: Act) -> Policy:
    return Policy(**{act.value: ASK for act in acts})


def only(group: str, *acts: Act) -> Policy:
    rule = policies.rule_of_choice(group)
    return Policy(**{act.value: rule for act in acts})


@dataclass
class Two:
    """The author of a post and who wants something of it."""

    author: Side
    other: Side

    async def post(self, policy: Policy | None, text: str = "Talk to me", **draft: object) -> Post:
        """A post of the author, and the other has it."""
        return await self.author.say(text, policy=policy, **draft)

    async def theirs(self, post: Post) -> Post:
        """A post as the other has it."""
        found = await self.other.post(post.uri)
        assert found is not None
        return found

    async def answer(self, post: Post, text: str = "I answer") -> Post:
        there = await self.theirs(post)
        return await self.other.say(text, in_reply_to_id=there.id)

    async def waiting(self) -> list[InteractionRequest]:
        with self.author.instance.store.active():
            return await approvals.list_waiting(self.author.person, PAGE)

    async def decide(self, *, accepts: bool) -> None:
        (request,) = await self.waiting()
        async with self.author.acting() as instance:
            act = approvals.accept if accepts else approvals.refuse
            await act(instance, self.author.person, request.id)

    async def here(self, uri: str) -> Post | None:
        """Something as the author has it."""
        return await self.author.post(uri)

    async def said(self, uri: str) -> Post:
        """Something as the other, who made it, has it."""
        found = await self.other.post(uri)
        assert found is not None
        return found

    async def done(self, kind: InteractionKind, post: Post) -> bool:
        """Whether the author counts a like or boost of the other."""
        with self.author.instance.store.active():
            return bool(await posts.actors_of(kind, post.id, PAGE))


@pytest.fixture
async def two(sides: tuple[Side, Side]) -> Two:
    author, other = sides
    await follow(other, author)
    return Two(author, other)


# ---------------------------------------------------------------- answers


async def test_an_answer_waits_and_is_shown_to_nobody(two: Two) -> None:
    """P10, A190, E134: it is asked for, and in no feed, thread or notification."""
    post = await two.post(asking(Act.REPLY))
    theirs = await two.theirs(post)
    assert theirs.policy == asking(Act.REPLY) or theirs.policy is not None
    answer = await two.answer(post)
    assert answer.held is not None
    held = await two.here(answer.uri)
    assert held is not None
    assert held.held is not None
    assert held.held.visibility is Visibility.PUBLIC
    assert answer.uri not in {each.uri for each in await two.author.home()}
    assert [each.kind for each in await two.author.told()] == [
        NotificationKind.APPROVAL,
        NotificationKind.FOLLOW,
    ]


async def test_an_answer_that_is_let_in_is_shown_with_its_stamp(two: Two) -> None:
    """P10, E134: Accept with a result; the Create goes out and carries the stamp."""
    post = await two.post(asking(Act.REPLY))
    answer = await two.answer(post)
    await two.decide(accepts=True)
    here, there = await two.here(answer.uri), await two.said(answer.uri)
    assert here is not None
    assert here.held is None
    assert there.held is None
    assert here.visibility is there.visibility is Visibility.PUBLIC
    assert there.approval_uri is not None
    assert there.approval_uri == here.approval_uri
    assert there.approval_uri.startswith(post.uri.partition("/posts/")[0] + "/stamps/")
    assert NotificationKind.APPROVAL not in {each.kind for each in await two.author.told()}
    assert NotificationKind.REPLY in {each.kind for each in await two.author.told()}


async def test_an_answer_that_is_refused_stays_with_its_author(two: Two) -> None:
    """P10, E134: Reject."""
    post = await two.post(asking(Act.REPLY))
    answer = await two.answer(post)
    await two.decide(accepts=False)
    here, there = await two.here(answer.uri), await two.said(answer.uri)
    assert here is not None
    assert here.held is not None
    assert there.held is not None
    assert not await two.waiting()


async def test_an_answer_that_waits_can_be_deleted_but_not_edited(two: Two) -> None:
    """P10, PV-20: it leaves who was asked, too."""
    post = await two.post(asking(Act.REPLY))
    answer = await two.answer(post)
    async with two.other.acting() as instance:
        with pytest.raises(Forbidden, match="not shown to others"):
            await publishing.edit(instance, two.other.person, answer.id, Draft("Other words"))
        await publishing.delete(instance, two.other.person, answer.id)
    here = await two.here(answer.uri)
    assert here is not None
    assert here.deleted_at is not None
    assert here.held is None
    assert not await two.waiting()


async def test_an_approval_of_an_answer_is_taken_back(two: Two) -> None:
    """P10, E134: Delete of the stamp; both sides hide the answer again."""
    post = await two.post(asking(Act.REPLY))
    answer = await two.answer(post)
    await two.decide(accepts=True)
    here = await two.here(answer.uri)
    assert here is not None
    async with two.author.acting() as instance:
        await approvals.hide_answer(instance, two.author.person, here.id)
    for side in (two.author, two.other):
        found = await side.post(answer.uri)
        assert found is not None
        assert found.held is not None
        assert found.approval_uri is None


async def test_only_followers_may_answer_and_they_need_not_wait(two: Two) -> None:
    """A189: the server of the author tells who is a follower; the stamp comes by itself."""
    post = await two.post(only("followers", Act.REPLY))
    answer = await two.answer(post)
    here, there = await two.here(answer.uri), await two.said(answer.uri)
    assert here is not None
    assert here.held is None
    assert there.held is None
    assert there.approval_uri is not None


async def test_who_may_not_answer_is_told_so_before(two: Two) -> None:
    """A190."""
    post = await two.post(only("nobody", Act.REPLY))
    with pytest.raises(Forbidden, match="Only its author can reply"):
        await two.answer(post)


async def test_whom_a_post_names_may_always_answer(two: Two) -> None:
    """A189: GoToSocial, implicit assumptions."""
    name = f"@{two.other.person.username}@{two.other.instance.settings.domain}"
    post = await two.post(only("nobody", Act.REPLY), f"{name} what do you say?")
    answer = await two.answer(post)
    here = await two.here(answer.uri)
    assert here is not None
    assert here.held is None


async def test_an_answer_of_anybody_can_be_hidden_and_let_in_again(two: Two) -> None:
    """P10, B54: a stranger's reply is hidden for everybody, on its own server too."""
    post = await two.post(None)
    answer = await two.answer(post)
    here = await two.here(answer.uri)
    assert here is not None
    async with two.author.acting() as instance:
        await approvals.hide_answer(instance, two.author.person, here.id)
    there = await two.said(answer.uri)
    assert there.held is not None
    with two.author.instance.store.active():
        (request,) = await approvals.list_refused(two.author.person, PAGE)
        counts = await interactions.counts([post.id])
        assert counts[post.id].replies == 0
        assert [each.uri for each in await posts.replies_to(post.id, PAGE)] in ([], [answer.uri])
    async with two.author.acting() as instance:
        await approvals.accept(instance, two.author.person, request.id)
    for side in (two.author, two.other):
        found = await side.post(answer.uri)
        assert found is not None
        assert found.held is None


async def test_strangers_answers_cannot_be_hidden_by_others(two: Two) -> None:
    """P10: only who is answered."""
    post = await two.post(None)
    answer = await two.answer(post)
    async with two.other.acting() as instance:
        with pytest.raises(NotFound):
            await approvals.hide_answer(instance, two.other.person, answer.id)


# ---------------------------------------------------------------- likes and boosts


@pytest.mark.parametrize("kind", [InteractionKind.LIKE, InteractionKind.BOOST])
@pytest.mark.parametrize("accepts", [True, False])
async def test_a_like_or_boost_waits(two: Two, kind: InteractionKind, accepts: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    """A189, E134: LikeRequest and AnnounceRequest."""
    post = await two.post(asking(Act.LIKE, Act.BOOST))
    theirs = await two.theirs(post)
    act = interacting.like if kind is InteractionKind.LIKE else interacting.boost
    async with two.other.acting() as instance:
        await act(instance, two.other.person, theirs.id)
        await act(instance, two.other.person, theirs.id)
    assert not await two.done(kind, post)
    await two.decide(accepts=accepts)
    assert await two.done(kind, post) is accepts
    with two.other.instance.store.active():
        assert bool(await posts.actors_of(kind, theirs.id, PAGE)) is accepts


async def test_a_like_that_waits_is_taken_back(two: Two) -> None:
    """E110, E134."""
    post = await two.post(asking(Act.LIKE))
    theirs = await two.theirs(post)
    async with two.other.acting() as instance:
        await interacting.like(instance, two.other.person, theirs.id)
    assert len(await two.waiting()) == 1
    async with two.other.acting() as instance:
        await interacting.unlike(instance, two.other.person, theirs.id)
    assert not await two.waiting()
    assert not await two.done(InteractionKind.LIKE, post)


# ---------------------------------------------------------------- quotes


async def quote(two: Two, post: Post, text: str = "Look at this") -> Post:
    theirs = await two.theirs(post)
    return await two.other.say(text, quote_of=theirs.id)


async def test_a_quote_is_asked_for_and_stamped(two: Two) -> None:
    """A188, E135: QuoteRequest, Accept with a stamp, an Update that carries it."""
    post = await two.post(None)
    quoting = await quote(two, post)
    here, there = await two.here(quoting.uri), await two.said(quoting.uri)
    assert there.quote_state is QuoteState.ACCEPTED
    assert there.quote_approval_uri is not None
    assert here is not None
    assert here.quote_state is QuoteState.ACCEPTED
    assert here.quote_id == post.id
    assert here.quote_approval_uri == there.quote_approval_uri
    assert NotificationKind.QUOTE in {each.kind for each in await two.author.told()}


async def test_a_quote_waits_for_who_wants_to_be_asked(two: Two) -> None:
    """A188: shown as a link until then; refused, it is no quote any more."""
    post = await two.post(asking(Act.QUOTE))
    quoting = await quote(two, post)
    assert (await two.said(quoting.uri)).quote_state is QuoteState.PENDING
    here = await two.here(quoting.uri)
    assert here is not None
    assert here.quote_state is QuoteState.PENDING
    await two.decide(accepts=False)
    assert (await two.said(quoting.uri)).quote_state is QuoteState.REJECTED
    here = await two.here(quoting.uri)
    assert here is not None
    assert here.quote_state is QuoteState.REJECTED


async def test_a_quote_is_removed_by_who_is_quoted(two: Two) -> None:
    """A188, E135: the Delete of the stamp revokes."""
    post = await two.post(None)
    quoting = await quote(two, post)
    here = await two.here(quoting.uri)
    assert here is not None
    async with two.author.acting() as instance:
        await approvals.remove_quote(instance, two.author.person, here.id)
    for side in (two.author, two.other):
        found = await side.post(quoting.uri)
        assert found is not None
        assert found.quote_state is QuoteState.REJECTED
        assert found.quote_approval_uri is None


@pytest.mark.parametrize("visibility", [Visibility.FOLLOWERS, Visibility.DIRECT])
async def test_nobody_quotes_what_is_not_for_everybody(two: Two, visibility: Visibility) -> None:
    """A188: a quote never shows a post to more people."""
    name = f"@{two.other.person.username}@{two.other.instance.settings.domain}"
    post = await two.post(None, f"{name} a secret", visibility=visibility.value)
    theirs = await two.theirs(post)
    with pytest.raises(Forbidden, match="cannot be quoted"):
        await two.other.say("Look at this", quote_of=theirs.id)


# ---------------------------------------------------------------- on the wire


async def test_stamps_are_served_until_they_are_taken_back(two: Two) -> None:
    """A188, E135: a QuoteAuthorization names the two posts and embeds neither."""
    post = await two.post(None)
    quoting = await quote(two, post)
    stamp_uri = (await two.said(quoting.uri)).quote_approval_uri
    assert stamp_uri is not None
    with two.other.instance.store.active():
        stamp = await _get(two.other.instance, stamp_uri)
    assert stamp["type"] == "QuoteAuthorization"
    assert stamp["interactingObject"] == quoting.uri
    assert stamp["interactionTarget"] == post.uri
    assert stamp["attributedTo"] == two.author.person.uri
    here = await two.here(quoting.uri)
    assert here is not None
    async with two.author.acting() as instance:
        await approvals.remove_quote(instance, two.author.person, here.id)
    with two.other.instance.store.active(), pytest.raises(Exception, match="404"):
        await _get(two.other.instance, stamp_uri)


async def _get(instance: Instance, uri: str) -> Document:
    signer = await identity.instance_signer(instance)
    document, _ = await instance.http.get_document(uri, signer)
    return document
