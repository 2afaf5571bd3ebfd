"""Rules about other hosts: made, lifted, foreseen, and carried out on whom we know from there.

A rule holds at once for whatever is asked, sent or taken in (`instance/rulebook.py`): what was
still to be delivered ends when it is tried. What it means for people who are known here already -
their posts hidden, their follows ended, and all of that taken back - is one job: it walks all
remote actors and makes each what the rules of that moment say.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from federation import origin
from instance.errors import Invalid
from instance.host_rules import HostRules, host_name
from instance.resources import Instance
from instance.rulebook import HOST_RULES_MAX
from moderation import audit
from storage import actors, host_rules
from storage.host_rules import Subject
from storage.records import Actor, AuditKind, HostRule, HostSeverity, RowId

APPLY = "apply_host_rules"
RESTORE_FOLLOWS = "restore_follows"
TELL_SEVERED = "tell_severed"
TOLD_AFTER = timedelta(minutes=1)

COMMENT_LETTERS_MAX = 1000
SUBJECTS_PER_READ = 1000
SUBJECTS_PER_JOB = 20_000
AGAIN_AFTER = timedelta(seconds=10)

# What rules did to an actor, as `Actor.host_limit` keeps it.
SUSPENDED = "suspended"
SILENCED = "silenced"
NO_MEDIA = "no media"

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a change of rules means: for actors known here, for people here and for what they read.

    `follows`, `people` and `posts` are those of the actors that become suspended.
    """

    suspended: int = 0
    silenced: int = 0
    freed: int = 0
    follows: int = 0
    people: int = 0
    posts: int = 0

    @property
    def told(self) -> str:
        """All of it in one sentence, for operators."""
        parts = []
        if self.suspended:
            parts.append(
                f"{self.suspended} accounts known here are suspended: {self.posts} posts are "
                f"hidden, {self.follows} follows of {self.people} people end"
            )
        if self.silenced:
            parts.append(f"{self.silenced} accounts are silenced")
        if self.freed:
            parts.append(f"{self.freed} accounts come back, with the follows that ended")
        return "; ".join(parts) + "." if parts else "Nobody known here is concerned."


# ---------------------------------------------------------------- making and lifting


def rule_for(  # noqa: PLR0913 - the fields of a rule
    instance: Instance,
    host: str,
    severity: HostSeverity,
    *,
    rejects_media: bool = False,
    rejects_reports: bool = False,
    comment: str = "",
    public_comment: str = "",
    obfuscates: bool = False,
) -> HostRule:
    """A rule about a host in any spelling; raises `Invalid` for what is none, and for our own."""
    name = host_name(host.strip().removeprefix("*."))
    if not name:
        raise Invalid(
            f"{host.strip()[:100]!r} is not a host.",
            fields={"host": "Write its name alone, such as bad.example: no https:// and no path."},
        )
    own = origin.split(instance.settings.base_url).host
    if (own == name or own.endswith(f".{name}")) and severity is not HostSeverity.ALLOW:
        raise Invalid("That is this server.", fields={"host": "Name another server."})
    if max(len(comment), len(public_comment)) > COMMENT_LETTERS_MAX:
        raise Invalid(f"A comment has at most {COMMENT_LETTERS_MAX} letters.")
    now = instance.now()
    return HostRule(
        name,
        severity,
        created_at=now,
        changed_at=now,
        rejects_media=rejects_media,
        rejects_reports=rejects_reports,
        comment=comment.strip(),
        public_comment=public_comment.strip(),
        obfuscates=obfuscates,
    )


async def put(instance: Instance, rules: Sequence[HostRule], *, by: RowId | None = None) -> None:
    """Make these rules, or change those about the same hosts; raises `Invalid` for too many."""
    if not rules:
        return
    if await host_rules.count() + len(rules) > HOST_RULES_MAX:
        raise Invalid(f"There can be {HOST_RULES_MAX} rules about hosts.")
    async with instance.store.transaction():
        await host_rules.save(rules)
        await _note(instance, by, "made", rules)
        await _carry_out(instance)


async def lift(
    instance: Instance, hosts: Iterable[str], *, by: RowId | None = None
) -> list[HostRule]:
    """Take back the rules about exactly these hosts; returns those that there were."""
    names = [name for host in hosts if (name := host_name(host.strip().removeprefix("*.")))]
    async with instance.store.transaction():
        removed = await host_rules.remove(names)
        if removed:
            await _note(instance, by, "lifted", removed)
            await _carry_out(instance)
    return removed


async def _note(instance: Instance, by: RowId | None, did: str, rules: Sequence[HostRule]) -> None:
    """A list is one act; of a long one the first names are kept."""
    hosts = ", ".join(rule.host for rule in rules)
    severities = ", ".join(sorted({rule.severity.value for rule in rules}))
    how_many = "the rule" if len(rules) == 1 else f"{len(rules)} rules"
    words = f"{did} {how_many} ({severities}) about {hosts}"
    await audit.note(instance, by, AuditKind.HOST, hosts, words)


async def _carry_out(instance: Instance) -> None:
    instance.store.after_commit(instance.rulebook.look_again)
    now = instance.now()
    # Once more a little later: another process may know the old rules for a second.
    for due_at in (now, now + AGAIN_AFTER):
        await instance.queue.enqueue(APPLY, {"after": 0}, now=now, due_at=due_at)


# ---------------------------------------------------------------- what they mean for an actor


