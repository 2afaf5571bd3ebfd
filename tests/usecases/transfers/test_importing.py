"""Lists brought in and taken out (B125): every kind, in slices, resumable, bounded."""

from dataclasses import replace

import pytest

from feeds import lists as person_lists
from instance.errors import Conflict, Invalid
from instance.resources import Instance
from instance.settings import LimitSettings, Settings
from outbox import blocking, following, interacting
from storage import actors, relations, transfers, users
from storage.records import Actor, FollowState, Import, ImportKind, Page, User
from tests.instances import FakeClock, Instances, drain
from tests.usecases.social import say
from tests.usecases.users.people import add
from transfers import exporting, importing

KINDS = [each for each in ImportKind if each is not ImportKind.POSTS]


async def bring(
    instance: Instance, user: User, kind: ImportKind, text: str, *, overwrites: bool = False
) -> Import:
    """Bring a file and work through it."""
    made = await importing.begin(instance, user, kind, text.encode(), overwrites=overwrites)
    await drain(instance)
    found = await transfers.find_import(made.id)
    assert found is not None
    return found


async def fill(instance: Instance, who: Actor) -> Actor:
    """Give somebody one of everything; returns whom it is about."""
    _, bob = await add(instance, "bob")
    _, carol = await add(instance, "carol")
    options = following.Options(shows_boosts=False, notifies=True, languages=("de", "en"))
    await following.follow(instance, who, bob, options)
    await blocking.block(instance, who, carol.id)
    await blocking.mute(instance, who, bob.id, hides_notifications=False)
    made = await person_lists.create(instance, who, "Friends, and others")
    await person_lists.add(instance, who, made.id, bob.id)
    post = await say(instance, bob)
    await interacting.bookmark(instance, who, post.id)
    from_far = "INSERT INTO host_blocks (id, actor_id, host, created_at) VALUES (?, ?, ?, ?)"
    await instance.store.write(from_far, instance.ids.new(), who.id, "far.test", instance.now())
    return bob


@pytest.mark.parametrize("kind", KINDS)
async def test_b125_every_list_goes_out_and_comes_in_again(
    instance: Instance, kind: ImportKind
) -> None:
    _, alice = await add(instance, "alice")
    bob = await fill(instance, alice)
    text = await exporting.csv_of(instance, alice, kind)
    assert text
    dora_user, dora = await add(instance, "dora")
    if kind is ImportKind.LISTS:
        await following.follow(instance, dora, bob)
    done = await bring(instance, dora_user, kind, text)
    assert done.finished_at is not None
    assert await transfers.failed_lines(done.id, 9) == []
    assert await exporting.csv_of(instance, dora, kind) == text


async def test_b125_people_elsewhere_are_looked_up_and_followed(instances: Instances) -> None:
    alpha, beta = await instances.make("alpha"), await instances.make("beta")
    with beta.store.active():
        await add(beta, "bob")
    with alpha.store.active():
        user, alice = await add(alpha, "alice")
        made = await importing.begin(
            alpha, user, ImportKind.FOLLOWS, b"bob@beta.test\nnobody@beta.test\n", overwrites=False
        )
    await instances.settle()
    with alpha.store.active():
        found = await relations.following(alice.id, Page(limit=9))
        assert [actor.username for _, actor in found] == ["bob"]
        (failed,) = await transfers.failed_lines(made.id, 9)
        assert failed.cells[0] == "nobody@beta.test"
        assert await transfers.count_lines(made.id) == (2, 1)


@pytest.mark.parametrize("kind", [each for each in KINDS if each is not ImportKind.LISTS])
async def test_b125_overwriting_takes_away_what_is_not_in_the_file(
    instance: Instance, kind: ImportKind
) -> None:
    alice_user, alice = await add(instance, "alice")
    await fill(instance, alice)
    _, eve = await add(instance, "eve")
    post = await say(instance, eve)
    other = {
        ImportKind.HOST_BLOCKS: "other.test",
        ImportKind.BOOKMARKS: post.uri,
    }.get(kind, "Eve@ALPHA.test")
    await bring(instance, alice_user, kind, f"{other}\n")
    assert len([row async for row in exporting.rows(instance, alice, kind)]) == 2
    await bring(instance, alice_user, kind, f"{other}\n", overwrites=True)
    (left,) = [row async for row in exporting.rows(instance, alice, kind)]
    assert left[0].casefold() == other.casefold()


