"""Tells our own outage from that of others: when nobody at all can be reached, it is us (FA-48)."""

import logging
from datetime import datetime, timedelta

HOSTS_MIN = 5
WINDOW = timedelta(minutes=5)
SEEN_FOR = timedelta(seconds=2)
"""So long nobody was reached before we say so: the dead are often quicker than the living."""

_log = logging.getLogger("kittiwake.worker")


class Uplink:
    """What was reached lately. Kept in memory: after a restart it is found out anew."""

    def __init__(self) -> None:
        self._unreached: dict[str, datetime] = {}
        self._is_down = False

    def reached(self) -> None:
        """Note that some host gave an answer, whichever."""
        self._unreached.clear()
        if self._is_down:
            self._is_down = False
            _log.warning("other servers can be reached again; deliveries go on")

    def not_reached(self, host: str, now: datetime) -> None:
        """Note that a host which was well could not be reached."""
        self._unreached.setdefault(host, now)

    def is_down(self, now: datetime) -> bool:
        """Whether nobody was reached while several that were well should have been."""
        if self._is_down:
            return True
        lately = [at for at in self._unreached.values() if abs(now - at) <= WINDOW]
        if len(lately) < HOSTS_MIN:
            self._unreached = {
                host: at for host, at in self._unreached.items() if abs(now - at) <= WINDOW
            }
        elif now - min(lately) >= SEEN_FOR:
            self._is_down = True
            _log.error(
                "none of %s other servers can be reached: it seems to be our own network. "
                "Deliveries are tried every minute and nobody is given up meanwhile",
                len(lately),
            )
        return self._is_down
