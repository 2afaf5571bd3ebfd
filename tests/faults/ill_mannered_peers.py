"""Faults of the other server: it hangs, refuses, sends elsewhere, drips, cuts the line."""

from tests.faults.marks import (
    at,
    attempts_of,
    count_arrivals,
    patiently,
    post,
    wait_for_arrivals,
)
from tests.faults.stage import Stage
from tests.faults.table import Seen, fault
from tests.processes import answering
from tests.processes.peer import Peer

# What a slow machine may need for what is said to happen at once.
SOON_S = 60.0
# The deadline of a request, the first wait before the next attempt, and its jitter.
RETRIED_WITHIN_S = 60.0
_FOLLOWERS = "SELECT COUNT(*) FROM follows"
UNDISTURBED_S = 1.0


@fault("FA-2", promised="others' p95 ≤ twice the calm; delivered when it answers again")
def a_peer_hangs(stage: Stage, seen: Seen) -> None:
    server = stage.server("alpha")
    author = stage.person(server, "author")
    live = stage.peer()
    hanging = [stage.peer() for _ in range(stage.size(1, 4))]
    for peer in (live, *hanging):
        stage.follow(server, author, peer)
    calm, rough = Seen().ledger, seen.ledger
    for _ in range(20):
        post(author, calm, live)
    wait_for_arrivals(calm, live, within_s=SOON_S)

    for peer in hanging:
        peer.answers(answering.hang())
    for _ in range(20):
        post(author, rough, live)
    wait_for_arrivals(rough, live, within_s=SOON_S)
    allowed_s = max(2 * calm.percentile_s(0.95), UNDISTURBED_S)
    p95_s = rough.percentile_s(0.95)
    seen.check(
        f"others' p95 {p95_s:.2f} s (calm {calm.percentile_s(0.95):.2f})", p95_s <= allowed_s
    )

    marks = [mark.partition(" ")[0] for mark in rough.accepted]
    for peer in hanging:
        peer.answers(answering.take())
        for mark in marks:
            rough.accept(at(mark, peer))
    took_s = wait_for_arrivals(rough, *hanging, within_s=RETRIED_WITHIN_S + 30)
    seen.note(f"{len(marks)} posts to each of {len(hanging)} that hung, {took_s:.0f} s after")


@fault("FA-4", promised="tried again at once in the other scheme, or later", quick=("sqlite",))
def a_peer_does_not_know_the_key_once(stage: Stage, seen: Seen) -> None:
    server = stage.server("alpha")
    author, peer = stage.person(server, "author"), stage.peer()
    stage.follow(server, author, peer)
    peer.answers(answering.status(401), times=1)
    mark = post(author, seen.ledger, peer)
    took_s = wait_for_arrivals(seen.ledger, peer, within_s=SOON_S)
    seen.check(
        f"401 once: {len(attempts_of(peer, mark))} attempts in {took_s:.1f} s", took_s < SOON_S
    )
    if stage.is_full:
        peer.answers(answering.status(401), times=2)  # both schemes
        mark = post(author, seen.ledger, peer)
        took_s = wait_for_arrivals(seen.ledger, peer, within_s=RETRIED_WITHIN_S)
        seen.note(f"401 to both schemes: delivered after {took_s:.0f} s")


@fault("FA-5", promised="an inbox that is gone ends for its owner alone", quick=("sqlite",))
def one_inbox_is_gone(stage: Stage, seen: Seen) -> None:
    server = stage.server("alpha")
    author = stage.person(server, "author")
    peer = stage.peer(has_shared_inbox=False)
    stage.follow(server, author, peer, "gone", "missing", "well")
    inboxes = {name: f"/actors/{name}/inbox" for name in ("gone", "missing", "well")}
    peer.answers(answering.status(410), path=inboxes["gone"])
    peer.answers(answering.status(404), path=inboxes["missing"])
    marks = []
    for _ in range(3):
        marks.append(post(author, seen.ledger, peer))
        wait_for_arrivals(seen.ledger, peer, within_s=SOON_S)
        patiently(lambda: bool(attempts_of(peer, marks[0], inboxes["gone"])), within_s=SOON_S)
        # The end of that delivery: who is gone follows nobody any more.
        patiently(lambda: stage.rows(server, _FOLLOWERS) == [(2,)], within_s=SOON_S)

    def tries(name: str) -> list[int]:
        return [len(attempts_of(peer, mark, inboxes[name])) for mark in marks]

    patiently(lambda: sum(tries("missing")) >= len(marks), within_s=SOON_S)
    seen.check(f"to the well one {tries('well')} attempts", tries("well") == [1, 1, 1])
    seen.check(f"410: {tries('gone')} attempts, then no follower", tries("gone") == [1, 0, 0])
    seen.check(f"404: {tries('missing')}, no retry", max(tries("missing")) == 1)


