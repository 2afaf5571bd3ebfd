"""Marks: words that occur once in the world, so that a post can be found wherever it went."""

import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from tests.faults.ledger import Ledger
from tests.processes.peer import Peer
from tests.processes.people import Person, articles

PATTERN = r"mark-[0-9]+"
SEE_OTHER = 303
_serial = count(1)


def new_mark() -> str:
    return f"mark-{next(_serial):06}"


def at(mark: str, peer: Peer | str) -> str:
    """The line of the ledger for a mark that is to arrive at one peer of several."""
    return f"{mark} at {peer if isinstance(peer, str) else peer.domain}"


def post(author: Person, ledger: Ledger, *peers: Peer) -> str:
    """Write a post, which must be accepted; enter it once for each peer that is to get it."""
    mark = new_mark()
    answer = author.post(f"{mark} is a word.")
    assert answer.status_code == SEE_OTHER, f"not accepted: {answer.status_code} {answer.text}"
    for peer in peers:
        ledger.accept(at(mark, peer))
    return mark


def mark_of(activity: dict[str, Any]) -> str:
    """The mark in a Create, empty in anything else."""
    if activity.get("type") != "Create":
        return ""
    found = re.search(PATTERN, activity["object"].get("content", ""))
    return found[0] if found else ""


def count_arrivals(ledger: Ledger, *peers: Peer) -> None:
    """Enter what these peers have taken."""
    for peer in peers:
        for attempt in list(peer.attempts):
            mark = mark_of(attempt.activity)
            if mark and attempt.is_taken:
                ledger.see(at(mark, peer), attempt.activity["id"], attempt.at)


def wait_for_arrivals(ledger: Ledger, *peers: Peer, within_s: float) -> float:
    """Wait until nothing of the ledger is missing at the peers; return how long that took."""
    begun = time.monotonic()

    def look() -> bool:
        count_arrivals(ledger, *peers)
        return not ledger.lost

    patiently(look, within_s=within_s)
    return time.monotonic() - begun


def patiently(look: Callable[[], bool], *, within_s: float, every_s: float = 0.1) -> bool:
    """Look again and again; False when it was in vain: a claim or the ledger tells."""
    end = time.monotonic() + within_s
    while not look():
        if time.monotonic() > end:
            return False
        time.sleep(every_s)
    return True


def home_pages(person: Person) -> list[str]:
    """The articles of the whole home feed, page after page."""
    found, here = [], "/home"
    while here:
        page = person.read(here)
        found += articles(page)
        before, mark, _ = page.partition('" rel="next"')
        here = before.rpartition('href="')[2].replace("&amp;", "&") if mark else ""
    return found


def count_shown(ledger: Ledger, reader: Person) -> None:
    """Enter what stands in somebody's home feed; a post that stands there twice counts twice."""
    times: Counter[str] = Counter()
    for article in home_pages(reader):
        (path,) = re.findall(r'<time[^>]*><a [^>]*?href="([^"]+)"', article)[:1]
        times[path] += 1
        for mark in set(re.findall(PATTERN, article)):
            ledger.see(at(mark, reader.username), f"{path} for the {times[path]}. time")


def attempts_of(peer: Peer, mark: str, path: str = "") -> Sequence[float]:
    """When a peer was sent the Create with this mark."""
    return [
        each.at
        for each in list(peer.attempts)
        if mark_of(each.activity) == mark and path in ("", each.path)
    ]
