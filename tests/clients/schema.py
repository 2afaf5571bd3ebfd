"""Answers of the client API against the schemas of Mastodon, `assert_valid`, and our own document.

`tests/data/mastodon-openapi.json` is Mastodon's documentation as OpenAPI, under the GNU Free
Documentation License 1.3 (its `info.license` says so). Where it says less, or something else, than
Mastodon answers, `SAID_BY_NO_SCHEMA` and `CORRECTIONS` say it, each with its reason.
"""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from webapp import openapi
from webapp.mastodon import routes as mastodon
from webapp.oauth import routes as oauth

DOCUMENT = Path(__file__).parents[1] / "data" / "mastodon-openapi.json"
_NOTHING: dict[str, Any] = {"type": "object", "maxProperties": 0}


def _entity(name: str) -> dict[str, Any]:
    return {"$ref": f"mastodon#/components/schemas/{name}"}


def _below(name: str, entity: str) -> dict[str, Any]:
    return {"type": "object", "required": [name], "properties": {name: _entity(entity)}}


def _of_accounts(name: str) -> dict[str, Any]:
    """A page of collections with the people in them (Mastodon 4.6)."""
    listed = {"type": "array", "items": _entity("Collection")}
    return {"type": "object", "required": [name], "properties": {name: listed}}


_REPORTS = {
    "type": "object",
    "required": ["annual_reports", "accounts", "statuses"],
    "properties": {
        "annual_reports": {"type": "array", "items": _entity("AnnualReport")},
        "accounts": {"type": "array", "items": _entity("Account")},
        "statuses": {"type": "array", "items": _entity("Status")},
    },
}
SAID_BY_NO_SCHEMA: dict[tuple[str, str], dict[str, Any]] = {
    # What app/controllers/api and app/serializers/rest of Mastodon answer there.
    ("GET", "/api/v1/accounts/{account_id}/collections"): _of_accounts("collections"),
    ("GET", "/api/v1/accounts/{account_id}/in_collections"): _of_accounts("collections"),
    ("POST", "/api/v1/collections"): _below("collection", "Collection"),
    ("PATCH", "/api/v1/collections/{id}"): _below("collection", "Collection"),
    ("POST", "/api/v1/collections/{collection_id}/items"): _below(
        "collection_item", "CollectionItem"
    ),
    ("GET", "/api/v1/annual_reports"): _REPORTS,
    ("GET", "/api/v1/annual_reports/{year}"): _REPORTS,
    ("GET", "/api/v1/annual_reports/{year}/state"): {
        "type": "object",
        "required": ["state"],
        "properties": {"state": {"enum": ["available", "generating", "eligible", "ineligible"]}},
    },
    ("GET", "/api/v1/preferences"): _entity("Preferences"),
    # The documentation forgets that there are several.
    ("GET", "/api/v1/filters"): {"type": "array", "items": _entity("V1Filter")},
    ("GET", "/api/v1/instance/translation_languages"): {
        "type": "object",
        "additionalProperties": {"type": "array", "items": {"type": "string"}},
    },
    ("GET", "/oauth/userinfo"): {
        "type": "object",
        "required": ["iss", "sub", "name", "preferred_username", "profile", "picture"],
    },
}
CORRECTIONS: dict[str, dict[str, Any]] = {
    # A server may have scopes of its own (RFC 8414, section 2).
    "DiscoverOauthServerConfigurationResponse": {
        "scopes_supported": {"type": "array", "items": {"type": "string"}}
    },
    # Mastodon answers '' where a page names no author, and for what is no film.
    "PreviewCard": {"author_url": {"type": "string"}, "embed_url": {"type": "string"}},
    "PreviewCardAuthor": {"url": {"type": "string"}},
    "TrendsLink": {"author_url": {"type": "string"}, "embed_url": {"type": "string"}},
}


def assert_valid(method: str, path_template: str, status: int, value: Any) -> None:
    """Assert that an answer is what Mastodon's documentation says; `value` is read from JSON.

    The path is written as in `tests/data/client_api.tsv`: `/api/v1/accounts/{id}`.
    """
    schema = schema_of(method, path_template, status)
    assert not isinstance(value, bytes), "the value, not the body"
    found = [
        f"{each.json_path}: {each.message[:300]}" for each in _validator(schema).iter_errors(value)
    ]
    assert not found, f"{method} {path_template} {status}\n" + "\n".join(found[:20])


def assert_entity(name: str, value: Any) -> None:
    """Assert that a value is an entity of this name, as in the payloads of streams."""
    found = [
        f"{each.json_path}: {each.message[:300]}"
        for each in _validator(json.dumps(_entity(name))).iter_errors(value)
    ]
    assert not found, f"{name}\n" + "\n".join(found[:20])


@cache
def schema_of(method: str, path_template: str, status: int) -> str:
    """Return the schema of an answer, as JSON; KeyError when the documentation has no such line."""
    responses = document()["paths"][path_template][method.lower()]["responses"]
    if str(status) not in responses and not 200 <= status < 300:
        return json.dumps(_entity("Error"))
    by_hand = SAID_BY_NO_SCHEMA.get((method, path_template))
    if by_hand is not None and 200 <= status < 300:
        return json.dumps(by_hand)
    content = responses[str(status)].get("content", {})
    if "application/json" not in content:
        return json.dumps({"anyOf": [_NOTHING, {"type": ["null", "array", "object"]}]})
    return json.dumps(_absolute(content["application/json"].get("schema", {})))


