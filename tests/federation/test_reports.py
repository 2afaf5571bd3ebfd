"""Reports from and to other servers: what is kept, what is not, and what nobody learns."""

import pytest

from federation.vocabulary import PUBLIC
from inbox.handlers import flag
from instance.errors import Invalid, NotFound, TooMany
from moderation import limits
from outbox import following, publishing, reporting
from outbox.reporting import Complaint
from posts.drafts import Draft
from storage import actors, posts, reports, users
from storage.records import NotificationKind, Page, Report, ReportCategory, Role, Visibility
from tests.federation.world import World
from tests.usecases.social import say
from users import setup

PAGE = Page(limit=80)


async def _kept() -> list[Report]:
    return await reports.list_open(PAGE)


async def test_a_report_may_mix_people_and_posts(world: World) -> None:
    """E126, A177: one report for each person, with the posts that are theirs."""
    one, two = await say(world.instance, world.alice), await say(world.instance, world.bob)
    named = [one.uri, world.alice.uri, two.uri, "https://a.test/notes/1", "nonsense"]
    about = world.mallory.activity("Flag", object=named, content="<b>Bad</b>", to=world.alice.uri)
    assert await world.tell(world.mallory, about) == 202
    kept = {each.target_id: each for each in await _kept()}
    assert {target: each.post_ids for target, each in kept.items()} == {
        world.alice.id: (one.id,),
        world.bob.id: (two.id,),
    }
    assert {each.comment for each in kept.values()} == {"<b>Bad</b>"}
    assert {each.category for each in kept.values()} == {ReportCategory.OTHER}


async def test_a_report_needs_no_content_and_may_name_one_thing(world: World) -> None:
    """E126: `object` may be a single id, `content` may be missing."""
    await world.tell(world.mallory, world.mallory.activity("Flag", object=world.alice.uri))
    assert [(each.target_id, each.comment) for each in await _kept()] == [(world.alice.id, "")]


async def test_lemmy_says_why_in_summary(world: World) -> None:
    """E126: one id as `object`, the reason as `summary`, addressed to a group or a person."""
    said = await say(world.instance, world.alice, "For a group")
    flag = world.mallory.activity("Flag", object=said.uri, summary="report this post")
    await world.tell(world.mallory, flag)
    (kept,) = await _kept()
    assert (kept.comment, kept.post_ids) == ("report this post", (said.id,))


async def test_a_report_about_nobody_here_is_not_kept(world: World) -> None:
    """E126."""
    about = world.mallory.activity("Flag", object=[world.victor.uri])
    await world.tell(world.mallory, about)
    assert await _kept() == []


async def test_or_27_a_forged_report_is_not_let_in(world: World) -> None:
    """OR-27: nobody reports in the name of others, and what is named is bounded."""
    forged = world.mallory.activity("Flag", object=[world.alice.uri]) | {"actor": world.victor.uri}
    assert await world.tell(world.mallory, forged) == 401
    many = [f"https://alpha.test/posts/{number}" for number in range(1000)]
    await world.tell(world.mallory, world.mallory.activity("Flag", object=[*many, world.alice.uri]))
    assert await _kept() == []
    said = [await say(world.instance, world.alice, f"Number {number}") for number in range(25)]
    named = [world.alice.uri, *(post.uri for post in said)]
    wordy = world.mallory.activity("Flag", object=named, content="x" * 9000)
    await world.tell(world.mallory, wordy)
    (kept,) = await _kept()
    assert (len(kept.post_ids), len(kept.comment)) == (20, 1000)


