"""NodeInfo: ours is valid against the schemas, that of others is read with care (A123, A124)."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from federation import nodeinfo
from federation.nodeinfo import Facts, Version

SCHEMAS = Path(__file__).parents[2] / "data" / "schemas"
FACTS = Facts(
    "0.1.0",
    "Our place",
    is_open=True,
    users_total=3,
    users_active_month=2,
    users_active_halfyear=3,
    posts_total=40,
)


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_a123_a124_our_documents_are_valid(version: Version) -> None:
    schema = json.loads((SCHEMAS / f"nodeinfo-{version}.json").read_text())
    document = nodeinfo.nodeinfo_document(FACTS, version)
    jsonschema.validate(document, schema)
    assert nodeinfo.parse_software(document) == ("kittiwake", "0.1.0")
    assert version in nodeinfo.media_type(version)


def test_a127_the_links_name_both_versions_and_the_application() -> None:
    document = nodeinfo.links_document("https://our.example", "https://our.example/actors/1")
    assert nodeinfo.parse_links(document) == "https://our.example/nodeinfo/2.1"
    assert "Application" in json.dumps(document)
    assert "Application" not in json.dumps(nodeinfo.links_document("https://our.example"))


def test_odd_documents_of_others_are_nothing() -> None:
    assert (
        nodeinfo.parse_links({"links": [{"rel": 5}, {"rel": "x", "href": "https://a.example"}]})
        is None
    )
    assert nodeinfo.parse_links({}) is None
    softwares: list[Any] = [None, "x", {}, {"name": "<b>"}, {"name": 5}]
    for software in softwares:
        assert nodeinfo.parse_software({"software": software}) is None
