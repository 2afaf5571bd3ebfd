"""The log of what those who run the server did (MO-10): the one place that writes it.

Each use case of theirs notes what it does in its own transaction, so that nothing is done without
its line, and no line is about what was not done. There is no way to take a line back.
"""

from instance.resources import Instance
from storage import actors, audit
from storage.records import AuditEntry, AuditKind, RowId

COMMAND_LINE = "command line"
TARGET_LETTERS_MAX = 2000
WORDS_LETTERS_MAX = 500


async def note(
    instance: Instance, by: RowId | None, kind: AuditKind, target: str, words: str
) -> None:
    """Note an act in the caller's transaction; `by` is an actor, None: who has the machine.

    `words` follow a name: "removed the rule about bad.example".
    """
    actor = await actors.get(by) if by is not None else None
    await audit.insert(
        AuditEntry(
            id=instance.ids.new(),
            actor_id=by,
            actor_name=actor.username if actor is not None else COMMAND_LINE,
            kind=kind,
            target=_shortened(target, TARGET_LETTERS_MAX),
            words=_shortened(words, WORDS_LETTERS_MAX),
            created_at=instance.now(),
        )
    )


def _shortened(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: letters - 1]}…"