async def test_mo_6_a_flood_of_reports_is_one_report(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MO-6: the same sender about the same person is grouped; many people are limited, silently."""
    for number in range(5):
        about = world.mallory.activity("Flag", object=world.alice.uri, content=f"Again {number}")
        assert await world.tell(world.mallory, about) == 202
    (kept,) = await _kept()
    assert kept.comment.startswith("Again 0\n\nAgain 1")
    monkeypatch.setattr(flag, "REPORTS_PER_HOST_PER_DAY_MAX", 1)
    about = world.mallory.activity("Flag", object=world.bob.uri)
    assert await world.tell(world.mallory, about) == 202
    assert [each.target_id for each in await _kept()] == [world.alice.id]
    world.clock.advance(days=2)
    about = world.mallory.activity("Flag", object=world.bob.uri)
    await world.tell(world.mallory, about)
    assert len(await _kept()) == 2


async def test_a_report_shows_moderators_no_post_that_its_sender_could_not_read(
    world: World,
) -> None:
    """OR-27, PV-1: ids can be guessed; a private post stays private, its author is reported."""
    secret = await say(world.instance, world.alice, "For few", visibility=Visibility.FOLLOWERS)
    await world.tell(world.mallory, world.mallory.activity("Flag", object=secret.uri))
    (kept,) = await _kept()
    assert (kept.target_id, kept.post_ids) == (world.alice.id, ())
    await following.follow(world.instance, world.bob, await world.actor(world.mallory))
    told = await say(
        world.instance, world.bob, "@mallory@a.test go away", visibility=Visibility.DIRECT
    )
    await world.tell(world.mallory, world.mallory.activity("Flag", object=told.uri))
    assert [each.post_ids for each in await _kept() if each.target_id == world.bob.id] == [
        (told.id,)
    ]


async def test_a_forwarded_report_comes_from_the_instance_actor(world: World) -> None:
    """A177, E126, B86: the other server learns what is wrong and not who said so."""
    note = world.honest.note("Something bad")
    await world.tell(world.honest, world.honest.create(note))
    post = await posts.find_by_uri(note["id"])
    assert post is not None
    target = await world.actor(world.honest)
    complaint = Complaint("Look at this", "spam", (post.id,), forwards=True)
    made = await reporting.report(world.instance, world.alice, target, complaint)
    await world.settle()
    (sent,) = [each for each in world.honest.peer.inbox if each["type"] == "Flag"]
    us = await actors.find_by_handle("alpha.test", None)
    assert us is not None
    assert (sent["actor"], sent["content"]) == (us.uri, "Look at this")
    assert sent["object"] == [target.uri, note["id"]]
    assert "alice" not in str(sent)
    assert world.alice.uri not in str(sent)
    assert made.is_forwarded
    served = await world.get(sent["id"].removeprefix("https://alpha.test"), world.victor)
    assert served.status in {404, 410}  # what was reported is nobody else's business


async def test_a_report_stays_here_unless_the_person_wishes_otherwise(world: World) -> None:
    """A177, B86."""
    target = await world.actor(world.honest)
    made = await reporting.report(world.instance, world.alice, target, Complaint("Hm"))
    await world.settle()
    assert not made.is_forwarded
    assert [each["type"] for each in world.honest.peer.inbox] == []
    # Somebody of this server may be reported as well; nobody else is asked.
    await reporting.report(world.instance, world.alice, world.bob, Complaint(forwards=True))
    assert {each.target_id for each in await _kept()} == {target.id, world.bob.id}


async def test_what_cannot_be_reported(world: World) -> None:
    """A177: oneself, posts of others or that one may not see, without end."""
    post = await say(world.instance, world.bob, "For few", visibility=Visibility.FOLLOWERS)
    public = await publishing.publish(world.instance, world.alice, Draft(text="Mine"))
    report, target = reporting.report, await world.actor(world.honest)
    with pytest.raises(Invalid):
        await report(world.instance, world.alice, world.alice, Complaint())
    with pytest.raises(Invalid):
        await report(world.instance, world.alice, target, Complaint(category="nonsense"))
    with pytest.raises(Invalid):
        await report(world.instance, world.alice, target, Complaint("x" * 1001))
    with pytest.raises(NotFound):
        await report(world.instance, world.alice, world.bob, Complaint(post_ids=(post.id,)))
    with pytest.raises(NotFound):
        await report(world.instance, world.alice, world.bob, Complaint(post_ids=(public.id,)))
    for _ in range(limits.REPORTS_PER_DAY_MAX):
        await report(world.instance, world.alice, target, Complaint("Again"))
    with pytest.raises(TooMany):
        await report(world.instance, world.alice, target, Complaint("Again"))
    assert len(await _kept()) == 1


async def test_moderators_are_told_and_settle_it(world: World) -> None:
    """A177: a notification that goes when it is settled; a settled report can be opened again."""
    owner, boss = await setup.add_user(
        world.instance, "nadia", "a fine long password", role=Role.OWNER
    )
    target = await world.actor(world.honest)
    made = await reporting.report(world.instance, world.alice, target, Complaint("Spam", "spam"))
    assert [(each.kind, each.actor_id) for each in await world.told(boss)] == [
        (NotificationKind.REPORT, target.id)
    ]
    settled = await reporting.resolve(world.instance, owner, made.id, "Warned them")
    assert (settled.note, settled.resolved_by_id) == ("Warned them", boss.id)
    assert await world.told(boss) == []
    assert await reporting.list_reports(owner, PAGE) == []
    assert await reporting.list_reports(owner, PAGE, resolved=True) == [settled]
    again = await reporting.report(world.instance, world.alice, target, Complaint("Once more"))
    assert again.id != made.id
    reopened = await reporting.reopen(world.instance, owner, made.id)
    assert reopened.resolved_at is None
    assert await reports.count_open() == 2
    assert [each.id for each in await users.list_moderators()] == [owner.id]


async def test_a_public_report_of_mastodon_is_understood(world: World) -> None:
    """E126: as Mastodon's documentation writes it, from its instance actor."""
    said = await say(world.instance, world.alice, "Please take a look at my blog")
    as_mastodon = world.mallory.activity(
        "Flag",
        content="Please take a look at this user and their posts",
        object=[world.alice.uri, said.uri],
        to=PUBLIC,
    )
    await world.tell(world.mallory, as_mastodon)
    (kept,) = await _kept()
    assert kept.post_ids == (said.id,)
