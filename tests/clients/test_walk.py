"""The walk: every line of Mastodon's API is served, and its content is looked at by a test."""

from pathlib import Path

import pytest

from tests.clients import schema
from tests.clients.schema import assert_entity, assert_valid
from tools import client_api

# The lines that are not served yet: fewer each time, and never more.
OPEN = Path(__file__).parents[1] / "data" / "client_api_open.txt"


def test_b117_every_line_of_mastodons_api_is_served() -> None:
    """B117: what is still open stands in a list that may only become shorter."""
    assert set(client_api.missing()) <= set(OPEN.read_text().splitlines())


def test_every_line_of_our_table_has_a_test_of_its_content() -> None:
    assert client_api.untested() == [], "name it in the docstring of its test: `GET /api/v1/x/{id}`"


def test_the_list_is_whole_and_in_the_documentation() -> None:
    found = list(schema.lines())
    assert len(found) == len(set(found)) == 211
    paths = schema.document()["paths"]
    web_sockets = "/api/v1/streaming (WebSocket; stream=, type=subscribe/unsubscribe)"
    for method, path in found:
        assert path == web_sockets or method.lower() in paths[path], path


def test_names_of_variables_do_not_count() -> None:
    assert client_api.key("GET", "/api/v1/lists/<list_id>") == "GET /api/v1/lists/{}"
    assert client_api.keys_in("", "B1: `GET /api/v1/lists/{id}`, and POST /api/v1/lists.") == {
        "GET /api/v1/lists/{}",
        "POST /api/v1/lists",
    }


def test_what_is_no_valid_answer_is_found() -> None:
    rule = {"id": "1", "text": "Be kind.", "hint": ""}
    assert_valid("GET", "/api/v1/instance/rules", 200, [rule])
    assert_valid("GET", "/api/v1/statuses/{id}", 404, {"error": "Record not found"})
    wrong = [
        [{**rule, "id": 1}],
        [{"id": "1", "text": "Be kind."}],
        {"rules": [rule]},
    ]
    for value in wrong:
        with pytest.raises(AssertionError, match="instance/rules"):
            assert_valid("GET", "/api/v1/instance/rules", 200, value)
    policy = {"content": "<p>None.</p>", "updated_at": "2026-11-23T07:00:00.000Z"}
    assert_entity("PrivacyPolicy", policy)
    with pytest.raises(AssertionError, match="updated_at"):
        assert_entity("PrivacyPolicy", {**policy, "updated_at": "yesterday"})
