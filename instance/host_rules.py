"""Which rule holds for a host, however it is spelt. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address
from types import MappingProxyType

from federation import origin
from instance.errors import Invalid
from storage.records import HostRule, HostSeverity

NOT_ON_THE_LIST = HostRule(
    host="*",
    severity=HostSeverity.SUSPEND,
    created_at=datetime.min.replace(tzinfo=UTC),
    changed_at=datetime.min.replace(tzinfo=UTC),
    comment="this server speaks with those on its list alone",
)
"""What holds for a host without a rule in allow-list mode."""


@dataclass(frozen=True, slots=True)
class HostRules:
    """All rules about hosts. A rule holds for the sub-domains too; the one closest to it counts."""

    rules: Mapping[str, HostRule] = field(default_factory=lambda: MappingProxyType({}))
    is_allow_list: bool = False

    @classmethod
    def of_rows(cls, rows: Iterable[HostRule], *, is_allow_list: bool) -> "HostRules":
        """Make the rules that stand in the table."""
        return cls(MappingProxyType({rule.host: rule for rule in rows}), is_allow_list)

    @property
    def are_none(self) -> bool:
        """Whether everybody is welcome."""
        return not self.rules and not self.is_allow_list

    @property
    def welcome_nobody(self) -> bool:
        """Whether we federate with nobody at all: an allow list without a host."""
        suspend = HostSeverity.SUSPEND
        return self.is_allow_list and all(r.severity is suspend for r in self.rules.values())

    def of(self, authority: str) -> HostRule | None:
        """The rule that holds for `host` or `host:port`, in any spelling; None: welcome (MO-1)."""
        if self.are_none:
            return None
        name = host_name(authority)
        is_address = _is_address(name)  # the end of an address is no domain above it
        while name:
            rule = self.rules.get(name)
            if rule is not None:
                return rule
            name = "" if is_address else name.partition(".")[2]
        return NOT_ON_THE_LIST if self.is_allow_list else None

    def strictest(self, *authorities: str) -> HostRule | None:
        """The strictest of the rules that hold for these hosts."""
        found = [rule for each in authorities if each and (rule := self.of(each)) is not None]
        return max(found, key=lambda rule: _STRICTNESS[rule.severity], default=None)

    def is_welcome(self, *authorities: str) -> bool:
        """Whether none of these hosts is suspended."""
        rule = self.strictest(*authorities)
        return rule is None or rule.severity is not HostSeverity.SUSPEND

    def rejects_media(self, *authorities: str) -> bool:
        """Whether pictures of one of these hosts are not shown."""
        rules = [self.of(each) for each in authorities if each]
        return any(
            rule is not None and (rule.rejects_media or rule.severity is HostSeverity.SUSPEND)
            for rule in rules
        )


_STRICTNESS = {HostSeverity.ALLOW: 0, HostSeverity.SILENCE: 1, HostSeverity.SUSPEND: 2}


_AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^\[\]:]+)(?::[0-9]{0,5})?")


@lru_cache(maxsize=4096)
def host_name(authority: str) -> str:
    """The canonical name in `host` or `host:port`, without the port; nothing if it is no host."""
    match = _AUTHORITY.fullmatch(authority.strip())
    if match is None:
        return ""
    try:
        return origin.canonical_host(match[1])
    except Invalid:
        return ""


@lru_cache(maxsize=4096)
def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
