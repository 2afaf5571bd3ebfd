"""Somebody elsewhere asks whether they may answer, like, boost or quote a post of a person here.

QuoteRequest (FEP-044f, E135) and GoToSocial's LikeRequest, ReplyRequest and AnnounceRequest (E134).
What is asked for comes with the request, or is fetched from its own id.
"""

from dataclasses import replace

from federation import origin
from federation import vocabulary as v
from federation.consent_parsing import REQUEST_TYPES
from inbox import arrivals, meant, quotes
from inbox.authentication import VerifiedActivity
from inbox.results import FetchFirst, Result, done, ignored, refused
from instance.resources import Instance
from outbox import approvals as answers
from outbox import asking, permitted
from posts import consent
from posts.policies import Verdict
from posts.visibility import may_boost
from storage import actors, approvals, posts
from storage.records import Act, Actor, InteractionRequest, Post, RequestState


async def interaction_request(
    instance: Instance, verified: VerifiedActivity[v.InteractionRequest]
) -> Result:
    """Answer by the policy of the post, or let its author answer; again: the same answer."""
    activity, asker = verified.activity, verified.actor
    act = Act(REQUEST_TYPES[activity.type])
    post = await meant.living_post(instance, activity.object)
    if post is None or not post.is_local:
        return ignored("the post is not ours")
    uri = _uri_of(activity.instrument)
    if not origin.same_origin(uri, asker.uri) or not await meant.may_react(post, asker):
        return refused("the actor may not see the post, or asks for what is somebody else's")
    async with instance.store.transaction():
        request = await _keep(instance, act, post, verified, uri)
        if request.state is RequestState.REJECTED:
            await answers.send_reject(instance, await actors.get(post.actor_id), request)
            return refused("the author of the post does not let this actor do that")
        problem = await _prepare(instance, act, post, verified)
        if problem is None and request.state is RequestState.WAITING:
            return done("it waits for the author of the post")
        if problem is not None:
            return problem
        await permitted.carry_out(instance, request)
        await answers.send_accept(instance, await actors.get(post.actor_id), request)
    return done()


def _uri_of(instrument: v.Note | v.Like | v.Announce | str) -> str:
    return instrument if isinstance(instrument, str) else instrument.id


async def _keep(
    instance: Instance,
    act: Act,
    post: Post,
    verified: VerifiedActivity[v.InteractionRequest],
    uri: str,
) -> InteractionRequest:
    asker, request_uri = verified.actor, verified.activity.id
    verdict = await consent.verdict(act, post, asker)
    if verdict is Verdict.ASK:
        return await asking.keep_waiting(instance, act, asker, post, uri, request_uri)
    is_boost = act is Act.BOOST
    if verdict is Verdict.NEVER or (is_boost and not may_boost(post, asker.id)):
        known = await approvals.find_for(act, post.id, uri)
        known = known or await asking.refuse(instance, act, asker, post, uri)
        return replace(known, request_uri=request_uri)
    return await asking.allow(instance, act, asker, post, uri, request_uri)


async def _prepare(
    instance: Instance,
    act: Act,
    post: Post,
    verified: VerifiedActivity[v.InteractionRequest],
) -> Result | None:
    """Have the answer or quote here before it is shown; a Like or Announce is all in its id."""
    thing, asker = verified.activity.instrument, verified.actor
    if act in (Act.LIKE, Act.BOOST):
        is_about = isinstance(thing, str) or getattr(thing, "object", "") == post.uri
        return None if is_about else refused("it asks for one post and means another")
    found = await _post_of(instance, thing, asker)
    if found is None:
        return ignored("deleted before")
    target = found.in_reply_to_uri if act is Act.REPLY else found.quote_uri
    if found.actor_id != asker.id or target != post.uri:
        return refused("it asks for one post and means another")
    if act is Act.QUOTE:
        await quotes.decide(instance, found.id, post, asker)
    return None


async def _post_of(
    instance: Instance, thing: v.Note | v.Like | v.Announce | str, asker: Actor
) -> Post | None:
    if not isinstance(thing, v.Note):
        uri = _uri_of(thing)
        found = await posts.find_by_uri(uri)
        if found is None:
            raise FetchFirst(uri)
        return found if found.deleted_at is None else None
    if thing.attributed_to != asker.uri:
        return None
    people = await arrivals.people_named(instance, thing, asker)
    return await arrivals.store(instance, thing, asker, people)
