"""Our own OpenAPI document: generated, whole, and true (B122)."""

import re
from typing import Any

from tests.clients.apps import App
from tools import client_api
from webapp import openapi
from webapp.mastodon import routes as mastodon
from webapp.oauth import routes as oauth


def _references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if "$ref" in value else set()
        return own.union(*(_references(each) for each in value.values()))
    return set().union(*(_references(each) for each in value)) if isinstance(value, list) else set()


async def test_b122_the_document_is_served_and_names_every_line(client: App) -> None:
    """B122: every line of the table with its scope; every reference leads somewhere."""
    found = await client.get("/api/openapi.json")
    assert client.status == 200
    assert found["openapi"] == "3.1.0"
    assert client.answer.headers["access-control-allow-origin"] == "*"
    named = {
        client_api.key(method.upper(), path)
        for path, item in found["paths"].items()
        for method in item
    }
    assert set(client_api.of_apps()) <= named
    schemas = found["components"]["schemas"]
    assert {each.rpartition("/")[2] for each in _references(found)} <= set(schemas)
    for path, item in found["paths"].items():
        for operation in item.values():
            variables = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert variables == set(re.findall(r"{(\w+)}", path))
    ids = [each["operationId"] for item in found["paths"].values() for each in item.values()]
    assert len(ids) == len(set(ids))


def test_b122_parameters_are_those_that_handlers_read() -> None:
    found = openapi.document((*oauth.ROUTES, *mastodon.ROUTES), "https://alpha.test")
    oembed = found["paths"]["/api/oembed"]["get"]
    assert {each["name"] for each in oembed["parameters"]} == {"url", "maxwidth", "maxheight"}
    assert "security" not in oembed
    made = found["paths"]["/api/v1/collections"]["post"]
    assert made["security"] == [{"OAuth2": ["write:collections"]}]
    sent = made["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert sent["account_ids"] == {"type": "array", "items": {"type": "string"}}
    assert sent["sensitive"] == {"type": "boolean"}
    answer = made["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer == {"$ref": "#/components/schemas/WrappedCollection"}


def test_b122_every_answer_has_a_shape() -> None:
    """B122: of all operations that answer in JSON. (`App.call` holds answers against them.)"""
    found = openapi.document((*oauth.ROUTES, *mastodon.ROUTES), "https://alpha.test")
    without = {
        f"{method.upper()} {path}"
        for path, item in found["paths"].items()
        for method, operation in item.items()
        if "content" not in operation["responses"]["200"]
        or not operation["responses"]["200"]["content"]["application/json"]["schema"]
    }
    assert without == {"GET /health"}  # plain text, for load balancers
