"""Rules about words, links and hashtags in what other servers send, as operators make them."""

from instance.errors import Conflict, Invalid, NotFound
from instance.host_rules import host_name
from instance.resources import Instance
from instance.rulebook import CONTENT_RULES_MAX
from moderation import audit, wording
from storage import content_rules
from storage.records import AuditKind, ContentAction, ContentKind, ContentRule, RowId

PATTERN_LETTERS_MAX = 200
COMMENT_LETTERS_MAX = 1000


async def add(  # noqa: PLR0913 - the fields of a rule, and who makes it
    instance: Instance,
    kind: ContentKind,
    pattern: str,
    action: ContentAction,
    *,
    only_strangers: bool = False,
    comment: str = "",
    by: RowId | None = None,
) -> ContentRule:
    """Make a rule; raises `Invalid` for a pattern that finds nothing, `Conflict` for a second."""
    folded = _folded(kind, pattern)
    if len(comment) > COMMENT_LETTERS_MAX:
        raise Invalid(f"A comment has at most {COMMENT_LETTERS_MAX} letters.")
    if await content_rules.count() >= CONTENT_RULES_MAX:
        raise Invalid(f"There can be {CONTENT_RULES_MAX} rules; remove one that finds nothing.")
    rule = ContentRule(
        id=instance.ids.new(),
        kind=kind,
        pattern=folded,
        action=action,
        created_at=instance.now(),
        only_strangers=only_strangers,
        comment=comment.strip(),
    )
    try:
        async with instance.store.transaction():
            await content_rules.insert(rule)
            await _note(instance, by, "made", rule)
            instance.store.after_commit(instance.rulebook.look_again)
    except Conflict as there:
        raise Conflict(f"There is a {kind} rule about {folded!r} already.") from there
    return rule


def _folded(kind: ContentKind, pattern: str) -> str:
    """A pattern as posts are compared with it."""
    pattern = pattern.strip()
    if len(pattern) > PATTERN_LETTERS_MAX:
        raise Invalid(f"At most {PATTERN_LETTERS_MAX} letters.", fields={"pattern": "Too long."})
    if kind is ContentKind.LINK:
        host = pattern.partition("://")[2].partition("/")[0] if "://" in pattern else pattern
        folded = host_name(host.removeprefix("*."))
        if not folded:
            reason = "Write the host alone, such as spam.example."
            raise Invalid(f"{pattern!r} is not the host of a link.", fields={"pattern": reason})
        return folded
    folded = wording.folded(pattern)
    if not folded:
        reason = "Write letters or digits: all else is passed over."
        raise Invalid(f"{pattern!r} finds nothing.", fields={"pattern": reason})
    return folded


async def remove(instance: Instance, rule_id: RowId, *, by: RowId | None = None) -> ContentRule:
    """Remove a rule; raises `NotFound`."""
    async with instance.store.transaction():
        removed = await content_rules.remove(rule_id)
        if removed is None:
            raise NotFound("There is no rule of this number.")
        await _note(instance, by, "removed", removed)
        instance.store.after_commit(instance.rulebook.look_again)
    return removed


async def _note(instance: Instance, by: RowId | None, did: str, rule: ContentRule) -> None:
    words = f"{did} the rule about the {rule.kind} {rule.pattern!r} ({rule.action})"
    await audit.note(instance, by, AuditKind.RULE, rule.pattern, words)
