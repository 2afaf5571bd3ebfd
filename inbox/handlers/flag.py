"""A report from another server: about people here and their posts; read by the moderators."""

from collections.abc import Sequence
from datetime import timedelta

from actors.text import clean_source
from federation import vocabulary as v
from inbox import meant
from inbox.authentication import VerifiedActivity
from inbox.results import Result, done, ignored
from instance.resources import Instance
from outbox import reporting
from posts.visibility import WIDE
from storage import actors, reports
from storage.records import Actor, Post, Report, ReportCategory, RowId

REPORTS_PER_HOST_PER_DAY_MAX = 50
LOOKED_AT_MAX = 40
TARGETS_MAX = 4


async def flag(instance: Instance, verified: VerifiedActivity[v.Flag]) -> Result:
    """Keep one report for each person here that is named, or whose posts are (E126).

    Nobody learns that a flood ends here: it is answered like everything else (MO-6, OR-27).
    """
    activity, sender = verified.activity, verified.actor
    people, named = await _reported(instance, sender, activity.objects[:LOOKED_AT_MAX])
    if not people:
        return ignored("nobody here is reported")
    since = instance.now() - timedelta(days=1)
    if await reports.count_since(sender.host or "", since) >= REPORTS_PER_HOST_PER_DAY_MAX:
        return ignored("too many reports of this host today")
    async with instance.store.transaction():
        for target in people[:TARGETS_MAX]:
            theirs = tuple(post.id for post in named if post.actor_id == target.id)
            await reporting.file(instance, _report(instance, activity, sender, target.id, theirs))
    return done("kept for the moderators")


def _report(
    instance: Instance,
    activity: v.Flag,
    sender: Actor,
    target_id: RowId,
    post_ids: tuple[RowId, ...],
) -> Report:
    return Report(
        id=instance.ids.new(),
        actor_id=sender.id,
        target_id=target_id,
        post_ids=post_ids[: reporting.POSTS_MAX],
        category=ReportCategory.OTHER,
        comment=clean_source(activity.content).strip()[: reporting.COMMENT_LETTERS_MAX],
        is_forwarded=False,
        created_at=instance.now(),
    )


async def _reported(
    instance: Instance, sender: Actor, uris: Sequence[str]
) -> tuple[list[Actor], list[Post]]:
    """The local people and posts among what a report names, in any order and mixed.

    Of posts for few only those that name somebody of the sender's host: a report must not show
    moderators what its sender could never have read.
    """
    people: dict[RowId, Actor] = {}
    named: list[Post] = []
    authors: set[RowId] = set()
    for uri in filter(instance.addresses.is_ours, uris):
        person = await meant.local_person(instance, uri)
        if person is not None:
            people[person.id] = person
        elif (post := await meant.living_post(instance, uri)) is not None:
            authors.add(post.actor_id)
            if post.visibility in WIDE or _names_somebody_of(post, sender.host):
                named.append(post)
    return list((people | await actors.by_ids(authors)).values()), named


def _names_somebody_of(post: Post, host: str | None) -> bool:
    return any(each.handle.partition("@")[2] == host for each in post.mentions)
