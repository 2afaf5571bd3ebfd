"""GET a stamp: that a person here lets somebody answer, like, boost or quote a post.

Whoever has its address may read it: it names two ids and shows neither thing (FEP-044f; GoToSocial,
"Interaction Authorization Objects"). One that was taken back is gone, and one of a post that not
everybody may see is there for who may.
"""

from federation import consent_serializing
from federation import vocabulary as v
from federation.writing import finish
from instance.errors import NotFound
from instance.resources import Instance
from posts.visibility import WIDE, let_in
from storage import actors, approvals, posts
from storage.records import RequestState
from webapp import paging
from webapp.activitypub import negotiation
from webapp.activitypub.objects import visible_to_asker
from webapp.asking import Answer, Asked


async def show(instance: Instance, asked: Asked, stamp_id: str) -> Answer:
    """GET /stamps/<id>."""
    row_id = paging.row_id(stamp_id)
    request = await approvals.find(row_id) if row_id is not None else None
    post = await posts.find(request.post_id) if request is not None else None
    if request is None or post is None or not post.is_local or post.deleted_at is not None:
        raise _nothing()
    if request.state is not RequestState.ACCEPTED or request.stamp_uri is None:
        raise _nothing()
    caching = negotiation.PUBLIC
    if let_in(post).visibility not in WIDE:
        await visible_to_asker(instance, asked, post)
        caching = negotiation.SIGNED
    owner = await actors.get(request.owner_id)
    stamp = v.Authorization(
        id=request.stamp_uri,
        act=request.act.value,
        attributed_to=owner.uri,
        interacting_object=request.object_uri,
        interaction_target=post.uri,
    )
    document = finish(consent_serializing.authorization(stamp), with_context=True)
    return negotiation.answer(asked, negotiation.write(document), caching)


def _nothing() -> NotFound:
    return NotFound("There is no approval at this address.")
