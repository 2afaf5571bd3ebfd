"""The operator's rules in force, in memory: about other hosts, and about what they send.

Rules are read again as soon as their version in the database is another one, and that is looked at
once a second: so a change of any process holds in all of them a second later.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from instance.errors import RemoteRefused
from instance.host_rules import HostRules
from storage import content_rules, host_rules, rulebooks
from storage.records import ContentRule
from storage.store import Store

HOST_RULES_MAX = 100_000
CONTENT_RULES_MAX = 1000
LOOK_EVERY = timedelta(seconds=1)


class Rulebook:
    """The rules of one server; asked before any fetch, delivery and check of a signature."""

    def __init__(
        self, store: Store, now: Callable[[], datetime], *, is_allow_list: bool = False
    ) -> None:
        self._store = store
        self._now = now
        self._hosts = HostRules(is_allow_list=is_allow_list)
        self._contents: tuple[ContentRule, ...] = ()
        self._versions: dict[str, int] = {}
        self._looked_at: datetime | None = None

    async def hosts(self) -> HostRules:
        """The rules about hosts that are in force."""
        await self._look()
        return self._hosts

    async def contents(self) -> tuple[ContentRule, ...]:
        """The rules about what is sent that are in force, the oldest first."""
        await self._look()
        return self._contents

    async def check_welcome(self, authority: str) -> None:
        """Raise `RemoteRefused` for a host that is not to be asked or told anything (E144)."""
        rules = await self.hosts()
        if not rules.is_welcome(authority):
            rule = rules.of(authority)
            raise RemoteRefused(
                f"This server does not speak with {authority}.",
                detail=f"rule about {rule.host if rule else authority}",
            )

    def look_again(self) -> None:
        """Look at the versions at the next question: this process has just changed something."""
        self._looked_at = None

    async def _look(self) -> None:
        now = self._now()
        if self._looked_at is not None and abs(now - self._looked_at) < LOOK_EVERY:
            return
        with self._store.active():
            versions = await rulebooks.versions()
            if versions.get(rulebooks.HOSTS) != self._versions.get(rulebooks.HOSTS):
                rows = await host_rules.list_all(HOST_RULES_MAX)
                self._hosts = HostRules.of_rows(rows, is_allow_list=self._hosts.is_allow_list)
            if versions.get(rulebooks.CONTENTS) != self._versions.get(rulebooks.CONTENTS):
                self._contents = tuple(await content_rules.list_all(CONTENT_RULES_MAX))
        self._versions, self._looked_at = versions, now
