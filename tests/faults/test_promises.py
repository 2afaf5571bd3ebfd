"""The quick faults of RELIABILITY.md: fewer kills, fewer hosts; `make faults` runs all in full.

Most of their time is waiting, so that all that were chosen begin together, in threads.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.faults.all_faults import FAULTS
from tests.faults.table import Fault, Outcome, run
from tests.processes.servers import ROOT
from tools.faults import page

pytestmark = pytest.mark.processes

AT_ONCE = 4
ENDED_WITHIN_S = 240
QUICK = [(fault, database) for fault in FAULTS for database in fault.quick]
NAMES = [f"{fault.id}-{database}" for fault, database in QUICK]


@pytest.fixture(scope="module")
def outcomes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, "Future[Outcome]"]]:
    """What comes of each fault that was chosen to run; all begin at once."""
    chosen = {item.name for item in request.session.items}
    with ThreadPoolExecutor(AT_ONCE) as threads:
        yield {
            name: threads.submit(run, fault, database, tmp_path_factory.mktemp(name), is_full=False)
            for name, (fault, database) in zip(NAMES, QUICK, strict=True)
            if f"test_the_promise_is_kept[{name}]" in chosen
        }


@pytest.mark.parametrize("name", NAMES)
def test_the_promise_is_kept(outcomes: dict[str, "Future[Outcome]"], name: str) -> None:
    """FA-1 to FA-49: nothing accepted is lost, doubled or late, and each claim holds."""
    outcome = outcomes[name].result(timeout=ENDED_WITHIN_S)
    told = (outcome.fault.promised, str(outcome.seen), str(outcome.seen.ledger), outcome.logs)
    assert outcome.is_ok, "\n".join(told)


def test_every_fault_is_in_the_table_once() -> None:
    numbers = sorted(fault.number for fault in FAULTS)
    promised = [*range(1, 17), 20, 21, 22, 27, 28, 29, 31, *range(35, 40), 45, 48, 49]
    assert numbers == promised


def test_the_page_of_promises_is_current() -> None:
    assert (ROOT / "docs" / "reliability.md").read_text() == page() + "\n", "run `make docs`"


def test_a_fault_that_raises_is_a_broken_promise(tmp_path_factory: pytest.TempPathFactory) -> None:
    def act(*_: object) -> None:
        message = "it broke"
        raise AssertionError(message)

    broken = Fault("FA-0", "nothing", act, ("sqlite",), (), is_alone=False)
    outcome = run(broken, "sqlite", tmp_path_factory.mktemp("broken"), is_full=False)
    assert not outcome.is_ok
    assert "it broke" in str(outcome.seen)