@fault("FA-6", promised="one redirect on the same host is followed, signed anew", quick=("sqlite",))
def the_inbox_has_moved(stage: Stage, seen: Seen) -> None:
    server = stage.server("alpha")
    author = stage.person(server, "author")
    for code in (301, 308):
        peer = stage.peer()
        stage.follow(server, author, peer)
        peer.answers(answering.redirect(code, "/new/inbox"), path="/inbox")
        mark = post(author, seen.ledger, peer)
        wait_for_arrivals(seen.ledger, peer, within_s=SOON_S)
        paths = [each.path for each in peer.attempts if each.activity.get("type") == "Create"]
        signed = [each.signature for each in peer.attempts if each.path == "/new/inbox"]
        seen.check(f"{code}: {' → '.join(paths)}", paths[-1:] == ["/new/inbox"] and mark)
        old = {each.signature for each in peer.attempts if each.path == "/inbox"}
        seen.check("signed anew", signed and old.isdisjoint(signed))


@fault("FA-9", promised="30 s for a whole answer, then the line is closed; others unaffected")
def a_peer_drips(stage: Stage, seen: Seen) -> None:
    server = stage.server("alpha")
    author = stage.person(server, "author")
    live, dripping, deaf = stage.peer(), stage.peer(), stage.peer()
    for peer in (live, dripping, deaf):
        stage.follow(server, author, peer)
    for peer, way in ((dripping, answering.drip()), (deaf, answering.hang())):
        peer.answers(way)
        peer.lines.clear()
    for _ in range(10):
        post(author, seen.ledger, live)
    wait_for_arrivals(seen.ledger, live, within_s=SOON_S)
    p95_s = seen.ledger.percentile_s(0.95)
    seen.check(f"others' p95 {p95_s:.2f} s", p95_s <= UNDISTURBED_S)
    for peer, name, limit_s in ((dripping, "drips", 35.0), (deaf, "is deaf", 15.0)):
        patiently(lambda peer=peer: _ended(peer), within_s=40)  # type: ignore[misc]  # a default
        lived_s = [end - line.opened_at for line, end in peer.lines.items() if end]
        longest_s = max(lived_s, default=99.0)
        seen.check(f"{name}: line closed after {longest_s:.0f} s", longest_s <= limit_s)
    for peer in (dripping, deaf):
        peer.answers(answering.take())
        for mark in list(seen.ledger.accepted):
            seen.ledger.accept(at(mark.partition(" ")[0], peer))
    wait_for_arrivals(seen.ledger, dripping, deaf, within_s=RETRIED_WITHIN_S + 30)


def _ended(peer: Peer) -> bool:
    return any(end for end in list(peer.lines.values()))


@fault("FA-10", promised="tried again, with the same id", quick=("sqlite",))
def a_peer_cuts_the_line(stage: Stage, seen: Seen) -> None:
    server = stage.server("alpha")
    author = stage.person(server, "author")
    ways = {
        "at once": answering.cut_at_once(),
        "RST": answering.reset(),
        "after the header": answering.cut_after_headers(),
        "in the body": answering.cut_in_the_body(),
    }
    peers = {name: stage.peer() for name in ways}
    for peer in peers.values():
        stage.follow(server, author, peer)
    for name, peer in peers.items():
        peer.answers(ways[name], times=1)
    mark = post(author, seen.ledger, *peers.values())

    def all_tried_again() -> bool:
        return all(len(attempts_of(peer, mark)) > 1 for peer in peers.values())

    seen.check("each was tried again", patiently(all_tried_again, within_s=RETRIED_WITHIN_S))
    count_arrivals(seen.ledger, *peers.values())
    for name, peer in peers.items():
        times = attempts_of(peer, mark)
        seen.note(f"{name}: {len(times)} attempts, {times[-1] - times[0]:.1f} s apart")
