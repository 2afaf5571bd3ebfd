"""Faults of our own processes: killed, told to stop under load, stopped and continued."""

import contextlib
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable

import httpx

from tests.faults.ledger import Ledger
from tests.faults.marks import (
    SEE_OTHER,
    at,
    attempts_of,
    count_shown,
    mark_of,
    new_mark,
    patiently,
    post,
    wait_for_arrivals,
)
from tests.faults.stage import EVERY_ADDRESS, Stage
from tests.faults.table import BOTH, POSTGRES, Seen, fault
from tests.processes import answering
from tests.processes.peer import Peer
from tests.processes.people import Person, eventually
from tests.processes.servers import Server

LATEST_KILL_S = 0.05
LEASE_S = 30.0
# On SQLite the lock proves that the killed process is gone; on PostgreSQL only its lease does.
ARRIVED_WITHIN_S = {"sqlite": 30.0, "postgres": LEASE_S + 30}
STOPPED_WITHIN_S = 10.5


def _killed_soon(server: Server) -> threading.Timer:
    """Begin to die, 0 to 50 ms from now."""
    killer = threading.Timer(random.uniform(0, LATEST_KILL_S), server.kill)
    killer.start()
    return killer


@fault(
    "FA-14", promised="kill -9 right after the answer: the post exists, is delivered", quick=BOTH
)
def killed_after_a_post(stage: Stage, seen: Seen) -> None:
    server = stage.server("mortal")
    author, peer = stage.person(server, "author"), stage.peer()
    stage.follow(server, author, peer)
    rounds, posts_at_once, ledger = stage.size(5, 50), stage.size(3, 20), seen.ledger

    def write() -> None:
        ledger.accept(at(post(author, ledger, peer), "home"))

    for _ in range(rounds):
        for _ in range(posts_at_once):
            write()
        killer = _killed_soon(server)
        with contextlib.suppress(httpx.TransportError):
            while True:
                write()
        killer.join()
        server.start()
    for mark, post_id in stage.marks(server):
        ledger.see(at(mark, "home"), post_id)
    took_s = wait_for_arrivals(ledger, peer, within_s=ARRIVED_WITHIN_S[stage.database])
    seen.note(f"{rounds} kills, {len(ledger.accepted) // 2} posts; all there {took_s:.0f} s after")


@fault("FA-16", promised="kill -9 right after the 202: shown after the restart", quick=BOTH)
def killed_after_an_activity(stage: Stage, seen: Seen) -> None:
    server = stage.server("mortal")
    reader, peer = stage.person(server, "reader"), stage.peer()
    stage.befriend(server, reader, peer)
    rounds, notes_at_once, ledger = stage.size(5, 50), stage.size(3, 5), seen.ledger
    inbox = f"{server.url}/inbox"

    def send() -> None:
        mark = new_mark()
        answer = peer.send(inbox, peer.note(mark))
        assert answer == httpx.codes.ACCEPTED, f"answered {answer}"
        ledger.accept(at(mark, reader.username))

    for _ in range(rounds):
        for _ in range(notes_at_once):
            send()
        killer = _killed_soon(server)
        with contextlib.suppress(httpx.TransportError):
            while True:
                send()
        killer.join()
        server.start()
    wanted = {mark.partition(" ")[0] for mark in ledger.accepted}

    def are_kept() -> bool:
        return wanted <= {mark for mark, _ in stage.marks(server)}

    patiently(are_kept, within_s=ARRIVED_WITHIN_S[stage.database])
    count_shown(ledger, reader)
    seen.note(f"{rounds} kills, {len(wanted)} activities")


@fault("FA-15", promised="kill -9 in a fan-out: every inbox is reached, under one id")
def killed_in_a_fan_out(stage: Stage, seen: Seen) -> None:
    hosts, people = stage.size(5, 100), stage.size(20, 100)
    server = stage.server("mortal")
    author = stage.person(server, "author")
    peer = stage.peer(EVERY_ADDRESS, has_shared_inbox=False)
    inboxes = [
        (f"127.1.{host // 250}.{host % 250 + 1}:{peer.port}", f"reader{number}")
        for host in range(hosts)
        for number in range(people)
    ]
    stage.add_followers(server, author.username, inboxes)
    mark = post(author, seen.ledger)
    for host, name in inboxes:
        seen.ledger.accept(at(mark, f"{host}/actors/{name}/inbox"))
    kills = stage.size(1, 2)
    for number in range(kills):
        reached = len(inboxes) * (number + 1) // (kills + 2)
        patiently(lambda enough=reached: len(peer.attempts) >= enough, within_s=60, every_s=0.01)  # type: ignore[misc]  # a default
        server.kill()
        server.start()

    def look() -> bool:
        for each in list(peer.attempts):
            if mark_of(each.activity) == mark:
                seen.ledger.see(at(mark, each.host + each.path), each.activity["id"], each.at)
        return not seen.ledger.lost

    patiently(look, within_s=stage.size(60, 150), every_s=0.5)
    again = len(attempts_of(peer, mark)) - len(inboxes)
    seen.note(f"{len(inboxes)} inboxes, {kills} kills, {again} sent again with the same id")
    seen.note(f"the last after {seen.ledger.slowest_s:.0f} s")


