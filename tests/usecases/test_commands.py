"""The command line: what it prints, what it answers to programs, how it ends."""

import asyncio
import fcntl
import gc
import json
import logging
import os
import re
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import jobs
import main
import serving
from commands.demo_people import PEOPLE, TALKS
from instance.settings import Settings
from instance.settings_groups import CacheSettings, StorageSettings
from instance.settings_reading import markdown
from tests.instances import DATABASE_NAME
from tests.usecases.users.people import PASSWORD
from webapp.pages.routes import ROUTES

SCOPES = "read write follow push"


@pytest.fixture(autouse=True)
def _own_environment(
    tmp_path: Path, database_template: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """No settings of the developer, and a data folder of the test's own, migrated already."""
    for name in list(os.environ):
        if name.startswith("KITTIWAKE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KITTIWAKE_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    shutil.copyfile(database_template, tmp_path / "data" / DATABASE_NAME)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


class Output:
    """What a command printed, and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def error(self) -> str:
        assert self.code == 1
        assert self.out == ""
        assert len(self.err.splitlines()) == 1
        return self.err


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> "Run":
    return Run(capsys)


class Run:
    """Runs `python main.py …` in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: str) -> Output:
        try:
            code = main.main(words)
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = self._capsys.readouterr()
        return Output(code, out, err)

    def json(self, *words: str) -> dict[str, object]:
        output = self(*words, "--json")
        assert output.code == 0, output.err
        answer = json.loads(output.out)
        assert isinstance(answer, dict)
        return answer


def test_user_add_works_before_the_first_start(run: Run, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "data")
    done = run("user", "add", "alice", "--password", PASSWORD)
    assert done.code == 0
    assert "@alice@localhost:8000" in done.out
    assert "http://localhost:8000/login" in done.out
    assert PASSWORD not in done.out + done.err
    assert (tmp_path / "data" / DATABASE_NAME).stat().st_mode & 0o077 == 0


def test_user_add_answers_programs(run: Run) -> None:
    answer = run.json("user", "add", "erna", "--password", PASSWORD, "--role", "owner")
    assert answer["role"] == "owner"
    assert answer["handle"] == "@erna@localhost:8000"
    assert str(answer["uri"]).startswith("http://localhost:8000/actors/")


def test_op11_a_password_can_come_from_standard_input(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "input").write_text(PASSWORD + "\n")
    with (tmp_path / "input").open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert run("user", "add", "alice", "--password", "-").code == 0


def test_token_add_prints_the_token_alone(run: Run) -> None:
    run("user", "add", "alice", "--password", PASSWORD)
    done = run("token", "add", "alice", "--scopes", SCOPES)
    assert done.code == 0
    assert len(done.out.split()) == 1
    assert len(done.out.strip()) >= 43
    answer = run.json("token", "add", "@alice", "--scopes", SCOPES)
    assert answer["scopes"] == sorted(SCOPES.split())


def test_invite_add_prints_the_link_alone(run: Run) -> None:
    run("user", "add", "alice", "--password", PASSWORD)
    done = run("invite", "add", "alice", "--uses", "5", "--days", "7")
    assert done.out.startswith("http://localhost:8000/sign-up?invite=")
    assert len(done.out.split()) == 1


@pytest.mark.parametrize("words", [("invite", "add", "alice"), ("user", "add", "bob"), ("demo",)])
def test_every_address_that_is_printed_is_answered(run: Run, words: tuple[str, ...]) -> None:
    run("user", "add", "alice", "--password", PASSWORD)
    given = ("--password", PASSWORD) if words[0] == "user" else ()
    address = re.findall(r"http://localhost:8000(/[^\s?,]+)", run(*words, *given).out)[-1]
    assert address in {route.path for route in ROUTES if route.method == "GET"}


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("user", "add", "a b", "--password", PASSWORD), "letters"),
        (("user", "add", "alice", "--password", "short"), "8 characters"),
        (("user", "add", "alice", "--password", PASSWORD, "--email", "x"), "e-mail"),
        (("token", "add", "nobody", "--scopes", "read"), "user add"),
        (("invite", "add", "nobody"), "user add"),
        (("invite", "add", "nobody\x1b[31m"), "user add"),
    ],
)
def test_each_failure_is_one_line_that_says_what_mends_it(
    run: Run, words: tuple[str, ...], named: str
) -> None:
    assert named in run(*words).error
    answer = json.loads(run(*words, "--json").error)
    assert set(answer) == {"error", "fields"}


