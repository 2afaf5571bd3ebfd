"""The commands `instance close` (A155) and `user rotate-keys` (A147)."""

from tests.usecases.test_commands import Run
from tests.usecases.test_commands import _own_environment as _own_environment
from tests.usecases.test_commands import run as run

ADD = ("user", "add", "alice", "--password", "correct horse battery")


def test_a155_closing_names_the_domain_and_says_what_is_left(run: Run) -> None:
    run(*ADD)
    error = run("instance", "close", "--domain", "other.test").error
    assert "--domain" in error
    found = run.json("instance", "close", "--domain", "localhost:8000")
    assert found["deleted"] == 1
    again = run.json("instance", "close", "--domain", "localhost:8000")
    assert again["deleted"] == 0


def test_a147_rotating_keys_of_one_and_of_all(run: Run) -> None:
    run(*ADD)
    assert run.json("user", "rotate-keys", "alice") == {"rotated": 1}
    assert run.json("user", "rotate-keys", "--all") == {"rotated": 2}  # with the server's own
    assert "nobody" in run("user", "rotate-keys", "nobody-here").error
    assert run("user", "rotate-keys").code == 2


def test_b5_the_command_that_takes_second_factors_away(run: Run) -> None:
    """B5: what it does when there are some is in `tests/pages/test_two_step.py`."""
    run(*ADD)
    assert "not asked for a second factor" in run("user", "two-factor", "off", "alice").error
    assert "no user" in run("user", "two-factor", "off", "nobody-here").error
    assert run("user", "two-factor", "on", "alice").code == 2
