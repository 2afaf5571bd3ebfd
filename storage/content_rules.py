"""What the operator decided about words, links and hashtags in what other servers send."""

from storage import rulebooks, store
from storage.records import ContentRule
from storage.rows import Rows

CONTENT_RULES = Rows("content_rules", ContentRule)


async def list_all(limit: int) -> list[ContentRule]:
    """Return all rules, the oldest first: they are tried in this order."""
    return await CONTENT_RULES.select("ORDER BY t.id LIMIT ?", limit)


async def count() -> int:
    """Count the rules."""
    return int((await store.read("SELECT COUNT(*) FROM content_rules"))[0][0])


async def insert(rule: ContentRule) -> None:
    """Insert a rule."""
    async with store.current().transaction():
        await CONTENT_RULES.insert(rule)
        await rulebooks.turn(rulebooks.CONTENTS)


async def remove(rule_id: int) -> ContentRule | None:
    """Remove a rule and return it."""
    async with store.current().transaction():
        removed = await CONTENT_RULES.remove("id = ?", rule_id)
        await rulebooks.turn(rulebooks.CONTENTS)
    return removed[0] if removed else None
