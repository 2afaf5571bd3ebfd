"""The federation debugger: looks at a handle, an address or an activity as this server does.

Each step of what would happen is a finding in one line, so that a failure names the step that it
was. It reads and fetches, through the same doors as everything else, and changes nothing.
"""

from actors import handles, identity, remote
from actors.activitystreams import actor_from_vocabulary
from federation import integrity, keys, ld_signatures, origin, parsing, webfinger
from federation import vocabulary as v
from federation.vocabulary import Document
from federation.webfinger import Handle
from inbox import policing
from inbox.inspection import Inspection
from instance.errors import Failure, Invalid, NotFound, Unauthenticated
from instance.resources import Instance
from moderation.hosts import limited
from moderation.policies import Hold, Reject
from posts.activitystreams import post_from_note
from storage import actors, deliveries, hosts, posts, receipts, relations
from storage.records import Actor, ActorKind, Receipt, RowId

RECEIPTS_PER_LOOK = 20_000
DELIVERIES_SHOWN_MAX = 50
_NO_ID = RowId(0)


async def inspect(instance: Instance, text: str) -> Inspection:
    """Look at a handle, the id of an activity, or the address of anything; never raises for it.

    Raises `Invalid` for what is none of these.
    """
    text = text.strip()
    found = Inspection(text)
    handle = webfinger.parse_handle(text)
    if handle is not None:
        await _handle(instance, found, handle)
        return found
    try:
        url = origin.safe_url(text, plain_http=instance.settings.federation.plain_http)
    except Invalid as wrong:
        reason = "Write @name@host, or an address that begins with https://."
        raise Invalid(f"{text[:100]!r} is no handle and no address. {reason}") from wrong
    is_known = await _receipts(found, text)
    if instance.addresses.is_ours(url):
        await _ours(instance, found, url)
    elif not is_known:
        await _fetched(instance, found, url)
    return found


# ---------------------------------------------------------------- handles


async def _handle(instance: Instance, found: Inspection, handle: Handle) -> None:
    if handles.is_ours(instance, handle):
        person = await actors.find_by_handle(handle.username, None)
        if person is None:
            found.bad("handle", "there is nobody of this name here")
            return
        found.good("handle", f"lives here: {person.uri}")
        _row_of_actor(found, person)
        return
    host = handle.host or ""
    if not await _rule(instance, found, host):
        return
    try:
        uri = await handles.actor_uri_of(instance, handle)
    except Failure as failure:
        found.bad("webfinger", failure)
        return
    found.good("webfinger", f"{host} says that {handle} is {uri}")
    await _fetched(instance, found, uri)


# ---------------------------------------------------------------- what is fetched


async def _fetched(instance: Instance, found: Inspection, url: str) -> None:
    host = origin.host_of(url)
    if not await _rule(instance, found, host):
        return
    await _host(found, host)
    signer = await identity.instance_signer(instance)
    try:
        document, final_url = await instance.http.get_document(url, signer)
    except Failure as failure:
        found.bad("fetch", failure)
        return
    redirected = "" if final_url == url else f", redirected to {final_url}"
    found.good("fetch", f"signed as {signer.key_id}{redirected}")
    found.document = document
    uri = document.get("id")
    if isinstance(uri, str) and remote.is_at(uri, final_url):
        found.good("id", f"{uri} is where it says")
    else:
        found.bad("id", f"{uri!r} lies at {final_url}: only what lies at its own id is believed")
    await _understand(instance, found, document)


async def _understand(instance: Instance, found: Inspection, document: Document) -> None:
    kind = document.get("type")
    try:
        thing = parsing.parse_object(document)
    except Invalid as wrong:
        found.bad("parse", wrong)
        return
    if not isinstance(thing, v.Actor | v.Note | v.Tombstone):
        await _activity(instance, found, document)
        return
    found.understood = thing
    found.good("parse", f"type {kind!r} is read as {type(thing).__name__}")
    if isinstance(thing, v.Actor):
        await _actor(instance, found, thing)
    elif isinstance(thing, v.Note):
        await _note(instance, found, thing, document)
    else:
        found.note("state", "it was deleted")


async def _activity(instance: Instance, found: Inspection, document: Document) -> None:
    try:
        activity = parsing.parse_activity(document)
    except Invalid as wrong:
        found.bad("parse", wrong)
        return
    found.understood = activity
    name = type(activity).__name__
    level = found.note if isinstance(activity, v.Unknown) else found.good
    level("parse", f"type {document.get('type')!r} is read as {name}")
    claim = await _author(instance, found, activity.actor)
    if claim is not None:
        await _signatures(instance, found, document, claim)
        await _policies(instance, found, activity, _record(instance, claim))


