"""Schemathesis asks everything that our OpenAPI document names: no line breaks (B122)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from tests.processes.servers import Server

EXAMPLES_MAX = 4
SERVER_ERROR = 500
# They answer for as long as somebody listens.
STREAMS = "/api/v1/streaming"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server("asked", "127.0.10.31", tmp_path / "asked")
    made.start()
    yield made
    made.end()


def test_b122_no_line_breaks_whatever_is_sent(server: Server) -> None:
    """B122: 0 times 5xx; with the token of somebody who may do everything."""
    server.command("user", "add", "alice", "--password", "a fine long password")
    token = server.command("token", "add", "alice", "--scopes", "read write follow push").strip()
    schema = schemathesis.openapi.from_url(f"{server.url}/api/openapi.json")
    headers = {"Authorization": f"Bearer {token}"}
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
            answer = case.call(headers=headers, timeout=20)
            asked.add(f"{case.method} {case.path}")
            if answer.status_code >= SERVER_ERROR:
                broken.append(f"{case.method} {case.formatted_path}: {answer.status_code}")

        ask()
    assert broken == []
    assert len(asked) > 100
