"""The privacy matrix (ATTACKS group 8): who may see what, over every line of the route table.

The table is asked, not a list by hand: a line that is added is asked by all readers at once, for
every post and everything private of this world. Two things are looked at: which of the posts named
in the path are there (PV-1 to PV-4, PV-13), and that no answer at all holds a word of a post that
its reader may not see (PV-17), nor what is nobody's business (PV-10).
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from instance.resources import Instance
from outbox import blocking, following, interacting
from storage.records import Actor, FollowState, Post, RowId
from tests.clients.apps import App
from tests.instances import drain
from tests.usecases.social import JOBS, befriend, say
from users import grants, setup
from webapp.calls import PUBLIC, is_open
from webapp.mastodon import routes as mastodon
from webapp.oauth import routes as oauth
from webapp.routing import Route

ALL = "read write follow push"
EMAIL = "alice-at-home@mail.example"
WORDS = {
    "public": "xylophone",
    "unlisted": "quokka",
    "followers": "zeppelin",
    "direct": "marzipan",
    "mutuals": "nougat",
}
# Who may read what alice wrote, by visibility.
MAY_SEE = {
    "nobody": {"public", "unlisted"},
    "stranger": {"public", "unlisted"},
    "asking": {"public", "unlisted"},
    "follower": {"public", "unlisted", "followers", "mutuals"},
    "named": {"public", "unlisted", "direct"},
    "blocked": set[str](),
    "alice": {"public", "unlisted", "followers", "direct", "mutuals"},
}
# What is named in paths and is not a post; all of it is alice's.
_POSTS = ("status_id", "post_id", "poll_id", "quoting_id", "quoting_status_id")
_VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")
_STREAM = "/api/v1/streaming"
# What lines that change something want to be told before they look for what they change.
_SENT = {
    "comment": "x",
    "status": "x",
    "choices[]": "0",
    "account_ids[]": "1",
    "scheduled_at": "2027-01-01T12:00:00Z",
    "quote_approval_policy": "nobody",
}


@dataclass
class World:
    """Alice, what she wrote, and everybody's apps."""

    instance: Instance
    app: Any
    people: dict[str, Actor] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def reader(self, name: str) -> App:
        return App(self.app, token=self.tokens.get(name, ""))


@pytest.fixture
async def world(instance: Instance, app: Any) -> AsyncIterator[World]:
    """Alice wrote five posts; the others stand to her as they are called."""
    made = World(instance, app)
    with instance.store.active():
        for name in [each for each in MAY_SEE if each != "nobody"]:
            email = EMAIL if name == "alice" else ""
            user, actor = await setup.add_user(instance, name, "a fine long password", email=email)
            made.people[name] = actor
            made.tokens[name] = await grants.issue_token(instance, user, ALL.split(), name)
            if name == "alice":
                narrow = await grants.issue_token(instance, user, ["profile"], "narrow")
                made.tokens["narrow"] = narrow
        alice = made.people["alice"]
        await following.follow(instance, made.people["follower"], alice)
        await following.follow(instance, alice, made.people["follower"])
        await befriend(instance, made.people["asking"], alice, state=FollowState.REQUESTED)
        for visibility, word in WORDS.items():
            text = f"@named {word}" if visibility == "direct" else f"{word} #hello"
            made.posts[visibility] = await say(instance, alice, text, visibility=visibility)
            await interacting.bookmark(instance, alice, made.posts[visibility].id)
        await blocking.block(instance, alice, made.people["blocked"].id)
        await drain(instance, JOBS)
        yield made


def lines(*methods: str) -> list[Route]:
    """The lines of the table with these methods, but for streams, which do not end."""
    return [
        route
        for route in (*mastodon.ROUTES, *oauth.ROUTES)
        if route.method in methods and not route.path.startswith(_STREAM)
    ]


