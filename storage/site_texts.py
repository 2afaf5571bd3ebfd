"""The rules of this server, and the texts of who runs it: published, replaced, never changed."""

from datetime import datetime

from storage import store
from storage.records import SiteRule, SiteText, SiteTextKind
from storage.rows import Rows

RULES = Rows("site_rules", SiteRule)
TEXTS = Rows("site_texts", SiteText)

LISTED_MAX = 200


# ---------------------------------------------------------------- rules


async def rules() -> list[SiteRule]:
    """Return the rules in force, in their order."""
    return await RULES.select(
        "WHERE t.removed_at IS NULL ORDER BY t.place, t.id LIMIT ?", LISTED_MAX
    )


async def rules_by_ids(ids: list[int]) -> list[SiteRule]:
    """Return rules, those too that were removed; the unknown are missing."""
    return await RULES.by_keys("id", ids)


async def insert_rule(rule: SiteRule) -> None:
    """Insert a rule."""
    await RULES.insert(rule)


async def remove_rule(rule_id: int, now: datetime) -> bool:
    """Put a rule out of force; False if it is not in force. Reports may go on naming it."""
    rows = await store.write(
        "UPDATE site_rules SET removed_at = ? WHERE id = ? AND removed_at IS NULL RETURNING id",
        *(now, rule_id),
    )
    return bool(rows)


# ---------------------------------------------------------------- texts


async def insert_text(text: SiteText) -> None:
    """Insert a text; it takes the place of the one before when it takes effect."""
    await TEXTS.insert(text)


async def texts(kind: SiteTextKind) -> list[SiteText]:
    """Return what was published of a kind: what takes effect last comes first."""
    return await TEXTS.select(
        "WHERE t.kind = ? ORDER BY t.effective_at DESC, t.id DESC LIMIT ?", kind, LISTED_MAX
    )