@cache
def document() -> Any:
    """Return the documentation, corrected."""
    # What fits Quote fits ShallowQuote too: one of them at least, not one alone, is meant.
    found = json.loads(DOCUMENT.read_text().replace('"oneOf"', '"anyOf"'))
    for name, change in CORRECTIONS.items():
        found["components"]["schemas"][name]["properties"] |= change
    # Emoji under posts: shown to apps that say in `supported_types` that they know them (B76).
    for name in ("NotificationTypeEnum", "NotificationGroupTypeEnum"):
        found["components"]["schemas"][name]["enum"].append("reaction")
    # Of groups the document forgets the two about collections.
    known = found["components"]["schemas"]["NotificationGroupTypeEnum"]["enum"]
    known += ["added_to_collection", "collection_update"]
    return found


def assert_as_documented(method: str, path: str, value: Any) -> None:
    """Assert that the answer to a request is what our own OpenAPI document says, and no more."""
    plain = path.partition("?")[0]
    for pattern, validator in _own_validators(method):
        if pattern.fullmatch(plain):
            found = [f"{e.json_path}: {e.message[:300]}" for e in validator.iter_errors(value)]
            assert not found, f"{method} {path}, by our own document\n" + "\n".join(found[:20])
            return


@cache
def _own_validators(method: str) -> list[tuple[re.Pattern[str], Any]]:
    found = openapi.document((*oauth.ROUTES, *mastodon.ROUTES), "https://alpha.test")
    for each in found["components"]["schemas"].values():
        each["additionalProperties"] = False  # what an answer has beyond its type is a mistake
    found = json.loads(json.dumps(found).replace('"#/components', '"ours#/components'))
    empty: Registry[Any] = Registry()
    registry = empty.with_resource("ours", DRAFT202012.create_resource(found))
    made = []
    # As with the lines of Mastodon: those with the fewest variables first.
    for path in sorted(found["paths"], key=lambda each: each.count("{")):
        answer = found["paths"][path].get(method.lower(), {}).get("responses", {}).get("200", {})
        if "content" in answer:
            schema = answer["content"]["application/json"]["schema"]
            validator = jsonschema.Draft202012Validator(schema, registry=registry)
            made.append((re.compile(re.sub(r"{\w+}", "[^/]+", path)), validator))
    return made


def lines() -> Iterator[tuple[str, str]]:
    """Yield every method and path of the list, but for administration."""
    for line in (DOCUMENT.parent / "client_api.tsv").read_text().splitlines():
        method, path, *_ = line.split("\t")
        yield method, path


_UNWRITTEN = {"/api/v1/notifications/policy"}
"""What Mastodon serves, has a schema of and does not document: no `{id}` of other lines."""


def template_of(method: str, path: str) -> str | None:
    """Return the line that a path is asked at; None for what is not of Mastodon's API."""
    plain = path.partition("?")[0]
    if plain in _UNWRITTEN:
        return None
    return next((line for pattern, line in _patterns(method) if pattern.fullmatch(plain)), None)


@cache
def _patterns(method: str) -> list[tuple[re.Pattern[str], str]]:
    """The lines with the fewest variables first: `/statuses/scheduled` before `/statuses/{id}`."""
    found = sorted((path for each, path in lines() if each == method), key=lambda p: p.count("{"))
    return [(re.compile(re.sub(r"{\w+}", "[^/]+", path)), path) for path in found]


def _absolute(value: Any) -> Any:
    """References within the documentation, as seen from a schema that stands alone."""
    if isinstance(value, dict):
        return {
            key: f"mastodon{below}" if key == "$ref" else _absolute(below)
            for key, below in value.items()
        }
    return [_absolute(each) for each in value] if isinstance(value, list) else value


@cache
def _registry() -> Registry[Any]:
    empty: Registry[Any] = Registry()
    whole: Registry[Any] = empty.with_resource("mastodon", DRAFT202012.create_resource(document()))
    return whole


@cache
def _validator(schema: str) -> Any:
    return jsonschema.Draft202012Validator(
        json.loads(schema), registry=_registry(), format_checker=_FORMATS
    )


# ---------------------------------------------------------------- formats: as apps read them

_FORMATS = jsonschema.FormatChecker(formats=())


def _is_time(value: Any) -> bool:
    """With a zone: what has none is read as local time by apps."""
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def _is_date(value: Any) -> bool:
    return not isinstance(value, str) or bool(date.fromisoformat(value))


def _is_url(value: Any) -> bool:
    """Absolute: apps make addresses of these strings and crash at others."""
    return not isinstance(value, str) or bool(urlsplit(value).scheme)


for name, check in {"date-time": _is_time, "date": _is_date, "uri": _is_url}.items():
    _FORMATS.checks(name, raises=ValueError)(check)
