"""GET a post, an activity, or the tombstone of either; to whom may see it, and to nobody else."""

import json

from federation import reading, serializing
from federation import vocabulary as v
from inbox import authentication, forwarding
from instance.errors import Gone, NotFound
from instance.resources import Instance
from posts import threads
from posts.activitystreams import note_from_post
from posts.visibility import WIDE, VisiblePost
from storage import actors, posts, receipts, relations, served
from storage.kept import Written
from storage.records import Actor, FollowState, OutgoingActivity, Post, RowId
from storage.served import ServedPost
from webapp import auth, paging, security
from webapp.activitypub import negotiation
from webapp.activitypub.negotiation import PUBLIC, SIGNED
from webapp.asking import Answer, Asked

GONE = 410


async def show_post(instance: Instance, asked: Asked, post_id: str) -> Answer:
    """GET /posts/<id>."""
    request, row_id = negotiation.signed_request(asked), paging.row_id(post_id)
    asker_key = authentication.claimed_key_id(request)
    found = await served.post(row_id, asker_key) if row_id is not None else None
    if found is None:
        raise hidden()
    if not negotiation.wants_activity(asked.header("accept")):
        return await _lead_to_page(instance, asked, found)
    if found.is_deleted or found.visibility not in WIDE:
        return await _show_narrow(instance, asked, found.id)
    if not found.is_author_here:
        raise hidden()
    # PV-11: a wide post is shown to all but those its author blocks, if they say who they are.
    if found.is_asker_blocked and authentication.fits(
        instance, request, asker_key or "", found.asker_pem or ""
    ):
        raise hidden()
    document = instance.kept.get(("post", found.id, found.version, found.author_version))
    return negotiation.answer(asked, document or await _write(instance, found.id))


async def _lead_to_page(instance: Instance, asked: Asked, found: ServedPost) -> Answer:
    """Send a browser to the page, whose address says who wrote it: not for a hidden post (PV-1)."""
    page = negotiation.see_page(instance.addresses.post_page(found.author, found.id))
    if found.visibility in WIDE and found.is_author_here:
        return page
    cookie = asked.cookie(security.session_cookie_name(instance.settings))
    viewer = await auth.viewer_of_session(instance, cookie)
    await threads.visible_post(instance, found.id, viewer.actor if viewer is not None else None)
    return negotiation.for_this_asker(page)


async def _write(instance: Instance, post_id: RowId) -> Written:
    """The document of a wide post, kept for all who ask."""
    visible = await threads.visible_post(instance, post_id, None)
    author = await actors.get(visible.actor_id)
    note = note_from_post(visible, author, addresses=instance.addresses)
    document = negotiation.write(serializing.note_document(note))
    instance.kept.keep(("post", visible.id, visible.version, author.version), document)
    return document


async def _show_narrow(instance: Instance, asked: Asked, post_id: RowId) -> Answer:
    """What depends on who asks, or is a tombstone; written for this asker alone."""
    post = await posts.get(post_id)
    try:
        visible = await visible_to_asker(instance, asked, post)
    except Gone:
        tombstone = v.Tombstone(post.uri, post.kind, post.deleted_at)
        document = negotiation.write(serializing.tombstone_document(tombstone))
        return negotiation.answer(asked, document, status=GONE)
    author = await actors.get(visible.actor_id)
    note = note_from_post(visible, author, addresses=instance.addresses)
    caching = PUBLIC if visible.visibility in WIDE else SIGNED
    return negotiation.answer(asked, negotiation.write(serializing.note_document(note)), caching)


async def show_activity(instance: Instance, asked: Asked, activity_id: str) -> Answer:
    """GET /activities/<id>: public ones to anybody, others to whom they were sent."""
    row_id = paging.row_id(activity_id)
    activity = await receipts.find_open_activity(row_id) if row_id is not None else None
    if activity is None or activity.kind == forwarding.KIND:
        raise NotFound("There is no activity at this address, or it is not for you.")
    document = json.loads(activity.document)
    await _check_object_lives(document)
    if activity.is_public:
        return negotiation.answer(asked, negotiation.write(document))
    asker = await authentication.authenticate_fetch(instance, negotiation.signed_request(asked))
    if asker is None or not await _is_addressed(document, activity, asker):
        raise NotFound("There is no activity at this address, or it is not for you.")
    return negotiation.answer(asked, negotiation.write(document), SIGNED)


async def local_post(post_id: str) -> Post:
    """The local post with this id in its address, also a deleted one; raises `NotFound`."""
    row_id = paging.row_id(post_id)
    post = await posts.find(RowId(row_id)) if row_id is not None else None
    if post is None or not post.is_local:
        raise hidden()
    return post


def hidden() -> NotFound:
    """Return what is said of a post that is not there or hidden: nobody can tell which."""
    return NotFound("There is no post at this address, or it is not for you.")


async def visible_to_asker(instance: Instance, asked: Asked, post: Post) -> VisiblePost:
    """The post, if who asks may see it; raises `NotFound` (PV-1, PV-2) and `Gone`.

    A wide post is shown to all but those its author blocks (PV-11): for that no key is fetched.
    """
    request = negotiation.signed_request(asked)
    if post.visibility in WIDE:
        asker = await authentication.recognise(instance, request)
    else:
        asker = await authentication.authenticate_fetch(instance, request)
    return await threads.visible_post(instance, post.id, asker)


async def _check_object_lives(document: v.Document) -> None:
    """PV-20: what is deleted is not to be had from the activity that brought it either."""
    uri = reading.one_id(document.get("object"))
    post = await posts.find_by_uri(uri) if uri is not None else None
    if post is None or post.deleted_at is None or "Delete" in reading.types(document.get("type")):
        return
    if post.visibility in WIDE:
        raise Gone("This post was deleted by its author.")
    raise NotFound("There is no activity at this address, or it is not for you.")


async def _is_addressed(document: v.Document, activity: OutgoingActivity, asker: Actor) -> bool:
    if reading.one_id(document.get("object")) == asker.uri:
        return True  # a Follow or a Block, which is about the asker
    author = await actors.get(activity.actor_id)
    if await relations.is_blocked_between(asker.id, author.id):
        return False  # PV-11: also who was named in it before
    named = {*reading.recipients(document.get("to")), *reading.recipients(document.get("cc"))}
    if asker.uri in named:
        return True
    if author.followers_url not in named:
        return False
    follow = await relations.find_follow(asker.id, author.id)
    return follow is not None and follow.state is FollowState.ACCEPTED
