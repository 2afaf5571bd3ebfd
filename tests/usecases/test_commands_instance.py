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
