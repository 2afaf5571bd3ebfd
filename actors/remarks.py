"""What somebody keeps about others: a private note, and whom the own profile shows."""

from actors.relations import check_two_people
from actors.text import clean_source
from instance.errors import Invalid
from instance.resources import Instance
from storage import actors, profiles, relations
from storage.records import Actor, Endorsement, FollowState, PrivateNote, RowId

NOTE_LETTERS_MAX = 2000


async def note(instance: Instance, actor: Actor, target_id: RowId, words: str) -> None:
    """Keep a note about somebody, which nobody else reads; an empty one is forgotten.

    Raises `Invalid` for a long one, `NotFound` for nobody.
    """
    cleaned = clean_source(words).strip()
    if len(cleaned) > NOTE_LETTERS_MAX:
        raise Invalid(
            f"A note has room for {NOTE_LETTERS_MAX} letters.", fields={"comment": "is too long"}
        )
    target = await actors.get(target_id)
    if not cleaned:
        await profiles.remove_note(actor.id, target.id)
        return
    made = PrivateNote(instance.ids.new(), actor.id, target.id, cleaned, instance.now())
    await profiles.save_note(made)


async def endorse(instance: Instance, actor: Actor, target_id: RowId) -> None:
    """Show somebody on the own profile, whom one has to follow; again changes nothing.

    Raises `Invalid`, also for oneself, `NotFound` for nobody.
    """
    check_two_people(actor.id, target_id)
    target = await actors.get(target_id)
    follow = await relations.find_follow(actor.id, target.id)
    if follow is None or follow.state is not FollowState.ACCEPTED:
        raise Invalid("You must be already following the account you want to endorse")
    await profiles.endorse(Endorsement(instance.ids.new(), actor.id, target.id, instance.now()))


async def end_endorsement(actor: Actor, target_id: RowId) -> None:
    """Show somebody no more. Nothing happens when it was not so; `NotFound` for nobody."""
    target = await actors.get(target_id)
    await profiles.end_endorsement(actor.id, target.id)