def limit_of(rules: HostRules, uri: str, host: str | None) -> str | None:
    """What rules do to an actor with this id and this host of its handle; None: nothing."""
    places = host_name(uri.partition("://")[2].partition("/")[0]), host or ""
    rule = rules.strictest(*places)
    if rule is None:
        return None
    if rule.severity is HostSeverity.SUSPEND:
        return SUSPENDED
    limits = [SILENCED] if rule.severity is HostSeverity.SILENCE else []
    limits += [NO_MEDIA] if rules.rejects_media(*places) else []
    return ", ".join(limits) or None


def limited(actor: Actor, rules: HostRules, now: datetime) -> Actor:
    """An actor as rules want it: from what they did before, and whoever else did it. Pure.

    `host_limit` says what the rules did themselves: nothing else is taken back with them.
    """
    did, wanted = _parts(actor.host_limit), _parts(limit_of(rules, actor.uri, actor.host))
    suspended_at = None if SUSPENDED in did else actor.suspended_at
    silenced_at = None if SILENCED in did else actor.silenced_at
    done = []
    if SUSPENDED in wanted and suspended_at is None:
        suspended_at = actor.suspended_at or now
        done.append(SUSPENDED)
    if SILENCED in wanted and silenced_at is None:
        silenced_at = actor.silenced_at or now
        done.append(SILENCED)
    if NO_MEDIA in wanted:
        actor = replace(actor, avatar_url=None, header_url=None, emojis=())
        done.append(NO_MEDIA)
    elif NO_MEDIA in did:
        # Its next contact brings the pictures back.
        actor = replace(actor, fetched_at=_LONG_AGO)
    return replace(
        actor,
        suspended_at=suspended_at,
        silenced_at=silenced_at,
        host_limit=", ".join(done) or None,
    )


def _parts(limit: str | None) -> frozenset[str]:
    return frozenset(limit.split(", ")) if limit else frozenset()


# ---------------------------------------------------------------- carried out


async def apply(instance: Instance, payload: dict[str, object]) -> None:
    """Job `apply_host_rules`: make remote actors what the rules say, those after `after`.

    Each actor is a transaction of its own, and done is done: the job may run twice.
    """
    after = int(str(payload.get("after", 0)))
    seen = 0
    while seen < SUBJECTS_PER_JOB:
        rules = await instance.rulebook.hosts()
        subjects = await host_rules.list_subjects(after, SUBJECTS_PER_READ)
        for subject in subjects:
            if limit_of(rules, subject.uri, subject.host) != subject.limit:
                await _limit(instance, subject.id, rules)
        if len(subjects) < SUBJECTS_PER_READ:
            return
        after, seen = subjects[-1].id, seen + len(subjects)
    async with instance.store.transaction():
        await instance.queue.enqueue(APPLY, {"after": after}, now=instance.now())
        await instance.queue.finish_here()


async def _limit(instance: Instance, actor_id: RowId, rules: HostRules) -> None:
    now = instance.now()
    async with instance.store.transaction():
        before = await actors.get_locked(actor_id)
        after = limited(before, rules, now)
        if after == before:
            return
        await actors.save(after)
        did, does = _parts(before.host_limit), _parts(after.host_limit)
        if SUSPENDED in does - did:
            await host_rules.sever_follows(actor_id, now)
            await _tell_later(instance, before.host, now)
        if SUSPENDED in did - does:
            await instance.queue.enqueue(RESTORE_FOLLOWS, {"actor_id": actor_id}, now=now)
        if NO_MEDIA in does - did:
            await host_rules.remove_pictures_of(actor_id)


async def _tell_later(instance: Instance, host: str | None, now: datetime) -> None:
    """Let people hear of their loss once for a host, when all its actors are done."""
    if host is not None:
        await instance.queue.enqueue(
            TELL_SEVERED,
            {"host": host, "after": 0},
            now=now,
            due_at=now + TOLD_AFTER,
            unique_key=f"severed {host}",
        )


# ---------------------------------------------------------------- foreseen


async def foresee(
    instance: Instance, added: Sequence[HostRule], lifted: Iterable[str] = ()
) -> Consequences:
    """What would happen if these rules were made and those lifted; changes nothing (P9)."""
    now_in_force = await instance.rulebook.hosts()
    rules = {**now_in_force.rules, **{rule.host: rule for rule in added}}
    for host in lifted:
        rules.pop(host_name(host), None)
    then = HostRules(rules, now_in_force.is_allow_list)
    found, after = Consequences(), 0
    while True:
        subjects = await host_rules.list_subjects(after, SUBJECTS_PER_READ)
        found = await _with(found, subjects, then)
        if len(subjects) < SUBJECTS_PER_READ:
            return found
        after = subjects[-1].id


async def _with(found: Consequences, subjects: Sequence[Subject], then: HostRules) -> Consequences:
    """The consequences so far, with those for some more actors."""
    changed = [
        (each.id, _parts(each.limit), _parts(limit))
        for each in subjects
        if (limit := limit_of(then, each.uri, each.host)) != each.limit
    ]
    suspended = [row for row, did, does in changed if SUSPENDED in does - did]
    ties = await host_rules.ties_with(suspended)
    return Consequences(
        suspended=found.suspended + len(suspended),
        silenced=found.silenced + sum(SILENCED in does - did for _, did, does in changed),
        freed=found.freed + sum(bool(did - does) and not does for _, did, does in changed),
        follows=found.follows + ties.follows,
        people=found.people + ties.people,
        posts=found.posts + ties.posts,
    )
