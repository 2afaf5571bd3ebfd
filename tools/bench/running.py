"""One run: servers are prepared and started, measured in turns, and stopped whatever happens."""

import asyncio
import contextlib
import math
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from commands.progress import Progress
from instance.building import utc_now
from tests import services
from tools.bench import machine, prepare
from tools.bench.operations import (
    DELIVERING,
    FANNING_OUT,
    GROWING,
    READING,
    READING_BY_APPS,
    SLOW_S,
    Operation,
    Sample,
    World,
    all_at_once,
    measure,
    quiet,
    sizes_on_the_wire,
)
from tools.bench.prepare import Shape
from tools.bench.results import Results
from tools.bench.rows import create_database
from tools.bench.servers import ROOT, OtherHosts, Server, make_people

HOSTS = 100
STARTS = 3
IDLE_AFTER_S = 2.0
LOAD_SHARE = 5
"""Under load each operation is done a fifth as often as in a round, and all at once."""
MEMORY_POINTS = 240
SMALL = Shape("small")
_show = Progress()


@dataclass(frozen=True, slots=True)
class Options:
    """What is measured, and how often."""

    rounds: int = 5
    is_full: bool = False
    server: str = "hypercorn"
    is_postgres: bool = False
    load_s: int = 20

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The databases; each differs from the first in one thing."""
        return (
            SMALL,
            Shape("users", local_users=50),
            Shape("posts", posts=100_000),
            *([Shape("million", posts=1_000_000)] if self.is_full else []),
            Shape("follows", follows=1000),
            Shape("crowd", local_users=10_001, follows=0),
        )


async def run(options: Options, folder: Path) -> Results:
    """Prepare, measure, stop."""
    people = make_people(HOSTS)
    results = Results(_about(options))
    hosts = OtherHosts(people, int(people[0].host.rpartition(":")[2]), folder)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(hosts.stop)
        worlds = [each async for each in _worlds(options, folder, hosts, stack, results)]
        for world in worlds:
            await _start(world, results)
        results.sizes |= await sizes_on_the_wire(worlds[0])
        for number, world in enumerate(worlds):
            _show("first requests", number, len(worlds))
            await _warm_up(world)
        await _measure_all(options, worlds, results)
    _show.end()
    return results


# ---------------------------------------------------------------- preparing


async def _worlds(
    options: Options,
    folder: Path,
    hosts: OtherHosts,
    stack: contextlib.AsyncExitStack,
    results: Results,
) -> AsyncIterator[World]:
    """Prepare the databases; whatever is opened or started is closed and stopped by `stack`."""
    _show("preparing", 0, len(options.shapes))
    settings = {} if options.server == "hypercorn" else {"KITTIWAKE_SERVER": options.server}
    first = Server(folder / "seed", hosts.certificate, "", settings)
    if options.is_postgres:
        first.storage_url = await create_database("seed")
    known = await prepare.seed(first, hosts.people)
    for number, shape in enumerate(options.shapes):
        _show("preparing", number, len(options.shapes))
        server = Server(folder / shape.name, hosts.certificate, "", settings)
        stack.callback(server.stop)
        if options.is_postgres:
            server.storage_url = await create_database(shape.name, template="seed")
        else:
            prepare.copy_folder(first, server)
        opened = await prepare.open_rows(server)
        results.sizes |= await prepare.fill(opened, shape, known, hosts.people)
        rows = await prepare.open_rows(server, is_read_only=True)
        stack.push_async_callback(rows.close)
        pid = _database_pid() if options.is_postgres else 0
        yield World(shape, server, rows, known, hosts, pid)


async def _start(world: World, results: Results) -> None:
    """Start once; the smallest one more often, for the time and the memory that it takes."""
    server, is_small = world.server, world.shape == SMALL
    for _ in range(STARTS - 1 if is_small else 0):
        results.add("start", await server.start())
        server.stop()
    results.add("start", await server.start())
    if is_small:
        await asyncio.sleep(IDLE_AFTER_S)
        results.add("memory_idle", server.usage().memory_mib)


async def _warm_up(world: World) -> None:
    """Fill caches and open connections: what is measured is a server that has been running."""
    if world.shape.name == "crowd":
        await measure(world, FANNING_OUT, 1)
        return
    for operation in _operations(world):
        await measure(world, operation, _warm_up_times(operation))
    await quiet(world)


def _warm_up_times(operation: Operation) -> int:
    return operation.times if operation in DELIVERING else min(operation.times, 100)


def _database_pid() -> int:
    """The process that all processes of the session's PostgreSQL descend from."""
    server = services.postgres_server(durable=True)
    port = server.rpartition(":")[2].partition("/")[0]
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            line = (folder / "cmdline").read_bytes() if (folder / "cmdline").exists() else b""
            if b"postgres" in line and f"-p\0{port}\0".encode() in line:
                return int(folder.name)
    return 0