async def test_b125_overwriting_lists(instance: Instance) -> None:
    alice_user, alice = await add(instance, "alice")
    await fill(instance, alice)
    await bring(instance, alice_user, ImportKind.LISTS, "Birds,bob@alpha.test\n", overwrites=True)
    rows = [row async for row in exporting.rows(instance, alice, ImportKind.LISTS)]
    assert rows == [["Birds", "bob@alpha.test"]]


async def test_b125_whom_a_line_could_not_reach_is_not_taken_away(instance: Instance) -> None:
    alice_user, alice = await add(instance, "alice")
    bob = await fill(instance, alice)
    text = "bob@alpha.test\nnobody@away.test\n"
    await bring(instance, alice_user, ImportKind.FOLLOWS, text, overwrites=True)
    follow = await relations.find_follow(alice.id, bob.id)
    assert follow is not None
    assert follow.state is FollowState.ACCEPTED


async def test_b125_a_stopped_import_goes_on_with_the_next_line(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, alice = await add(instance, "alice")
    names = [f"person{n}" for n in range(5)]
    for name in names:
        await add(instance, name)
    monkeypatch.setattr(importing, "LINES_PER_JOB", 2)
    data = "".join(f"{name}@alpha.test\n" for name in names).encode()
    made = await importing.begin(instance, user, ImportKind.FOLLOWS, data, overwrites=False)
    await importing.carry_out(instance, {"import_id": made.id})
    assert await transfers.count_lines(made.id) == (2, 0)
    await importing.carry_out(instance, {"import_id": made.id})
    assert await transfers.count_lines(made.id) == (4, 0)
    await drain(instance)
    assert (await actors.counts(alice.id)).following == 5
    done = await transfers.find_import(made.id)
    assert done is not None
    assert done.finished_at is not None
    before = await relations.following(alice.id, Page(limit=9))
    await importing.carry_out(instance, {"import_id": made.id})  # a job that runs twice
    assert await relations.following(alice.id, Page(limit=9)) == before


async def test_b125_follows_of_a_day_are_waited_for(instances: Instances, clock: FakeClock) -> None:
    limits = LimitSettings(follows_per_person_per_day_max=2)
    alpha = await instances.make("alpha", replace(Settings(), limits=limits))
    with alpha.store.active():
        user, alice = await add(alpha, "alice")
        for n in range(3):
            await add(alpha, f"person{n}")
        text = "".join(f"person{n}@alpha.test\n" for n in range(3))
        done = await bring(alpha, user, ImportKind.FOLLOWS, text)
        assert done.finished_at is None
        assert await transfers.count_lines(done.id) == (2, 0)
        clock.advance(days=1)
        await drain(alpha)
        assert len(await relations.following(alice.id, Page(limit=9))) == 3


async def test_imports_are_few_at_a_time_and_go_with_the_account(instance: Instance) -> None:
    """B125."""
    user, _ = await add(instance, "alice")
    for _ in range(importing.WAITING_MAX):
        await importing.begin(
            instance, user, ImportKind.MUTES, b"bob@alpha.test\n", overwrites=False
        )
    with pytest.raises(Conflict):
        await importing.begin(
            instance, user, ImportKind.MUTES, b"bob@alpha.test\n", overwrites=False
        )
    with pytest.raises(Invalid):
        await importing.begin(instance, user, ImportKind.MUTES, b"\xff", overwrites=False)
    await users.remove(user.id)
    assert await drain(instance) == importing.WAITING_MAX
    rows = await instance.store.read("SELECT COUNT(*) FROM import_lines")
    assert rows[0][0] == 0
