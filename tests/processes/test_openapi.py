"""Schemathesis asks everything that our OpenAPI document names: no line breaks (B122)."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from tests.processes.servers import Server

EXAMPLES_MAX = 4
SERVER_ERROR = 500
AUDIENCES = ("public", "unlisted", "private", "direct")
# They answer for as long as somebody listens.
STREAMS = "/api/v1/streaming"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server("asked", "127.0.10.31", tmp_path / "asked")
    made.start()
    yield made
    made.end()


REAL_IDS = 0.8
"""So many paths name something that is there: most of what is made up is not found."""


def _fill(server: Server, token: str) -> dict[str, list[str]]:
    """Let there be something of most kinds; returns ids by their names in the paths."""
    headers = {"Authorization": f"Bearer {token}"}
    with httpx2.Client(base_url=server.url, headers=headers, timeout=60) as app:

        def made(path: str, **value: Any) -> Any:
            answer = app.post(path, json=value)
            assert answer.status_code == 200, answer.text
            return answer.json()

        statuses = "/api/v1/statuses"
        poll = {"options": ["a", "b"], "expires_in": 3600}
        posts = [made(statuses, status="Hello #birds", visibility=each) for each in AUDIENCES]
        posts.append(made(statuses, status="Which?", poll=poll))
        filtered = made(
            "/api/v2/filters",
            title="f",
            context=["home"],
            keywords_attributes=[{"keyword": "rain"}],
        )
        pack = made("/api/v1/collections", name="c", description="", language="en")
        later = made(statuses, status="Later", scheduled_at="2999-01-01T00:00:00Z")
        return {
            "account_id": [posts[0]["account"]["id"]],
            "status_id": [each["id"] for each in posts],
            "poll_id": [posts[-1]["id"]],
            "list_id": [made("/api/v1/lists", title="l")["id"] for _ in range(5)],
            "filter_id": [filtered["id"]],
            "keyword_id": [each["id"] for each in filtered["keywords"]],
            "pack_id": [pack["collection"]["id"]],
            "scheduled_id": [later["id"]],
            "name": ["birds"],
        }


def test_b122_no_line_breaks_whatever_is_sent(server: Server) -> None:
    """B122: 0 times 5xx; with the token of somebody who may do everything."""
    server.command("user", "add", "alice", "--password", "a fine long password")
    token = server.command("token", "add", "alice", "--scopes", "read write follow push").strip()
    schema = schemathesis.openapi.from_url(f"{server.url}/api/openapi.json")
    headers = {"Authorization": f"Bearer {token}"}
    ids, chance = _fill(server, token), random.Random(7)
    broken: list[str] = []
    asked: set[str] = set()
    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr] # an Err raises
        if operation.path.startswith(STREAMS):
            continue

        @given(case=operation.as_strategy())
        @settings(
            max_examples=EXAMPLES_MAX,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: Any) -> None:
            for name in case.path_parameters:
                if name in ids and chance.random() < REAL_IDS:
                    case.path_parameters[name] = chance.choice(ids[name])
            answer = case.call(headers=headers, timeout=60)
            asked.add(f"{case.method} {case.path}")
            if answer.status_code >= SERVER_ERROR:
                broken.append(f"{case.method} {case.formatted_path}: {answer.status_code}")

        ask()
    assert broken == []
    assert len(asked) > 100
