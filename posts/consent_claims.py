"""Policy record <-> what a post says about it on the wire. Pure.

Both dialects name actors and collections: everybody is the Public collection, followers and those
who are followed are collections of the author, and who is mentioned is named one by one.
"""

from actors.links import web_link
from federation import addressing
from federation import vocabulary as v
from federation.addresses import Addresses
from federation.consent_parsing import NAMED_MAX
from posts.policies import EVERYBODY, rule_for
from posts.visibility import let_in
from storage.records import Act, Actor, Group, Policy, Post, Rule


def policy_claim(post: Post, author: Actor, *, addresses: Addresses) -> v.InteractionPolicy:
    """What a local post says: every rule, since saying it means that we enforce it."""
    post = let_in(post)
    rules = {act: _claim(rule_for(post, act), act, post, author, addresses) for act in Act}
    return v.InteractionPolicy(*(rules[act] for act in Act))


_EVERYBODY = v.SubPolicy((v.PUBLIC,))


def _claim(rule: Rule, act: Act, post: Post, author: Actor, addresses: Addresses) -> v.SubPolicy:
    if rule == EVERYBODY:
        return _EVERYBODY
    groups = {
        Group.EVERYBODY: (v.PUBLIC,),
        Group.FOLLOWERS: (author.followers_url or addresses.followers(author.id),),
        Group.FOLLOWED: (author.following_url or addresses.following(author.id),),
        Group.MENTIONED: tuple(str(mention.uri) for mention in post.named),
    }
    automatic = _named(rule.automatic, groups)
    if v.PUBLIC not in automatic:
        # An empty list is none at all in JSON-LD: nobody is said by naming the author (FEP-044f).
        # Whom a post names may always answer it (GoToSocial).
        implied = groups[Group.MENTIONED] if act is Act.REPLY else ()
        automatic = tuple(dict.fromkeys((author.uri, *automatic, *implied)))
    manual = tuple(uri for uri in _named(rule.approval, groups) if uri not in automatic)
    return v.SubPolicy(automatic, manual)


def _named(words: tuple[str, ...], groups: dict[Group, tuple[str, ...]]) -> tuple[str, ...]:
    found = (groups[Group(word)] if word in groups else (word,) for word in words)
    return tuple(dict.fromkeys(uri for uris in found for uri in uris))


def policy_of(claim: v.InteractionPolicy | None, author: Actor) -> Policy | None:
    """What a remote post says, as we keep it; None where it is what holds without a word."""
    if claim is None:
        return None
    found = Policy(
        reply=_unless_usual(_rule(claim.can_reply, author)),
        like=_unless_usual(_rule(claim.can_like, author)),
        boost=_unless_usual(_rule(claim.can_announce, author)),
        quote=_rule(claim.can_quote, author),
    )
    return None if found == Policy() else found


def _rule(claim: v.SubPolicy | None, author: Actor) -> Rule | None:
    if claim is None:
        return None
    automatic = _words(claim.automatic, author)
    if Group.EVERYBODY in automatic and not claim.manual:
        return EVERYBODY
    return Rule(automatic, _words(claim.manual, author))


def _unless_usual(rule: Rule | None) -> Rule | None:
    return None if rule == EVERYBODY else rule


def _words(uris: tuple[str, ...], author: Actor) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for uri in uris[:NAMED_MAX]:
        if addressing.is_public(uri):
            found[Group.EVERYBODY.value] = None
        elif uri == author.followers_url:
            found[Group.FOLLOWERS.value] = None
        elif uri == author.following_url:
            found[Group.FOLLOWED.value] = None
        elif uri != author.uri and web_link(uri):
            found[uri] = None
    return tuple(found)