def filled(path: str, post_id: RowId, actor: Actor) -> str:
    """A path with everything in it that it names: this post, this person, or an id of no thing."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name in _POSTS:
            return str(post_id)
        if name == "account_id":
            return str(actor.id)
        return {"hashtag": "hello", "name": "hello", "year": "2026"}.get(name, str(post_id))

    return _VARIABLE.sub(value, path)


async def ask(app: App, route: Route, path: str) -> int:
    if route.method == "GET":
        await app.get(path)
    else:
        await app.send(route.method, path, _SENT)
    return app.status


async def test_au1_au2_every_line_asks_for_what_its_scope_says(world: World) -> None:
    """AU-1, AU-2, AU-6: 401 without a token, 403 with one that opens too little; on every line.

    Lines that are open to everybody refuse it as well, where they read as its person does.
    """
    nobody, narrow = world.reader("nobody"), world.reader("narrow")
    wrong = []
    for route in lines("GET", "POST", "PUT", "PATCH", "DELETE"):
        if route.scope in (PUBLIC, "session"):
            continue
        path = filled(route.path, world.posts["public"].id, world.people["alice"])
        if ((found := await ask(nobody, route, path)) == 401) is is_open(route.scope):
            wrong.append((route.method, route.path, "nobody", found))
        if route.scope in ("profile", "app"):
            continue
        if (found := await ask(narrow, route, path)) != 403:
            wrong.append((route.method, route.path, "narrow", found))
    assert wrong == []


async def test_au6_an_open_line_is_nobodys_to_a_token_that_opens_too_little(world: World) -> None:
    """AU-6: what everybody may ask is answered as to nobody, or with 403; never as to its person.

    A token that opens `profile` alone reads no post that is for followers of alice, and learns
    nothing of what she follows, keeps or presses.
    """
    nobody, narrow, wrong = world.reader("nobody"), world.reader("narrow"), []
    for route in lines("GET"):
        if not is_open(route.scope):
            continue
        query = "?q=hello&url=https://alpha.test/@alice/1&acct=alice"
        for post in world.posts.values() if "<" in route.path else [world.posts["public"]]:
            path = filled(route.path, post.id, world.people["alice"]) + query
            await narrow.get(path)
            await nobody.get(path)
            is_the_same = (narrow.status, narrow.answer.text) == (nobody.status, nobody.answer.text)
            is_for_members = nobody.status == 401  # whoever they are: which hosts are blocked
            if narrow.status != 403 and not is_the_same and not is_for_members:
                wrong.append((route.path, post.visibility.value, narrow.status, nobody.status))
    assert wrong == []


@pytest.mark.parametrize("name", [each for each in MAY_SEE if each != "alice"])
async def test_pv1_pv4_hidden_posts_are_nowhere_on_any_line(world: World, name: str) -> None:
    """PV-1 to PV-4, PV-13, PV-14: lines that name a post answer 404 for what is hidden.

    CVE-2024-37903, CVE-2025-30741: /context, /history, /source, /favourited_by, /reblog and what
    will come later.
    """
    app, wrong = world.reader(name), []
    for route in lines("GET", "POST", "PUT", "PATCH", "DELETE"):
        if not set(_VARIABLE.findall(route.path)) & set(_POSTS):
            continue
        if name == "nobody" and not is_open(route.scope):
            continue
        for visibility, post in world.posts.items():
            if visibility not in MAY_SEE[name]:
                found = await ask(app, route, filled(route.path, post.id, world.people["alice"]))
                if found != 404:
                    wrong.append((route.method, route.path, visibility, found))
    assert wrong == []


@pytest.mark.parametrize("name", list(MAY_SEE))
async def test_pv17_no_answer_holds_a_word_of_a_hidden_post(world: World, name: str) -> None:
    """PV-3, PV-5, PV-10, PV-17, PV-27: every GET of the table, with all posts and words asked for.

    No answer but alice's own holds her address; none holds what keys and passwords look like.
    """
    app, wrong, asked = world.reader(name), [], 0
    hidden = {WORDS[each] for each in WORDS.keys() - MAY_SEE[name]}
    queries = ["", *(f"?q={word}&resolve=false" for word in WORDS.values())]
    for route in lines("GET"):
        if route.scope == "session" or (name == "nobody" and not is_open(route.scope)):
            continue
        posts = world.posts.values() if "<" in route.path else [world.posts["public"]]
        for post in posts:
            path = filled(route.path, post.id, world.people["alice"])
            for query in queries if "search" in path else [""]:
                await app.get(path + query)
                asked += 1
                assert app.status < 500, (path, app.answer.text)
                text = app.answer.text
                shown = {word for word in hidden if word in text and word not in query}
                leaks = [mark for mark in ("PRIVATE KEY", "password_hash") if mark in text]
                if name != "alice" and EMAIL in text:
                    leaks.append(EMAIL)
                if shown or leaks:
                    wrong.append((path + query, shown, leaks))
    assert wrong == []
    assert asked > 20


async def test_what_may_be_seen_is_seen(world: World) -> None:
    """The other half of the matrix: nothing is hidden from whom it is for."""
    wrong = []
    for name, visible in MAY_SEE.items():
        for visibility in visible:
            await world.reader(name).get(f"/api/v1/statuses/{world.posts[visibility].id}")
            app = world.reader(name)
            found = await app.get(f"/api/v1/statuses/{world.posts[visibility].id}")
            if app.status != 200 or WORDS[visibility] not in found["content"]:
                wrong.append((name, visibility, app.status))
    assert wrong == []


async def test_what_belongs_to_somebody_is_theirs_alone(world: World) -> None:
    """PV-9, PV-22: lists, filters, media, scheduled posts of alice are not there for others."""
    alice, stranger = world.reader("alice"), world.reader("stranger")
    made = {
        "list_id": await alice.post("/api/v1/lists", {"title": "Quiet"}),
        "filter_id": await alice.post("/api/v2/filters", {"title": "Quiet", "context[]": "home"}),
        "scheduled_id": await alice.post(
            "/api/v1/statuses", {"status": "Later", "scheduled_at": "2026-12-24T12:00:00Z"}
        ),
    }
    wrong = []
    for route in lines("GET", "PUT", "DELETE"):
        names = _VARIABLE.findall(route.path)
        if len(names) != 1 or names[0] not in made or "id" not in (made[names[0]] or {}):
            continue
        path = _VARIABLE.sub(str(made[names[0]]["id"]), route.path)
        if (found := await ask(stranger, route, path)) != 404:
            wrong.append((route.method, path, found))
    assert wrong == []
