"""ATTACKS group 3 as the inbox meets it: nothing we are sent makes us ask a private address.

The guard itself, with names and redirects, is tested with `federation/transport.py`.
"""

from typing import Any

import httpx2
import pytest

from actors import remote
from inbox import dispatch, fetching
from instance.errors import Failure
from storage import actors, posts
from tests.federation.peers import CONTEXT, PUBLIC, Forgery, Person, rsa_key
from tests.federation.world import World
from tests.usecases.social import say

PRIVATE = (
    "https://127.0.0.1/x",
    "https://10.0.0.1/x",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/x",
    "https://[::ffff:127.0.0.1]/x",
    "https://0.0.0.0/x",
    "https://2130706433/x",
    "https://0x7f.1/x",
    "http://a.test/x",
    "https://a.test:8080/x",
    "file:///etc/passwd",
    "gopher://a.test/x",
    "data:application/activity+json,{}",
)


@pytest.mark.parametrize("url", PRIVATE)
async def test_sf1_sf2_sf5_sf7_sf9_sf10_no_private_address_is_asked(world: World, url: str) -> None:
    """SF-1, SF-2, SF-5, SF-7, SF-9, SF-10."""
    before = len(world.internet.requests)
    await world.tell(world.mallory, world.mallory.activity("Announce", object=url, to=[PUBLIC]))
    note = world.mallory.note("odd", inReplyTo=url, context=url, replies=url, url=url, quoteUrl=url)
    await world.tell(world.mallory, world.mallory.create(note))
    forgery = Forgery(key_id=f"{url}#main-key", key=rsa_key(5))
    answer = await world.post(world.mallory, world.mallory.create(note), forgery=forgery)
    assert answer.status == 401
    with pytest.raises(Failure):
        await remote.resolve(world.instance, url)
    assert len(world.internet.requests) == before
    await world.sentinel()


async def test_sf12_contexts_are_never_fetched(world: World) -> None:
    """SF-12, INTEROP 4."""
    note = world.mallory.note("with a context of its own")
    activity = world.mallory.create(note)
    activity["@context"] = [
        *CONTEXT,
        "https://v.test/context.jsonld",
        {"@import": "https://x.test"},
    ]
    before = len(world.internet.requests)
    await world.tell(world.mallory, activity)
    assert len(world.internet.requests) == before
    await world.sentinel()


JOBS: tuple[tuple[Any, dict[str, object]], ...] = (
    (dispatch.process, {"receipt_id": 1}),
    (dispatch.fetch_first, {"receipt_id": 1, "uri": "https://v.test/1", "tries": 1}),
    (fetching.fetch_thread, {"uri": "https://v.test/missing", "depth": 1}),
    (fetching.fetch_featured, {"actor_id": 1}),
    (fetching.refresh_post, {"post_id": 1}),
    (remote.refresh, {"actor_id": 1}),
    (remote.bury_posts, {"actor_id": 1}),
)


@pytest.mark.parametrize("number", range(len(JOBS)))
async def test_jobs_whose_rows_are_gone_end_quietly(world: World, number: int) -> None:
    job, payload = JOBS[number]
    for _ in range(2):
        assert await job(world.instance, payload) is None


async def test_jobs_may_run_twice(world: World) -> None:
    """Handlers are idempotent: the second run changes nothing."""
    note = world.victor.note("a thread")
    mallory = await world.actor(world.mallory)
    for _ in range(2):
        await fetching.fetch_thread(world.instance, {"uri": note["id"], "depth": 1})
        await remote.refresh(world.instance, {"actor_id": mallory.id})
    post = await world.find(note)
    assert post is not None
    await posts.bury(post.id, world.clock())
    for _ in range(2):
        await fetching.refresh_post(world.instance, {"post_id": post.id})
        await remote.bury(world.instance, mallory.uri)
        await remote.bury_posts(world.instance, {"actor_id": mallory.id})
    assert await actors.keys_of(mallory.id) == []
    assert await world.find(note) is None


@pytest.mark.parametrize("url", PRIVATE[:8])
async def test_sf4_sf6_pictures_inboxes_and_featured_posts_at_private_addresses(
    world: World, url: str
) -> None:
    """SF-4, SF-6, SF-8: pictures, emoji, preview, featured, inbox and sharedInbox of an actor."""
    picture = {"type": "Image", "mediaType": "image/png", "url": url}
    emoji = {"type": "Emoji", "name": ":x:", "icon": picture, "id": url}
    person = Person(world.mallory.peer, "ssrf", rsa_key(5))
    given = {"icon": picture, "image": picture, "featured": url, "tag": [emoji]}
    person.peer.put(
        person.document(**given, inbox=url, endpoints={"sharedInbox": url}, followers=url)
    )
    person.peer.name(person)
    before = len(world.internet.requests)
    await world.tell(person, person.activity("Follow", object=world.alice.uri))
    note = person.note("odd", attachment=[picture], tag=[emoji], image=picture, preview=url)
    note["to"].append(world.alice.uri)
    await world.tell(person, person.create(note))
    await say(world.instance, world.alice, "to my followers")
    await world.settle()
    hosts = {str(each.url.host) for each in world.internet.requests[before:]}
    assert hosts <= {"a.test", "b.test", "v.test"}
    await world.sentinel()


async def test_sf3_a_page_that_refreshes_itself_elsewhere_is_read_as_it_is(world: World) -> None:
    """SF-3: no `meta refresh` is followed, neither for documents nor for pages."""
    body = '<meta http-equiv="refresh" content="0; url=https://127.0.0.1/x">'
    refreshing = httpx2.Response(200, content=body, headers={"content-type": "text/html"})
    world.internet.add("r.test", lambda _: refreshing)
    before = len(world.internet.requests)
    with pytest.raises(Failure):
        await remote.resolve(world.instance, "https://r.test/@x")
    assert await world.instance.http.get_page("https://r.test/", 1000) == body
    assert {each.url.host for each in world.internet.requests[before:]} == {"r.test"}
