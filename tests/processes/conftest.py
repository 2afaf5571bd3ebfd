"""Servers for a whole module: two on SQLite, two on PostgreSQL, that federate over loopback."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

import pytest

from tests import services
from tests.processes import people, servers
from tests.processes.people import Person
from tests.processes.servers import Server


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails shows the end of what each running server has logged."""
    report = yield
    if report.failed:
        for server in servers.started:
            if server.process is not None and server.process.poll() is None:
                report.sections.append((f"log of {server.name}", server.last_lines()))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how long people waited until what others did was there."""
    waits = sorted(people.arrivals_s)
    if waits:
        within = sum(wait <= 1 for wait in waits)
        terminalreporter.line(
            f"arrivals: {len(waits)}, median {waits[len(waits) // 2]:.2f} s, "
            f"slowest {waits[-1]:.2f} s, {within} within 1 s"
        )


@dataclass(frozen=True)
class Net:
    """`alpha` and `gamma` keep their rows in SQLite, `beta` and `delta` in PostgreSQL."""

    alpha: Server
    beta: Server
    gamma: Server
    delta: Server

    @property
    def servers(self) -> tuple[Server, ...]:
        return (self.alpha, self.beta, self.gamma, self.delta)


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    folder = tmp_path_factory.mktemp("net")
    urls = {name: services.create_database() for name in ("beta", "delta")}
    names = ("alpha", "beta", "gamma", "delta")
    made = {
        name: Server(name, f"127.0.10.{number}", folder / name, urls.get(name, ""))
        for number, name in enumerate(names, start=1)
    }
    running = Net(**made)
    for server in running.servers:
        server.start()
    yield running
    codes = [server.stop() for server in running.servers]
    for url in urls.values():
        services.drop_database(url)
    assert codes == [0, 0, 0, 0], "a server did not stop in an orderly way"


@pytest.fixture
def person() -> Iterator[Callable[[Server], Person]]:
    """Opens browser windows on servers; all are closed when the test ends."""
    opened: list[Person] = []

    def open_window(server: Server) -> Person:
        opened.append(Person(server.url))
        return opened[-1]

    yield open_window
    for each in opened:
        each.close()