async def _actor(instance: Instance, found: Inspection, claim: v.Actor) -> None:
    try:
        proven = await handles.prove(instance, claim)
    except Failure as failure:
        found.bad("webfinger", failure)
    else:
        words = "confirmed by its host" if proven.is_confirmed else "not confirmed by any WebFinger"
        (found.good if proven.is_confirmed else found.note)(
            "webfinger", f"{proven.handle}: {words}"
        )
    _keys(found, claim)
    try:
        found.record = _record(instance, claim)
    except Invalid as wrong:
        found.bad("record", wrong)
        return
    known = await actors.find_by_uri(claim.id)
    if known is None:
        found.note("here", "nobody here has met this account")
        return
    _row_of_actor(found, known)
    is_followed = await relations.has_local_followers(known.id)
    found.note("here", "followed by somebody here" if is_followed else "nobody here follows it")


def _keys(found: Inspection, claim: v.Actor) -> None:
    if not claim.public_keys:
        found.bad("keys", "the document has none: nothing that it signs can be checked")
    for key in claim.public_keys:
        if key.owner != claim.id or not origin.same_origin(key.id, claim.id):
            found.bad("keys", f"{key.id} is not this account's own")
            continue
        try:
            keys.check_new_key(key.pem)
        except Invalid as wrong:
            found.bad("keys", f"{key.id}: {wrong.public}")
            continue
        kind = type(keys.load_public(key.pem)).__name__.removesuffix("PublicKey").lstrip("_")
        found.good("keys", f"{key.id} ({kind})")


async def _note(instance: Instance, found: Inspection, note: v.Note, document: Document) -> None:
    if not origin.same_origin(note.attributed_to, note.id):
        found.bad("author", f"{note.attributed_to} is of another host than the post")
        return
    claim = await _author(instance, found, note.attributed_to)
    if claim is None:
        return
    author = _record(instance, claim)
    try:
        post = post_from_note(note, id=_NO_ID, author=author, now=instance.now())
    except Invalid as wrong:
        found.bad("record", wrong)
        return
    found.record = post
    found.good("record", f"a {post.visibility} post ({post.kind})")
    await _signatures(instance, found, document, claim)
    await _policies(instance, found, v.Create(id="", actor=author.uri, object=note), author)
    known = await posts.find_by_uri(note.id)
    if known is None:
        found.note("here", "the post is not here")
    else:
        gone = f", deleted {known.deleted_at:%Y-%m-%d %H:%M}" if known.deleted_at else ""
        found.note("here", f"the post is here as {known.id}{gone}")


async def _author(instance: Instance, found: Inspection, uri: str) -> v.Actor | None:
    try:
        claim = await remote.fetch_document(instance, uri)
    except Failure as failure:
        found.bad("author", failure)
        return None
    if claim.id != uri:
        found.bad("author", f"{uri} is {claim.id} by its own account")
        return None
    found.good("author", f"{claim.type} {claim.preferred_username} at {uri}")
    return claim


def _record(instance: Instance, claim: v.Actor) -> Actor:
    """The row that an actor would have; raises `Invalid`."""
    host = origin.host_of(claim.id)
    return actor_from_vocabulary(claim, id=_NO_ID, host=host, now=instance.now(), known=None)


# ---------------------------------------------------------------- signatures within a document


async def _signatures(
    instance: Instance, found: Inspection, document: Document, claim: v.Actor
) -> None:
    proof, signature = integrity.claimed(document), ld_signatures.claimed(document)
    if proof is None and signature is None:
        found.note("signature", "none within the document: it is believed from its own address")
        return
    pems = {key.id: key.pem for key in claim.public_keys}
    now = instance.now()
    try:
        if proof is not None:
            integrity.verify(document, proof, _pem(pems, proof.key_id), now=now)
            found.good("signature", f"the integrity proof by {proof.key_id} holds (FEP-8b32)")
        if signature is not None:
            signed = await ld_signatures.read(instance.linked_data, document, signature)
            ld_signatures.verify(signature, signed, _pem(pems, signature.key_id), now)
            found.good("signature", f"the linked data signature by {signature.key_id} holds")
    except Failure as failure:
        found.bad("signature", failure)


def _pem(pems: dict[str, str], key_id: str) -> str:
    if key_id not in pems:
        raise Unauthenticated(f"The author's document does not list the key {key_id}.")
    return pems[key_id]


# ---------------------------------------------------------------- rules


async def _rule(instance: Instance, found: Inspection, host: str) -> bool:
    rules = await instance.rulebook.hosts()
    rule = rules.of(host)
    if rule is None:
        found.good("host rule", f"none about {host}")
        return True
    flags = {"no media": rule.rejects_media, "no reports": rule.rejects_reports}
    also = "".join(f", {name}" for name, holds in flags.items() if holds)
    comment = f": {rule.comment or rule.public_comment}".rstrip(": ")
    text = f"{rule.severity} {rule.host}{also}{comment}"
    if rules.is_welcome(host):
        found.note("host rule", text)
        return True
    found.bad("host rule", f"{text}; nothing is asked of {host}, sent there or taken in")
    return False


