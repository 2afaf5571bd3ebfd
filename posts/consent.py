"""What the policy of a post says to an actor, who follows whom looked up. Asks nobody elsewhere."""

from posts import policies
from posts.policies import Verdict
from storage import relations
from storage.records import Act, Actor, FollowState, Post, RowId


async def verdict(act: Act, post: Post, actor: Actor) -> Verdict:
    """What the author of a post lets somebody do to it; no query where nothing is said.

    Whether the actor may see the post is another question, and comes first.
    """
    rule = policies.rule_for(post, act)
    follows = is_followed = False
    if policies.needs_standing(rule) and actor.id != post.actor_id:
        follows = await _follows(actor.id, post.actor_id)
        is_followed = await _follows(post.actor_id, actor.id)
    who = policies.standing(post, actor.id, actor.uri, follows=follows, is_followed=is_followed)
    return policies.judge(rule, act, who)


async def check(act: Act, post: Post, actor: Actor) -> Verdict:
    """The same; raises `Forbidden` that says who may, where this actor may not."""
    found = await verdict(act, post, actor)
    if found is Verdict.NEVER:
        raise policies.forbidden(post, act)
    return found


async def _follows(follower_id: RowId, followed_id: RowId) -> bool:
    follow = await relations.find_follow(follower_id, followed_id)
    return follow is not None and follow.state is FollowState.ACCEPTED
