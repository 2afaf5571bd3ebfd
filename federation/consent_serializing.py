"""Policies, requests, stamps and quotes: vocabulary → documents, in the dialects of all; pure.

https://docs.gotosocial.org/en/latest/federation/interaction_controls/ and, for quotes, FEP-044f,
https://codeberg.org/fediverse/fep/src/branch/main/fep/044f/fep-044f.md.
"""

from federation.vocabulary import (
    Accept,
    Activity,
    Announce,
    Authorization,
    Document,
    InteractionPolicy,
    Json,
    Like,
    Note,
    Reject,
    SubPolicy,
)

_GTS_LINKS = (
    *("interactionPolicy", "canReply", "canLike", "canAnnounce", "canQuote"),
    *("automaticApproval", "manualApproval", "always", "approvalRequired", "approvedBy"),
    *("replyAuthorization", "likeAuthorization", "announceAuthorization"),
    *("interactingObject", "interactionTarget"),
)
_GTS_TYPES = (
    *("LikeRequest", "ReplyRequest", "AnnounceRequest"),
    *("LikeAuthorization", "ReplyAuthorization", "AnnounceAuthorization"),
)
TERMS: Document = {
    "gts": "https://gotosocial.org/ns#",
    **{term: {"@id": f"gts:{term}", "@type": "@id"} for term in _GTS_LINKS},
    **{term: f"gts:{term}" for term in _GTS_TYPES},
    "QuoteRequest": "toot:QuoteRequest",
    "QuoteAuthorization": "toot:QuoteAuthorization",
    "quote": {"@id": "https://w3id.org/fep/044f#quote", "@type": "@id"},
    "quoteAuthorization": {"@id": "https://w3id.org/fep/044f#quoteAuthorization", "@type": "@id"},
    "misskey": "https://misskey-hub.net/ns#",
    "_misskey_quote": "misskey:_misskey_quote",
    "fedibird": "http://fedibird.com/ns#",
    "quoteUri": "fedibird:quoteUri",
}
"""The terms of all this, for the one context of our documents."""

_LD_TYPE = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
_TYPES = {
    "quote": "QuoteAuthorization",
    "reply": "ReplyAuthorization",
    "like": "LikeAuthorization",
    "boost": "AnnounceAuthorization",
}


def policy(said: InteractionPolicy | None) -> Document | None:
    """The `interactionPolicy` of a post, with the names of GoToSocial before 0.20 beside."""
    if said is None:
        return None
    found: Document = {}
    for name, rule in (
        ("canReply", said.can_reply),
        ("canLike", said.can_like),
        ("canAnnounce", said.can_announce),
    ):
        if rule is not None:
            found[name] = _rule(rule) | _named(rule, "always", "approvalRequired")
    if said.can_quote is not None:
        found["canQuote"] = _rule(said.can_quote)
    return found


def _rule(rule: SubPolicy) -> Document:
    return _named(rule, "automaticApproval", "manualApproval")


def _named(rule: SubPolicy, automatic: str, manual: str) -> Document:
    found: Document = {automatic: list(rule.automatic)}
    return found | ({manual: list(rule.manual)} if rule.manual else {})


def quote(note: Note) -> Document:
    """What a post quotes, under all names that somebody reads (A187)."""
    if note.quote is None:
        return {}
    names = ("quote", "quoteUrl", "quoteUri", "_misskey_quote")
    found: Document = dict.fromkeys(names, note.quote)
    if note.quote_authorization is not None:
        found["quoteAuthorization"] = note.quote_authorization
    return found


def quote_links(note: Note) -> list[Json]:
    """The quote as an object link (FEP-e232), with its stamp as FEP-044f first had it."""
    if note.quote is None:
        return []
    link: Document = {
        "type": "Link",
        "mediaType": _LD_TYPE,
        "rel": "https://misskey-hub.net/ns#_misskey_quote",
        "href": note.quote,
        "name": f"RE: {note.quote}",
    }
    if note.quote_authorization is not None:
        link["approvedBy"] = note.quote_authorization
    return [link]


def note_parts(note: Note) -> Document:
    """What a note says about consent, and what it quotes."""
    said, stamp = policy(note.policy), _stamp("replyAuthorization", note.reply_authorization)
    return quote(note) | stamp | ({} if said is None else {"interactionPolicy": said})


def stamp_of(activity: Activity) -> Document:
    """The stamp of a Like or Announce, nothing for other activities."""
    if isinstance(activity, Like):
        return _stamp("likeAuthorization", activity.authorization)
    if isinstance(activity, Announce):
        return _stamp("announceAuthorization", activity.authorization)
    return {}


def _stamp(name: str, uri: str | None) -> Document:
    """A stamp, also under the name that GoToSocial had for all of them before 0.20."""
    return {} if uri is None else {name: uri, "approvedBy": uri}


def answer(activity: Accept | Reject) -> Document:
    """What an answer says besides what is answered; nothing where it is about a Follow."""
    found: Document = {}
    if activity.to:
        found |= {"to": list(activity.to), "cc": list(activity.cc)}
    if isinstance(activity, Accept) and activity.result is not None:
        found["result"] = activity.result
    return found | ({} if activity.target is None else {"target": activity.target})


def authorization(found: Authorization) -> Document:
    """A stamp, which embeds neither of the two: nobody learns of more than their ids (FEP-044f)."""
    return {
        "id": found.id,
        "type": _TYPES[found.act],
        "attributedTo": found.attributed_to,
        "interactingObject": found.interacting_object,
        "interactionTarget": found.interaction_target,
    }
