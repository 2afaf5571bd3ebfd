"""What is fuzzed: functions of bytes that read what strangers send, and what must hold of each.

A target returns, or raises a `Failure`, which is how we refuse; anything else is a finding.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime

from actors.activitystreams import actor_from_vocabulary
from actors.markup import clean_html, plain_text, render
from federation import (
    integrity,
    jsonld,
    jsonld_processing,
    keys,
    ld_signatures,
    nodeinfo,
    parsing,
    rfc9421,
    serializing,
    signatures,
    synchronization,
    webfinger,
)
from federation.parsing import Parsed
from federation.signed_request import SignedRequest
from federation.strict_json import parse_json
from federation.vocabulary import Actor, Collection, Create, Document, Note, Update
from instance.errors import Failure
from posts.activitystreams import named_uris, post_from_note
from storage.records import RowId
from tests.pure.actors.test_markup import HOME, MENTIONS, assert_safe
from tests.pure.federation.making import BASE_URL, NOW, public_pem, rsa_key
from tests.pure.posts.samples import people

_MOMENT = datetime(2026, 11, 23, tzinfo=UTC)
_PUBLIC_PEM = public_pem(rsa_key())
_PEOPLE = people()
_AUTHOR = next(iter(_PEOPLE.values()))


def document(data: bytes) -> None:
    """What the inbox and every fetch read: JSON, an object of any kind, and a row made of it."""
    found = parse_json(data)
    _try_all(found)
    parsed = parsing.parse_object(found)
    _keep(parsed)
    written = _written(parsed)
    if written is not None:
        parse_json(json.dumps(written).encode())


def _try_all(found: Document) -> None:
    """Readers that are asked by what we fetched it for, not by its type."""
    for read in (parsing.parse_keys, nodeinfo.parse_links, nodeinfo.parse_software):
        read(found)
    for refuse in (parsing.parse_collection, parsing.parse_authorization, webfinger.parse_jrd):
        _refusing(refuse, found)


def _refusing(read: Callable[[Document], object], found: Document) -> None:
    try:
        read(found)
    except Failure:
        return


def _keep(parsed: Parsed) -> None:
    inner = parsed.object if isinstance(parsed, Create | Update) else parsed
    if isinstance(inner, Note):
        named_uris(inner)
        post = post_from_note(inner, id=RowId(1), author=_AUTHOR, now=_MOMENT, people=_PEOPLE)
        assert_safe(post.content)
    elif isinstance(inner, Actor):
        actor = actor_from_vocabulary(inner, id=RowId(1), host="a.test", now=_MOMENT)
        assert_safe(actor.summary)


def _written(parsed: Parsed) -> Document | None:
    """Our own spelling of what we understood."""
    match parsed:
        case Note():
            return serializing.note_document(parsed)
        case Actor():
            return serializing.actor_document(parsed)
        case Collection():
            return serializing.collection_document(parsed)
        case _:
            return None


def markup(data: bytes) -> None:
    """Markup of others and text of ours: what comes out is on the allow-list, and stays so."""
    text = data.decode(errors="replace")
    cleaned = clean_html(text)
    assert_safe(cleaned)
    assert_safe(clean_html(cleaned))
    plain_text(text)
    assert_safe(clean_html(render(text, MENTIONS, HOME)))


def signature(data: bytes) -> None:
    """A request line, headers and a body, as bytes off the wire: refused, for nobody signed it."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, _, target = first.partition(" ")
    pairs = (line.partition(":") for line in lines)
    headers = tuple((name, value) for name, _, value in pairs)
    request = SignedRequest(method, target, headers, body)
    for _, value in headers:
        synchronization.parse(value)
        rfc9421.read_challenge(value)
    signatures.is_signed(request)
    key_id = signatures.claimed_key_id(request)
    signatures.verify(request, _PUBLIC_PEM, now=NOW, key_id=key_id, base_url=BASE_URL)


def key(data: bytes) -> None:
    """A public key as PEM or as Multikey; what is taken can be written again."""
    text = data.decode("latin-1")
    found = keys.pem_of_multikey(text)
    if found is not None:
        assert keys.multikey_of(found) is not None
    keys.check_new_key(text)
    keys.load_public(text)


def proof(data: bytes) -> None:
    """The signatures that a document carries: none, or such that do not fit."""
    found = parse_json(data)
    ld_signatures.claimed(found)
    claimed = integrity.claimed(found)
    if claimed is not None:
        integrity.verify(found, claimed, _PUBLIC_PEM, _MOMENT)


def linked(data: bytes) -> None:
    """JSON-LD in unusual shape, within the bounds that hold before pyld sees it."""
    found = parse_json(data)
    jsonld.check_bounds(found)
    parsing.parse_object(jsonld_processing.compacted(found))


TARGETS: dict[str, Callable[[bytes], None]] = {
    each.__name__: each for each in (document, markup, signature, key, proof, linked)
}