def test_wrong_scopes_are_named(run: Run) -> None:
    run("user", "add", "alice", "--password", PASSWORD)
    assert "'everything'" in run("token", "add", "alice", "--scopes", "everything").error


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("fly",),
        ("user",),
        ("user", "add"),
        ("user", "add", "alice"),
        ("user", "add", "alice", "--password", PASSWORD, "--role", "king"),
        ("token", "add"),
        ("invite", "add", "alice", "--uses", "many"),
        ("serve", "now"),
        ("version", "--loud"),
    ],
)
def test_wrong_usage_ends_with_2_and_names_the_help(run: Run, words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.code == 2
    assert "--help" in done.err
    assert len(done.err.splitlines()) == 1
    as_json = run(*words, "--json")
    assert as_json.code == 2
    assert "--help" in json.loads(as_json.err)["error"]


def test_json_may_stand_before_the_command_too(run: Run) -> None:
    assert json.loads(run("--json", "version").out) == run.json("version")
    assert json.loads(run("--json", "token", "add", "nobody").err)["error"]


@pytest.mark.parametrize("days", ["-1", "40000", "999999999999999999999"])
def test_an_invite_for_an_odd_number_of_days_is_refused_in_one_line(run: Run, days: str) -> None:
    run("user", "add", "alice", "--password", PASSWORD)
    assert "days" in run("invite", "add", "alice", "--days", days).error


@pytest.mark.parametrize(
    ("name", "value"),
    [("KITTIWAKE_DOMAN", "x"), ("KITTIWAKE_REGISTRATION__MODE", "all"), ("KITTIWAKE_LISTEN", "x")],
)
def test_a_wrong_setting_stops_every_command(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    for words in (("serve",), ("migrate",), ("user", "add", "a", "--password", PASSWORD)):
        assert name in run(*words).error


def test_a_folder_that_is_a_file_stops_the_start(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KITTIWAKE_DATA_DIR", str(tmp_path / "file"))
    assert "KITTIWAKE_DATA_DIR" in run("serve").error


def test_a_changed_domain_stops_the_start(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("user", "add", "alice", "--password", PASSWORD)
    monkeypatch.setenv("KITTIWAKE_DOMAIN", "moved.example")
    assert "KITTIWAKE_DOMAIN=localhost:8000" in run("migrate").error


def test_another_port_names_the_domain_that_goes_with_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a domain it follows `listen`; the line says exactly what to set to keep it."""
    run("user", "add", "alice", "--password", PASSWORD)
    monkeypatch.setenv("KITTIWAKE_LISTEN", "127.0.0.1:8123")
    assert "KITTIWAKE_DOMAIN=localhost:8000" in run("serve").error
    monkeypatch.setenv("KITTIWAKE_DOMAIN", "localhost:8000")
    assert run("migrate").code == 0


def test_the_domain_may_change_until_somebody_has_joined(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever tries `make run` first and thinks of a domain then need not throw data away."""
    assert run("migrate").code == 0
    monkeypatch.setenv("KITTIWAKE_DOMAIN", "moved.example")
    assert run("migrate").code == 0
    run("user", "add", "alice", "--password", PASSWORD)
    monkeypatch.setenv("KITTIWAKE_DOMAIN", "again.example")
    assert "KITTIWAKE_DOMAIN=moved.example" in run("migrate").error


def test_a_second_server_is_told_which_folder_is_in_use(run: Run, tmp_path: Path) -> None:
    """FA-38: one line, with the whole path of the folder and the process that uses it."""
    lock = os.open(tmp_path / "data" / "kittiwake.lock", os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.write(lock, b"4711")
        error = run("serve").error
        assert str(tmp_path / "data") in error
        assert "4711" in error
        assert "KITTIWAKE_DATA_DIR" in error
    finally:
        os.close(lock)


def test_several_processes_need_postgresql(run: Run) -> None:
    for words in (("serve", "--web"), ("worker",)):
        error = run(*words).error
        assert f"`{' '.join(words)}`" in error
        assert "KITTIWAKE_STORAGE__URL" in error


def test_several_processes_without_redis_are_told_what_they_lack(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """B118: they work, but a stream tells what its own process did and no more."""
    alone = replace(Settings(), storage=StorageSettings(url="postgres://127.0.0.1/one"))
    serving._check_shared(alone, "worker")
    assert "KITTIWAKE_CACHE__URL" in caplog.text
    caplog.clear()
    shared = replace(alone, cache=CacheSettings(url="redis://127.0.0.1"))
    serving._check_shared(shared, "worker")
    assert caplog.text == ""


async def test_a_signal_is_heard_while_threads_say_very_much() -> None:
    """B118: asyncio forgets a signal when the pipe that wakes its loop is full."""
    loop = asyncio.get_running_loop()
    stop = serving.stop_on_signals()
    for _ in range(10_000):
        loop.call_soon_threadsafe(lambda: None)
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(60):
        await stop.wait()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL  # the second one ends it at once


def test_the_server_takes_as_many_file_descriptors_as_it_may() -> None:
    """B118: with the usual 1024 the thousandth stream would be the last connection of all."""
    before = soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 900), hard))
    try:
        serving.allow_open_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (
            min(hard, serving.OPEN_FILES_MAX),
            hard,
        )
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_server_looks_for_cycles_seldom_and_not_in_what_it_began_with() -> None:
    """BUDGETS: a fan-out has thousands of objects under way, of which none is garbage."""
    before = gc.get_threshold()
    try:
        serving.collect_garbage_seldom()
        assert gc.get_threshold() == (serving.GARBAGE_EVERY, *before[1:])
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def test_an_address_in_use_names_the_setting(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("KITTIWAKE_LISTEN", f"127.0.0.1:{taken.getsockname()[1]}")
        assert "KITTIWAKE_LISTEN" in run("serve").error


def test_a_broken_database_is_one_line(run: Run, tmp_path: Path) -> None:
    """FA-46: the start says what to do."""
    (tmp_path / "data" / DATABASE_NAME).write_bytes(b"this is no database" * 1000)
    assert "KITTIWAKE_DATA_DIR" in run("serve").error


def test_migrate_says_what_it_did(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data" / DATABASE_NAME).unlink()
    assert run.json("migrate")["applied"]
    assert run.json("migrate") == {"applied": []}


def test_check_shows_the_settings_without_secrets(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITTIWAKE_MAIL__PASSWORD", "hunter2")
    shown = run("check").out
    assert "mail.password = (set)" in shown
    assert "hunter2" not in shown
    assert "up to date" in shown
    assert run.json("check")["database_is_current"] is True


@pytest.mark.parametrize(
    ("variables", "setting"),
    [
        ({"STORAGE__URL": "postgres://a@127.0.0.1:1/b"}, "KITTIWAKE_STORAGE__URL"),
        ({"CACHE__URL": "redis://127.0.0.1:1/0"}, "KITTIWAKE_CACHE__URL"),
        (
            {"MEDIA__URL": "s3://bucket", "MEDIA__ENDPOINT": "http://127.0.0.1:1"},
            "KITTIWAKE_MEDIA__ENDPOINT",
        ),
    ],
)
def test_check_names_the_setting_of_what_does_not_answer(
    run: Run, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], setting: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"KITTIWAKE_{name}", value)
    assert setting in run("check").error


def test_settings_writes_the_page_about_them(run: Run) -> None:
    assert run("settings", "--markdown").out == markdown(Settings)
    assert "domain = localhost:8000" in run("settings").out


def test_version_is_that_of_the_project(run: Run) -> None:
    assert run("version").out.startswith("Kittiwake 0.")
    assert set(run.json("version")) >= {"version", "python", "quart"}


def test_demo_fills_the_database_once(run: Run, tmp_path: Path) -> None:
    assert str(len(PEOPLE)) in run("demo").out
    with sqlite3.connect(tmp_path / "data" / DATABASE_NAME) as database:
        (posts,) = database.execute("SELECT count(*) FROM posts").fetchone()
        jobs = database.execute("SELECT kind FROM jobs").fetchall()
    database.close()
    assert posts == sum(len(talk) for talk in TALKS)
    # Pages that posts link to are asked some time later.
    assert jobs == [("look_at_link",)]
    assert "already" in run("demo").out
    assert run.json("demo")["people"] == [person.username for person in PEOPLE]


def test_demo_is_not_for_the_open_internet(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITTIWAKE_DOMAIN", "social.example.org")
    assert "KITTIWAKE_DATA_DIR" in run("demo").error


def test_every_job_that_is_queued_has_a_handler() -> None:
    kinds = set(jobs.JOBS)
    assert {kind for _, kind in jobs.SCHEDULE} <= kinds
    assert {"process_activity", "fan_out", "plan_delivery", "deliver", "send_mail"} <= kinds


def test_a_server_loads_no_library_that_it_does_not_use() -> None:
    """They cost a start a third of its time and memory: Tortoise migrates, Redis is a choice."""
    text = "import sys, main; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", text],
        cwd=Path(main.__file__).parent,
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    loaded = set(done.stdout.split())
    assert {"quart", "hypercorn", "aiosqlite"} <= loaded
    assert loaded.isdisjoint({"tortoise", "redis", "pyld"})


def test_the_shell_awaits_remembers_and_survives_mistakes(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = iter(
        [
            *("1/0", "x = 6", "def seven():", "    return x + 1", "", "seven() * x"),
            "await instance.store.is_current()",
        ]
    )

    def typed(prompt: str) -> str:
        del prompt
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", typed)
    done = run("shell")
    assert done.code == 0
    assert done.out.splitlines()[1:3] == ["42", "True"]
    assert done.err.count("Traceback") == done.err.count("ZeroDivisionError") == 1


def test_b13_a_user_is_warned_and_their_strikes_are_listed(run: Run) -> None:
    run("user", "add", "alice", "--password", PASSWORD)
    assert run("user", "warn", "alice", "Be kind.").out == "alice is warned.\n"
    assert "warn  Be kind." in run("user", "strikes", "alice").out
    strikes = run.json("user", "strikes", "alice")["strikes"]
    assert isinstance(strikes, list)
    assert [each["text"] for each in strikes] == ["Be kind."]
    assert "A warning has" in run("user", "warn", "alice", " ").error


def test_b13_who_is_silenced_or_suspended_appeals_and_is_answered(run: Run) -> None:
    """B13: the operator silences and suspends with a text, sees the appeals, and answers them."""
    run("user", "add", "alice", "--password", PASSWORD)
    assert "silenced: their followers" in run("user", "silence", "alice", "--text", "Too loud.").out
    assert "silenced already" in run("user", "silence", "alice").error
    assert "met by everybody" in run("user", "unsilence", "alice").out
    assert "not silenced" in run("user", "unsilence", "alice").error
    for verb, undo in (("freeze", "unfreeze"), ("cover", "uncover")):
        assert run("user", verb, "alice", "--text", "Rest.").code == 0
        assert "already" in run("user", verb, "alice").error
        assert run("user", undo, "alice").code == 0
        assert "not" in run("user", undo, "alice").error
    made = run.json("user", "suspend", "alice", "--text", "Spam.")
    assert run.json("user", "appeals")["appeals"] == []
    assert run("user", "appeal", "accept", str(made["strike"])).code == 1
    assert "no such" in run("user", "appeal", "refuse", "12").error
    assert run("user", "unsuspend", "alice").code == 0
    listed = run("user", "strikes", "alice").out
    assert listed.index("Spam.") < listed.index("Too loud.")
