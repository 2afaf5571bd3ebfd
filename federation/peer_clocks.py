"""What the clocks of other servers say about ours, from the Date of their answers.

A signature is good for minutes: a server whose clock is wrong sends what nobody believes and
believes nobody, and nothing of that names the clock (RELIABILITY, clock; RFC 9110, section 6.6.1).
"""

import logging
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from statistics import median

HOSTS_MAX = 64
HOSTS_MIN = 5
"""So many must agree before it is us and not them."""

WRONG_FROM = timedelta(minutes=2)
"""Servers refuse signatures from about five minutes on, some from one."""


ASKED_EVERY = timedelta(minutes=10)
"""A host is believed for so long: reading a date costs more than looking one up."""


_log = logging.getLogger("kittiwake.clock")


class PeerClocks:
    """By how much our clock differs from that of each host that answered lately."""

    def __init__(self) -> None:
        self._heard: OrderedDict[str, tuple[datetime, float]] = OrderedDict()

    def note(self, host: str, date: str | None, now: datetime) -> bool:
        """Keep what the Date of an answer says; whether that was news. A bad one says nothing."""
        known = self._heard.get(host)
        if known is not None and abs(now - known[0]) < ASKED_EVERY:
            return False
        if not date or (theirs := _moment(date)) is None:
            return False
        self._heard[host] = now, (now - theirs).total_seconds()
        self._heard.move_to_end(host)
        if len(self._heard) > HOSTS_MAX:
            self._heard.popitem(last=False)
        return True

    def ahead(self) -> timedelta | None:
        """How far our clock is ahead (negative: behind) if nearly all others say so; else None."""
        if len(self._heard) < HOSTS_MIN:
            return None
        ahead_s = [each for _, each in self._heard.values()]
        middle = median(ahead_s)
        wrong_from_s = WRONG_FROM.total_seconds()
        agree = sum(abs(each - middle) < wrong_from_s for each in ahead_s)
        if abs(middle) < wrong_from_s or agree * 5 < len(ahead_s) * 4:
            return None
        return timedelta(seconds=round(middle))


class ClockWatch:
    """Tells the operator once when nearly all others have another time, and when that is over."""

    def __init__(self) -> None:
        self._clocks = PeerClocks()
        self._is_wrong = False

    def compare(self, host: str, date: str | None, now: datetime) -> None:
        """Look at the Date of one more answer."""
        if not self._clocks.note(host, date, now):
            return
        ahead = self._clocks.ahead()
        if ahead is not None and not self._is_wrong:
            where = "ahead of" if ahead > timedelta() else "behind"
            _log.warning(
                "the clock of this machine is %s %s those of other servers: they refuse what we "
                "sign, and we what they sign. Set it: `timedatectl set-ntp true`",
                *(abs(ahead), where),
            )
        elif ahead is None and self._is_wrong:
            _log.warning("the clock of this machine agrees with other servers again")
        self._is_wrong = ahead is not None


def _moment(date: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(date[:64])
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