# ---------------------------------------------------------------- measuring


async def _measure_all(options: Options, worlds: Sequence[World], results: Results) -> None:
    work = [(world, operation) for world in worlds for operation in _operations(world)]
    for number, (world, operation) in enumerate(work * options.rounds):
        _show("measuring", number, len(work) * options.rounds)
        _keep(results, world, operation, await measure(world, operation, operation.times))
    for what in ("home", "inbox", "post"):
        for shape in ("posts", "million", "follows", "users"):
            results.growth(f"{what}_{shape}", what, f"{what}@{shape}")
    await _watch_memory(worlds[0], options.load_s, results)


def _operations(world: World) -> Sequence[Operation]:
    match world.shape.name:
        case "small":
            return (*READING, *READING_BY_APPS, *GROWING, *DELIVERING)
        case "crowd":
            return (FANNING_OUT,)
        case _:
            return GROWING


def _keep(results: Results, world: World, operation: Operation, sample: Sample) -> None:
    name = operation.id
    if world.shape.name in ("posts", "million", "follows", "users"):
        name = f"{operation.id}@{world.shape.name}"
    names = [name, f"{operation.id}_50"] if world.shape.name == "users" else [name]
    for each in names:
        results.add(each, _value(world, operation, sample))
        if world.database_pid:
            results.database.setdefault(each, []).append(sample.database_ms)
    if name in ("post", "inbox"):
        results.add(f"{name}_bytes", sample.written_kib)


def _value(world: World, operation: Operation, sample: Sample) -> float:
    if operation.id != "slow_hosts":
        return sample.cpu_ms
    seen = world.hosts.tell("report")
    world.hosts.tell("delay 0")
    return float(operation.times / (seen["span_s"] + SLOW_S))


async def _watch_memory(world: World, seconds: int, results: Results) -> None:
    """Everything at once, for so long; what the server holds is noted again and again."""
    loop = asyncio.get_running_loop()
    begun, done, noted = loop.time(), 0, -math.inf
    used = world.server.usage().cpu_s
    while (now := loop.time() - begun) < seconds:
        _show("load, in seconds", int(now), seconds)
        done += await all_at_once(world, (*READING, *GROWING), LOAD_SHARE)
        if now - noted >= seconds / MEMORY_POINTS:
            noted = now
            results.memory.append((round(now, 1), round(world.server.usage().memory_mib, 1)))
    results.add("memory_loaded", max(mib for _, mib in results.memory))
    results.load = {
        "seconds": round(loop.time() - begun, 1),
        "operations": done,
        "cpu_s": round(world.server.usage().cpu_s - used, 1),
    }


# ---------------------------------------------------------------- telling


def _about(options: Options) -> dict[str, object]:
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607 - git has no fixed place
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "made_at": utc_now().isoformat(timespec="minutes"),
        "commit": commit.stdout.strip(),
        "processor": machine.processor(),
        "python": sys.version.split()[0],
        "server": options.server,
        "database": "PostgreSQL" if options.is_postgres else "SQLite",
        "rounds": options.rounds,
        "posts": max(shape.posts for shape in options.shapes),
        "load_average": Path("/proc/loadavg").read_text(encoding="utf-8").split()[0],
    }
