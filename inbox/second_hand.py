"""Activities that somebody else told us of: fetched where they were made, then acted on as if sent.

That the origin serves an activity at its id proves who did it (FEP-fe34). Only reactions are acted
on: they change nothing but a count, whatever a host lets its people upload.
"""

import hashlib
import json
from urllib.parse import urldefrag

from actors import identity, remote
from federation import origin, parsing
from inbox import authentication, dispatch, groups
from instance.errors import Invalid, RemoteNonsense
from instance.resources import Instance
from storage.records import Receipt


async def fetch_activity(instance: Instance, payload: dict[str, object]) -> None:
    """Job `fetch_activity`: fetch a reaction from its origin and act on it. Network.

    May run twice: its receipt is that of the same activity sent by its actor.
    """
    uri = urldefrag(str(payload["uri"])).url
    signer = await identity.instance_signer(instance)
    document, final_url = await instance.http.get_document(uri, signer)
    try:
        activity = parsing.parse_activity(document)
    except Invalid as wrong:
        raise RemoteNonsense(f"Not an activity: {wrong.public}", detail=wrong.detail) from wrong
    if not isinstance(activity, groups.REACTIONS) or not remote.is_at(activity.id, final_url):
        raise RemoteNonsense("The address holds something else than the reaction.")
    if not origin.same_origin(activity.actor, activity.id):
        raise RemoteNonsense("The activity's id is of another host than its actor.")
    verified = await authentication.from_origin(instance, activity)
    key = hashlib.sha256(f"{activity.actor}\n{activity.id}".encode()).hexdigest()
    receipt = Receipt(
        id=instance.ids.new(),
        key=key,
        activity_uri=activity.id,
        actor_uri=activity.actor,
        kind=type(activity).__name__,
        document=json.dumps(document, ensure_ascii=False),
        received_at=instance.now(),
    )
    await dispatch.take_in(instance, receipt, verified)