async def _policies(
    instance: Instance, found: Inspection, activity: v.Activity, sender: Actor
) -> None:
    known = await actors.find_by_uri(sender.uri)
    sender = known or limited(sender, await instance.rulebook.hosts(), instance.now())
    judgement = await policing.judge(instance, activity, sender)
    for each in judgement.notes:
        found.note("policies", each)
    if isinstance(judgement.verdict, Reject | Hold):
        verb = "refused" if isinstance(judgement.verdict, Reject) else "held"
        found.bad("policies", f"{verb}: {judgement.verdict.reason}")
    else:
        found.good("policies", "nothing speaks against it")


async def _host(found: Inspection, host: str) -> None:
    known = await hosts.find(host)
    if known is None:
        found.note("host", f"we never met {host}")
    elif known.failing_since is not None:
        since = f"{known.failing_since:%Y-%m-%d %H:%M}"
        found.bad("host", f"deliveries fail since {since}: {known.last_error}")
    else:
        scheme = known.signature_scheme or "not known"
        found.good("host", f"deliveries are well; signature scheme: {scheme}")


# ---------------------------------------------------------------- what is in the tables


async def _receipts(found: Inspection, uri: str) -> bool:
    """What became of an activity with this id; False if none with it came."""
    rows: list[Receipt] = []
    after: int | None = 0
    while after is not None:
        some = await receipts.find_by_activity(
            uri, after=after, looked_through_max=RECEIPTS_PER_LOOK
        )
        rows += some.receipts
        after = some.last
    for receipt in rows:
        _row_of_receipt(found, receipt)
        if receipt.document:
            found.document = parsing.parse_json(receipt.document.encode())
            found.understood = parsing.parse_activity(found.document)
    return bool(rows)


def _row_of_receipt(found: Inspection, receipt: Receipt) -> None:
    came = f"{receipt.kind} of {receipt.actor_uri} came {receipt.received_at:%Y-%m-%d %H:%M:%S}"
    why = f": {receipt.reason}" if receipt.reason else ""
    text = f"{came}; {receipt.outcome}{why}"
    if receipt.outcome in {"done", "ignored", "recorded", "waiting"}:
        found.good("signature", "it was proved when it came that its actor says it")
        found.good("receipt", text)
    elif receipt.outcome == "turned away":
        found.bad("receipt", f"{text} Nobody proved whose it is")
    else:
        found.bad("receipt", text)


async def _ours(instance: Instance, found: Inspection, url: str) -> None:
    activity_id = instance.addresses.activity_id(url)
    sent = await receipts.find_activity(activity_id) if activity_id is not None else None
    if sent is not None:
        found.good("sent", f"{sent.kind}, made here {sent.created_at:%Y-%m-%d %H:%M:%S}")
        found.document = parsing.parse_json(sent.document.encode())
        await _deliveries(found, sent.id)
        return
    try:
        person = await remote.local(instance, url)
    except NotFound:
        post_id = instance.addresses.post_id(url)
        post = await posts.find(RowId(post_id)) if post_id is not None else None
        if post is None:
            found.bad("here", "there is nothing of ours at this address")
            return
        found.good("here", f"a {post.visibility} post made here")
        found.record = post
        return
    found.good("here", "an account that lives here")
    _row_of_actor(found, person)


async def _deliveries(found: Inspection, activity_id: RowId) -> None:
    rows = await deliveries.of_activity(activity_id, DELIVERIES_SHOWN_MAX)
    if not rows:
        found.note("deliveries", "none: it went to nobody elsewhere, or they are forgotten")
    for each in rows:
        why = f": {each.reason}" if each.reason else ""
        text = f"{each.host}: {each.state} after {each.attempts} tries{why}"
        how = {"delivered": found.good, "waiting": found.note}
        how.get(each.state, found.bad)("delivery", text)


def _row_of_actor(found: Inspection, actor: Actor) -> None:
    found.record = actor
    states = [
        f"{word} {at:%Y-%m-%d %H:%M}"
        for word, at in (
            ("deleted", actor.deleted_at),
            ("suspended", actor.suspended_at),
            ("silenced", actor.silenced_at),
            ("last read", actor.fetched_at),
        )
        if at is not None
    ]
    if actor.kind is ActorKind.APPLICATION:
        states.append("a program")
    why = f", by a rule about its host ({actor.host_limit})" if actor.host_limit else ""
    is_gone = actor.deleted_at is not None or actor.suspended_at is not None
    said = (", ".join(states) or "as it should be") + why
    (found.bad if is_gone else found.note)("row", f"known here as {actor.id}: {said}")
