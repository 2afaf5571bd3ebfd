"""Which version of the operator's rules is in force: raised by every change of them.

A process keeps the rules in memory, and looks here whether they are still those of the table.
"""

from typing import Final

from storage import store

HOSTS: Final = "hosts"
CONTENTS: Final = "contents"


async def versions() -> dict[str, int]:
    """Return the version of each book; one that nobody ever wrote in is missing."""
    rows = await store.glance("SELECT name, version FROM rulebooks")
    return {str(name): int(version) for name, version in rows}


async def turn(name: str) -> None:
    """Raise the version of a book, in the transaction that changes it."""
    await store.write(
        "INSERT INTO rulebooks (name, version) VALUES (?, 1) "
        "ON CONFLICT (name) DO UPDATE SET version = rulebooks.version + 1",
        name,
    )
