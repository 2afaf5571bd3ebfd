"""The commands `search` and `trends`."""

import pytest

from tests.usecases.test_commands import Run
from tests.usecases.test_commands import _own_environment as _own_environment
from tests.usecases.test_commands import run as run


def test_b101_search_index_indexes_what_is_there_and_goes_on(run: Run) -> None:
    """B101: also anew, and a second time there is nothing to do."""
    run("demo")
    first = run.json("search", "index")
    assert first["left"] == 0
    assert run.json("search", "index") == {"indexed": 0, "left": 0}
    assert run.json("search", "index", "--all") == first
    assert "All posts are indexed" in run("search", "index").out


@pytest.mark.parametrize("kind", ["hashtag", "post", "page"])
def test_c51_trends_are_listed_and_refused(run: Run, kind: str) -> None:
    """C51: what does not trend can be refused beforehand, and not allowed."""
    run("migrate")
    assert run.json("trends", "list", kind) == {"trends": []}
    assert run.json("trends", "refuse", kind, "#birds") == {"name": "#birds", "allowed": False}
    assert "does not trend" in run("trends", "allow", kind, "birds").error
