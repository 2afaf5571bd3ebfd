"""A full disk, at a real server: what cannot be kept is refused, all else goes on (FA-22)."""

import resource
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx

from tests.processes.peer import Peer
from tests.processes.people import Person, articles, eventually, forms_of
from tests.processes.servers import Server

# No file of the server may grow beyond this, the log and the WAL included.
FULL_BYTES = 4096
REFUSED = 5


def _limit_files(server: Server, soft: int) -> None:
    assert server.process is not None
    _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (soft, hard))


def _post(author: Person, text: str) -> httpx.Response:
    (form, *_) = [form for form in forms_of(author.read("/home")) if form.action == "/compose"]
    return author.http.post(form.action, data={**form.fields, "text": text, "audience": "public"})


def test_fa22_a_full_disk_refuses_writes_and_nothing_else(
    tmp_path: Path, person: Callable[[Server], Person]
) -> None:
    """FA-22: writes are answered 503 with Retry-After, reads go on, and it recovers by itself."""
    server = Server("full", "127.0.10.5", tmp_path / "full")
    server.start()
    try:
        with Peer("127.0.10.7") as peer:
            author = person(server).sign_up("author")
            author.write("before")
            author.follow(peer.handle)
            eventually(lambda: any(a["type"] == "Follow" for a in peer.inbox))
            assert peer.send(f"{server.url}/inbox", peer.note("first")) == 202

            _limit_files(server, FULL_BYTES)
            for number in range(REFUSED):
                answer = _post(author, f"refused {number}")
                assert answer.status_code == 503
                assert int(answer.headers["Retry-After"]) > 0
                assert peer.send(f"{server.url}/inbox", peer.note(f"refused {number}")) == 503
                for path in ("/home", "/@author", "/notifications", "/.well-known/nodeinfo"):
                    author.read(path)
            assert "before" in author.read("/home")

            _limit_files(server, resource.RLIM_INFINITY)
            eventually(lambda: _post(author, "after").status_code < 400)
            assert peer.send(f"{server.url}/inbox", peer.note("last")) == 202
        shown = "".join(articles(author.read("/home")))
        assert "before" in shown
        assert "after" in shown
        assert "refused" not in shown
    finally:
        assert server.stop() == 0
    with closing(sqlite3.connect(server.folder / "data" / "kittiwake.sqlite3")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        (kept,) = database.execute("SELECT COUNT(*) FROM posts WHERE source LIKE '%refused%'")
        assert kept == (0,)
