"""Posts for some of one's followers: those in a list, or those whom one follows too (B37).

Who they are is settled when something is said: each of them is addressed and nobody is named, so
nobody is notified, and nobody else gets it. They are followers, because nobody else asked to read
what one says; so it stands in their home feeds, and a list is no means to write to strangers.
Who answers writes to the author and to those named in the text, as with any direct post.
"""

from dataclasses import replace
from typing import Final

from feeds import lists
from instance.errors import Invalid
from outbox.mentions import mention_of
from posts.drafts import CheckedDraft, Circle
from storage import acquaintances, streams
from storage.records import Actor, Mention, Post

MEMBERS_MAX: Final = 500


async def addressed(author: Actor, draft: CheckedDraft, parent: Post | None) -> tuple[Mention, ...]:
    """Return whom a draft is for besides those it names; none: it is an ordinary one.

    What an author adds below an own post for some goes to the same people, as far as they follow.

    Raises `NotFound` for lists of others, and `Invalid` for nobody or too many.
    """
    if draft.circle is not None:
        found = await _members(author, draft.circle)
        return tuple(replace(mention_of(person), is_silent=True) for person in found)
    if parent is None or parent.actor_id != author.id:
        return ()
    before = [mention for mention in parent.mentions if mention.is_silent]
    ids = [each.actor_id for each in before if each.actor_id is not None]
    still = await streams.following([author.id], ids) if ids else {}
    return tuple(each for each in before if each.actor_id in still.get(author.id, ()))


async def _members(author: Actor, circle: Circle) -> list[Actor]:
    if circle.list_id is None:
        found = await acquaintances.mutuals(author.id, MEMBERS_MAX + 1)
        nobody = "Nobody whom you follow follows you."
    else:
        made = await lists.find(author, circle.list_id)
        found = await acquaintances.followers_in(made.id, author.id, MEMBERS_MAX + 1)
        nobody = f"Nobody in “{made.title}” follows you."
    if not found:
        raise Invalid(f"{nobody} Choose others who may read this.", fields={"visibility": nobody})
    if len(found) > MEMBERS_MAX:
        many = f"These are more than {MEMBERS_MAX} people. Make a list of some of them."
        raise Invalid(many, fields={"visibility": many})
    return found
