"""Who leaves takes everything along: no table keeps a word, an address or a secret of theirs."""

import io
import json
from dataclasses import replace
from datetime import timedelta

from PIL import Image

from actors.profile import ProfileChange
from feeds import announcements, custom, filter_making, notification_requests, notifications
from feeds.filter_making import FilterWish, KeywordWish
from instance.resources import Instance
from outbox import (
    blocking,
    cleaning,
    drafting,
    following,
    interacting,
    profiles,
    publishing,
    scheduling,
)
from posts.drafts import Draft
from storage import actors, cleanups, site, store, users
from storage.records import (
    Actor,
    Application,
    NotificationKind,
    RegistrationMode,
    Role,
    RowId,
    Site,
    User,
    Visibility,
)
from tests.instances import FakeClock, drain
from tests.internet import FakeInternet
from tests.usecases.social import hear, make_person, say
from users import grants, invites, login, mail, mail_texts, preferences, registration, setup, tokens
from users.registration import SignUp

ADDRESS = "203.0.113.77"
DEVICE = "Marginalia/7.3 of Zanzibar"
EMAIL = "wren.secret@mail.example"
PASSWORD = "wind over water"
MARK = "quokka"  # in everything that she types
KEPT_POST = "What bob says stays"


def picture() -> bytes:
    """A small PNG."""
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(file, "PNG")
    return file.getvalue()


async def every_row() -> list[tuple[str, str]]:
    """Each row of each table, as text."""
    listed = "SELECT name FROM sqlite_master WHERE type = 'table'"
    if store.current().dialect == "postgres":
        listed = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    tables = await store.read(listed)
    found = []
    for (table,) in tables:
        rows = await store.read(f"SELECT * FROM {table}")  # noqa: S608 - a name of our own
        found += [(table, repr(tuple(row))) for row in rows]
    return found


async def tables_with(*words: str) -> dict[str, list[str]]:
    """Which tables hold which of these words, and where."""
    found: dict[str, list[str]] = {}
    for table, row in await every_row():
        for word in words:
            if word.casefold() in row.casefold():
                found.setdefault(word, []).append(f"{table}: {row[:300]}")
    return found


async def _join(instance: Instance) -> tuple[str, str]:
    """Sign up with everything one can say, be let in, log in; a session and a token."""
    await site.save(Site(registration=RegistrationMode.APPROVAL, is_set_up=True))
    form = SignUp("wren", PASSWORD, email=EMAIL, reason=f"I am a {MARK}", language="de")
    user, _ = await registration.register(instance, form, address=ADDRESS)
    await mail_token(instance, user.id)
    owner, _ = await setup.add_user(instance, "olaf", PASSWORD, role=Role.OWNER)
    await registration.approve(instance, owner, user.id)
    _, _, session = await login.log_in(
        instance, "wren", PASSWORD, address=ADDRESS, user_agent=DEVICE
    )
    user = await _user(user.id)
    await preferences.save(
        instance, user, preferences.parse(user.preferences, "dark", "de", "followers")
    )
    token = await grants.issue_token(instance, user, ["read"], f"my {MARK} app")
    await invites.create(instance, user)
    return session, token


async def mail_token(instance: Instance, user_id: RowId) -> None:
    """A confirmation link that she never opened."""
    await mail.new_link(instance, mail_texts.CONFIRM_EMAIL, await _user(user_id))


async def _user(user_id: RowId) -> User:
    user = await users.find(user_id)
    assert user is not None
    return user


