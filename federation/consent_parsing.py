"""Policies, requests and stamps: document → vocabulary, in the dialects of both; pure.

GoToSocial: https://docs.gotosocial.org/en/latest/federation/interaction_controls/ (until 0.20 with
other names, which are read too); quotes: FEP-044f,
https://codeberg.org/fediverse/fep/src/branch/main/fep/044f/fep-044f.md.
"""

from federation import reading
from federation.vocabulary import (
    Authorization,
    Document,
    InteractionPolicy,
    Json,
    SubPolicy,
)
from instance.errors import Invalid

NAMED_MAX = 50
"""Actors and collections that one rule names."""

AUTHORIZATION_TYPES = {
    "QuoteAuthorization": "quote",
    "ReplyAuthorization": "reply",
    "LikeAuthorization": "like",
    "AnnounceAuthorization": "boost",
    "ReplyApproval": "reply",
    "LikeApproval": "like",
    "AnnounceApproval": "boost",
}
REQUEST_TYPES = {
    "QuoteRequest": "quote",
    "ReplyRequest": "reply",
    "LikeRequest": "like",
    "AnnounceRequest": "boost",
}


def policy(value: Json) -> InteractionPolicy | None:
    """The `interactionPolicy` of a post; None where nothing is said."""
    if not isinstance(value, dict):
        return None
    found = InteractionPolicy(
        can_reply=_sub_policy(value.get("canReply")),
        can_like=_sub_policy(value.get("canLike")),
        can_announce=_sub_policy(value.get("canAnnounce")),
        can_quote=_sub_policy(value.get("canQuote")),
    )
    return None if found == InteractionPolicy() else found


def _sub_policy(value: Json) -> SubPolicy | None:
    """One rule; an empty one says nothing, for JSON-LD drops empty lists (FEP-044f)."""
    if not isinstance(value, dict):
        return None
    # GoToSocial before 0.20 says `always` and `approvalRequired`.
    automatic = value.get("automaticApproval", value.get("always"))
    manual = value.get("manualApproval", value.get("approvalRequired"))
    found = SubPolicy(
        reading.recipients(automatic)[:NAMED_MAX], reading.recipients(manual)[:NAMED_MAX]
    )
    return None if found == SubPolicy() else found


def stamp_of(document: Document, key: str) -> str | None:
    """The stamp that an answer, Like or Announce carries; `approvedBy` until GoToSocial 0.20."""
    return reading.one_id(document.get(key)) or reading.one_id(document.get("approvedBy"))


def authorization(document: Document) -> Authorization:
    """Read a stamp; raises `Invalid`. Before 0.20 it says `object` and `target`."""
    kinds = [name for name in reading.types(document.get("type")) if name in AUTHORIZATION_TYPES]
    stamp_id = reading.one_id(document.get("id"))
    author = reading.one_id(document.get("attributedTo"))
    thing = reading.one_id(document.get("interactingObject", document.get("object")))
    target = reading.one_id(document.get("interactionTarget", document.get("target")))
    if not kinds or stamp_id is None or author is None or thing is None:
        raise Invalid("The stamp does not say who allows what.")
    return Authorization(stamp_id, AUTHORIZATION_TYPES[kinds[0]], author, thing, target)
