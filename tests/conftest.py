"""What all tests share: no network, real services, marks by folder; parts have their own."""

import os
import shutil
from collections.abc import Iterator
from functools import cache
from itertools import cycle
from pathlib import Path

import hypothesis
import pytest
import redis
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

from actors import local_keys
from federation.signatures import new_private_key_pem
from storage import postgres
from tests import loopback, services
from users import passwords

NO_CHROMIUM = (
    "no Chromium found: install it (apt-get install chromium) or name it in KITTIWAKE_TEST_CHROMIUM"
)
NO_FEDIFY = "no Node, or no Fedify in .venv/fedify: `make test` installs both"
# A busy machine is no failure: examples have no deadline. Times are tested where they matter.
IS_SLOW = [hypothesis.HealthCheck.too_slow]
hypothesis.settings.register_profile("kittiwake", deadline=None, suppress_health_check=IS_SLOW)
hypothesis.settings.load_profile("kittiwake")
# What lands is judged by the same examples each time (.ci/run); at home chance looks for new ones.
GATE = "gate"
hypothesis.settings.register_profile(
    GATE, deadline=None, suppress_health_check=IS_SLOW, derandomize=True
)

CHEAP_KIB = 64
# A few real keys, made when they are first needed; neighbours get different ones.
KEYS = [cache(new_private_key_pem) for _ in range(4)]

# Tests in these folders carry the mark of the same name.
MARKED_FOLDERS = ("pure", "browser", "processes")


def pytest_configure(config: pytest.Config) -> None:
    loopback.forbid_other_networks()
    _forget_settings_of_the_shell()
    if config.getoption("--hypothesis-profile") == GATE:
        _draw_nothing_from_what_is_loaded()
    if _owns_the_session(config):
        services.begin_session()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _owns_the_session(config):
        services.end_session()


def _forget_settings_of_the_shell() -> None:
    """Tests see default settings, whatever the person who starts them has exported.

    Nor do they go through a proxy to loopback, or meet what PostgreSQL's clients are told.
    """
    for name in list(os.environ):
        is_setting = name.startswith("KITTIWAKE_") and not name.startswith("KITTIWAKE_TEST_")
        if is_setting or name.lower().endswith("_proxy") or name.startswith("PG"):
            del os.environ[name]
    os.umask(0o022)  # PostgreSQL runs as another user, and has to find its programs


def _draw_nothing_from_what_is_loaded() -> None:
    """Keep hypothesis from drawing the numbers and words of our modules.

    It knows those of modules that are loaded, which depends on the tests this worker had before.
    """
    none = Constants()
    assert callable(providers._get_local_constants)
    providers._get_local_constants = lambda: none


def _owns_the_session(config: pytest.Config) -> bool:
    """Whether this is the process that was started by hand, not a worker of xdist."""
    return not hasattr(config, "workerinput")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    tests = Path(__file__).parent
    for item in items:
        folder = item.path.relative_to(tests).parts[0]
        if folder in MARKED_FOLDERS:
            item.add_marker(folder)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what did not run because the machine lacks something."""
    skipped = [str(report.longrepr) for report in terminalreporter.getreports("skipped")]
    lacks = {what: sum(what in reason for reason in skipped) for what in (NO_CHROMIUM, NO_FEDIFY)}
    if any(lacks.values()):
        terminalreporter.section("NOT TESTED", sep="!", red=True, bold=True)
    for what, number in lacks.items():
        if number:
            terminalreporter.line(f"{number} tests did not run: {what}")


@pytest.fixture(autouse=True)
def cheap_secrets(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes and keys that cost nothing; a test about their cost asks for `real_secrets`."""
    if "real_secrets" in request.fixturenames:
        return
    monkeypatch.setattr(passwords, "MEMORY_KIB", CHEAP_KIB)
    unknown = passwords.UNKNOWN_HASH.replace(f"m={46 * 1024}", f"m={CHEAP_KIB}")
    monkeypatch.setattr(passwords, "UNKNOWN_HASH", unknown)
    keys = cycle(KEYS)

    def next_key() -> str:
        return next(keys)()

    monkeypatch.setattr(local_keys, "new_private_key_pem", next_key)


@pytest.fixture(autouse=True)
def patient_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for a connection to PostgreSQL gets it, be there hundreds on a slow machine."""
    monkeypatch.setattr(postgres, "LOCK_TIMEOUT_S", 60.0)


@pytest.fixture
def real_secrets() -> None:
    """Hash and make keys as a server does."""


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """An empty PostgreSQL database of this test's own."""
    url = services.create_database()
    yield url
    services.drop_database(url)


@pytest.fixture
def redis_url() -> str:
    """An empty Redis that no other test uses at the same time."""
    try:
        url = services.redis_server()
    except services.ServiceMissingError as missing:
        pytest.skip(str(missing))
    with redis.Redis.from_url(url) as client:
        client.flushall()
    return url


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium, for Playwright's `executable_path`."""
    named = os.environ.get("KITTIWAKE_TEST_CHROMIUM")
    names = [named] if named else ["chromium", "chromium-browser", "google-chrome"]
    for name in names:
        if path := shutil.which(name):
            return path
    pytest.skip(NO_CHROMIUM)