@fault(
    "FA-20",
    promised="SIGTERM under load: ends within 10 s, nothing lost, no 5xx",
    quick=("sqlite",),
)
def told_to_stop_under_load(stage: Stage, seen: Seen) -> None:
    server = stage.server("mortal")
    peer = stage.peer()
    authors = [stage.person(server, f"author{number}") for number in range(3)]
    reader = stage.person(server, "reader")
    stage.befriend(server, reader, peer)
    for author in authors:
        stage.follow(server, author, peer)
    statuses: Counter[int] = Counter()
    rounds, stops_s = stage.size(3, 20), []
    for _ in range(rounds):
        acts = [_writing(author, seen.ledger, peer) for author in authors]
        acts.append(_sending(server, reader, peer, seen.ledger))
        load = [_load(act, statuses) for act in acts]
        for thread in load:
            thread.start()
        time.sleep(random.uniform(0.1, 0.5))
        begun = time.monotonic()
        code = server.stop()
        stops_s.append(time.monotonic() - begun)
        for thread in load:
            thread.join()
        if code != 0:
            seen.check(f"ended with {code}", holds=False)
        server.start()
    refused = {status: number for status, number in statuses.items() if status >= 400}
    seen.check(f"{sum(statuses.values())} answers, refused {refused or 'none'}", not refused)
    seen.check(f"{rounds} stops, slowest {max(stops_s):.1f} s", max(stops_s) <= STOPPED_WITHIN_S)

    def look() -> bool:
        wait_for_arrivals(seen.ledger, peer, within_s=0)
        count_shown(seen.ledger, reader)
        return not seen.ledger.lost

    patiently(look, within_s=ARRIVED_WITHIN_S[stage.database], every_s=1)


def _load(act: Callable[[], int], statuses: Counter[int]) -> threading.Thread:
    """Do something again and again until the server hangs up."""

    def run() -> None:
        with contextlib.suppress(httpx.TransportError):
            while True:
                statuses[act()] += 1

    return threading.Thread(target=run)


def _writing(author: Person, ledger: Ledger, peer: Peer) -> Callable[[], int]:
    def write() -> int:
        mark = new_mark()
        status = author.post(f"{mark} is a word.").status_code
        if status == SEE_OTHER:
            ledger.accept(at(mark, peer))
        return status

    return write


def _sending(server: Server, reader: Person, peer: Peer, ledger: Ledger) -> Callable[[], int]:
    def send() -> int:
        mark = new_mark()
        status = peer.send(f"{server.url}/inbox", peer.note(mark))
        if status == httpx.codes.ACCEPTED:
            ledger.accept(at(mark, reader.username))
        return status

    return send


@fault("FA-21", promised="SIGSTOP beyond the lease: taken over once, nothing doubled")
def stopped_and_continued(stage: Stage, seen: Seen) -> None:
    server = stage.server("asleep")
    author = stage.person(server, "author")
    peers = [stage.peer() for _ in range(10)]
    for peer in peers:
        stage.follow(server, author, peer)
        peer.answers(answering.late(1))
    if stage.database == "postgres":
        stage.worker(server)
    for _ in range(8):
        post(author, seen.ledger, *peers)
    assert server.process is not None
    time.sleep(1.5)
    server.process.send_signal(signal.SIGSTOP)
    begun = time.monotonic()
    time.sleep(LEASE_S + 5)
    if stage.database == "postgres":
        wait_for_arrivals(seen.ledger, *peers, within_s=10)
        lost = len(seen.ledger.lost)
        seen.check(f"by the other process meanwhile: all but {lost}", lost == 0)
    server.process.send_signal(signal.SIGCONT)
    seen.note(f"stopped for {time.monotonic() - begun:.0f} s")
    wait_for_arrivals(seen.ledger, *peers, within_s=LEASE_S)
    time.sleep(5)  # what would be done twice is done by now
    marks = {mark.partition(" ")[0] for mark in seen.ledger.accepted}
    most = max(len(attempts_of(peer, mark)) for peer in peers for mark in marks)
    seen.check(f"{len(seen.ledger.accepted)} deliveries, each sent at most {most} times", most <= 2)


@fault(
    "FA-39", promised="two processes, one killed: its work goes on within 30 s", databases=POSTGRES
)
def one_of_two_processes_is_killed(stage: Stage, seen: Seen) -> None:
    server = stage.server("pair")
    author = stage.person(server, "author")
    peers = [stage.peer() for _ in range(10)]
    for peer in peers:
        stage.follow(server, author, peer)
        peer.answers(answering.late(0.5))
    worker = stage.worker(server)
    eventually(lambda: "worker started" in server.log.read_text(), within_s=20)
    for _ in range(20):
        post(author, seen.ledger, *peers)
    time.sleep(2)
    worker.kill()
    killed_at = time.monotonic()
    for peer in peers:
        peer.answers(answering.take())
    wait_for_arrivals(seen.ledger, *peers, within_s=LEASE_S + 30)
    took_s = time.monotonic() - killed_at
    seen.check(f"all there {took_s:.0f} s after the kill", took_s <= LEASE_S + 5)
