"""docs/client-api.md is current."""

from tools import client_api


def test_the_page_is_current() -> None:
    assert client_api.PAGE.read_text() == client_api.written(), (
        "docs/client-api.md is stale; mend it with: make docs"
    )