async def _live(instance: Instance, wren: Actor, bob: Actor, ben: Actor) -> None:
    """Do everything that a person can do here."""
    await profiles.change(
        instance,
        wren,
        ProfileChange(
            name=f"Wren {MARK}",
            bio=f"Bio of a {MARK}",
            fields=((f"{MARK} page", f"https://{MARK}.example"),),
            avatar=picture(),
            avatar_alt=f"a {MARK}",
        ),
    )
    theirs = [await say(instance, bob, KEPT_POST), await hear(instance, ben)]
    for visibility in Visibility:
        draft = Draft(
            f"@bob a {MARK} #{MARK}tag",
            visibility.value,
            summary=f"{MARK} ahead",
            application=Application(f"{MARK} app", f"https://{MARK}.example/app"),
        )
        post = await publishing.publish(instance, wren, draft)
        if visibility in {Visibility.PUBLIC, Visibility.UNLISTED}:
            changed = replace(draft, text=f"edited {MARK}")
            await publishing.edit(instance, wren, post.id, changed)
            await interacting.pin(instance, wren, post.id)
            await interacting.like(instance, bob, post.id)
            await interacting.boost(instance, bob, post.id)
    answer = Draft(f"An answering {MARK}", in_reply_to_id=theirs[0].id)
    await publishing.publish(instance, wren, answer)
    gone = await publishing.publish(instance, wren, Draft(f"Deleted {MARK}"))
    await publishing.delete(instance, wren, gone.id)
    for post in theirs:
        for act in (interacting.like, interacting.boost, interacting.bookmark):
            await act(instance, wren, post.id)
    await following.follow(instance, wren, bob)
    await following.follow(instance, bob, wren)
    await following.follow(instance, wren, ben)
    enemy = await make_person(instance, "enemy")
    await blocking.block(instance, wren, enemy.id)
    await blocking.mute(instance, wren, bob.id)
    await _choose(instance, wren, ben)


async def _choose(instance: Instance, wren: Actor, ben: Actor) -> None:
    """A filter, a feed, a policy that holds ben back and lets him through, emoji on a notice."""
    keyword = KeywordWish(f"{MARK}s")
    wish = FilterWish(f"No {MARK}s", ["home"], keywords=[keyword])
    await filter_making.create(instance, wren, wish)
    await custom.create(instance, wren, f"All {MARK}s", [MARK])
    await notification_requests.change_policy(instance, wren, {"for_not_followers": "filter"})
    await notifications.tell(instance, NotificationKind.QUOTE, wren.id, ben.id)
    await notification_requests.accept(instance, wren, [ben.id])
    made = await announcements.announce(instance, "Cake")
    await announcements.dismiss(instance, wren, made.id)
    await announcements.react(instance, wren, made.id, "🍰")
    await drafting.keep(instance, wren, Draft(f"Not yet, {MARK}"))
    later = Draft(f"Later, {MARK}")
    await scheduling.schedule(instance, wren, later, instance.now() + timedelta(days=1))
    await cleaning.choose(instance, wren, await cleaning.chosen(instance, wren))


async def test_pv26_no_table_keeps_anything_of_who_left(
    instance: Instance, bob: Actor, ben: Actor, internet: FakeInternet, clock: FakeClock
) -> None:
    """B12. Section 4: delete the account. Only the handle, its ids and the Delete itself remain."""
    session, token = await _join(instance)
    found = await users.find_by_login("wren")
    assert found is not None
    user, wren = found
    await _live(instance, wren, bob, ben)
    await drain(instance)
    secrets = (tokens.hash_of(session), tokens.hash_of(token), user.password_hash)
    private = (MARK, EMAIL, ADDRESS, DEVICE, *secrets)
    before = await tables_with(*private)
    assert set(before) == set(private), "the test looks for what was there"
    pictures = list((instance.settings.data_dir / "media").rglob("*.*"))
    assert pictures

    internet.requests.clear()
    await profiles.delete_account(instance, user, await actors.get(wren.id))
    await drain(instance)
    clock.advance(hours=1)  # what waited for other servers finds nobody
    await drain(instance)

    assert await tables_with(*private) == {}
    assert await cleanups.find(wren.id) is None
    assert list((instance.settings.data_dir / "media").rglob("*.*")) == []
    sent = [json.loads(request.content) for request in internet.sent_to("beta.test")]
    assert [(one["type"], one["object"]) for one in sent] == [("Delete", wren.uri)]
    rows = {table for table, row in await every_row() if str(wren.id) in row}
    assert rows <= {
        "actors",  # the handle, with the key that signs the Delete
        "actor_keys",
        "posts",  # tombstones: ids, that other servers may ask for
        "outgoing_activities",  # the Delete
    }
    assert await actors.is_handle_taken("Wren")
    assert (await tables_with(KEPT_POST)).keys() == {KEPT_POST}
