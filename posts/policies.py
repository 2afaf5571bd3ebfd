"""Who may answer, like, boost and quote a post: one policy, judged and put in words. Pure.

GoToSocial's interaction controls, https://docs.gotosocial.org/en/latest/federation/interaction_controls/,
and FEP-044f, https://codeberg.org/fediverse/fep/src/branch/main/fep/044f/fep-044f.md, write the
same thing; how it is written stands in `posts/consent_claims.py`.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from instance.errors import Forbidden
from posts.visibility import WIDE, is_mentioned
from storage.records import Act, Group, Policy, Post, RowId, Rule

EVERYBODY = Rule(automatic=(Group.EVERYBODY,))
NOBODY = Rule()
ON_REQUEST = Rule(approval=(Group.EVERYBODY,))


class Verdict(StrEnum):
    """What a rule says to somebody."""

    FREE = "free"
    """Everybody can tell that this person may."""
    MEMBER = "member"
    """May, but only the author's server can tell: who follows whom is not public."""
    ASK = "ask"
    """May, when the author has agreed."""
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands to a post and its author.

    `is_named`: mentioned in it, or answered by it. `is_followed`: by the author.
    """

    uri: str = ""
    is_author: bool = False
    is_named: bool = False
    follows: bool = False
    is_followed: bool = False


def standing(
    post: Post, actor_id: RowId, uri: str, *, follows: bool, is_followed: bool
) -> Standing:
    """How an actor stands to a post; the caller looks up who follows whom."""
    return Standing(
        uri=uri,
        is_author=post.actor_id == actor_id,
        is_named=post.in_reply_to_actor_id == actor_id or is_mentioned(post, actor_id),
        follows=follows,
        is_followed=is_followed,
    )


def rule_of(policy: Policy | None, act: Act, visibility: str, *, is_local: bool) -> Rule:
    """The rule that holds for an act, also where nothing is said about it.

    Answers, likes and boosts are free then, as they are on servers that know no policies. A quote
    needs consent (FEP-044f): nobody is quoted to more people than the post was for, and whose
    server says nothing is asked.
    """
    if act is Act.QUOTE and visibility not in WIDE:
        return NOBODY
    stated: Rule | None = getattr(policy, act) if policy is not None else None
    if stated is not None:
        return stated
    return ON_REQUEST if act is Act.QUOTE and not is_local else EVERYBODY


def rule_for(post: Post, act: Act) -> Rule:
    """The rule that holds for an act upon this post."""
    return rule_of(post.policy, act, post.visibility, is_local=post.is_local)


def judge(rule: Rule, act: Act, who: Standing) -> Verdict:
    """What a rule says to somebody: the more particular word goes before the more general.

    Authors may do everything, and whom a post names may always answer it, lest somebody be talked
    about without a word of their own (GoToSocial, "Implicit Assumptions").
    """
    if who.is_author or (act is Act.REPLY and who.is_named):
        return Verdict.FREE
    named = {who.uri, Group.MENTIONED} if who.is_named else {who.uri}
    for names, verdict in (
        (named, Verdict.FREE),
        (_groups(who), Verdict.MEMBER),
        ({Group.EVERYBODY}, Verdict.FREE),
    ):
        if not names.isdisjoint(rule.automatic):
            return Verdict.FREE if Group.EVERYBODY in rule.automatic else verdict
        if not names.isdisjoint(rule.approval):
            return Verdict.ASK
    return Verdict.NEVER


def _groups(who: Standing) -> set[str]:
    held = ((Group.FOLLOWERS, who.follows), (Group.FOLLOWED, who.is_followed))
    return {group for group, is_in in held if is_in}


def needs_standing(rule: Rule) -> bool:
    """Whether it takes a look at who follows whom to judge by a rule."""
    named = {*rule.automatic, *rule.approval}
    return Group.FOLLOWERS in named or Group.FOLLOWED in named


def with_quoters(post: Post, quoters: Rule) -> Post:
    """A post that these may quote; what everybody may goes without saying."""
    policy = replace(post.policy or Policy(), quote=None if quoters == EVERYBODY else quoters)
    return replace(post, policy=None if policy == Policy() else policy)


# ---------------------------------------------------------------- the choices of a form

# A word of a form is who may at once; with a plus everybody else may when the author agrees.
_ASKING = "+"
NOBODY_WORD = "nobody"
_WORDS = (*(group.value for group in Group), NOBODY_WORD)
CHOICES: tuple[str, ...] = (
    *(Group.EVERYBODY.value, Group.FOLLOWERS.value, Group.FOLLOWED.value, Group.MENTIONED.value),
    NOBODY_WORD,
    *(f"{word}{_ASKING}" for word in (NOBODY_WORD, *_WORDS[1:4])),
)


def rule_of_choice(choice: str) -> Rule | None:
    """The rule that a word of a form means; None for what is no choice."""
    if choice not in CHOICES:
        return None
    group = choice.removesuffix(_ASKING)
    automatic = () if group == NOBODY_WORD else (group,)
    return Rule(automatic, (Group.EVERYBODY.value,) if choice.endswith(_ASKING) else ())


def choice_of(rule: Rule | None) -> str:
    """The word of a form for a rule, the nearest where there is no such word."""
    rule = EVERYBODY if rule is None else rule
    group = next((word for word in _WORDS if word in rule.automatic), NOBODY_WORD)
    is_asking = bool(rule.approval) and group != Group.EVERYBODY
    return f"{group}{_ASKING}" if is_asking else group


def policy_of_choices(choices: dict[Act, str]) -> Policy | None:
    """The policy that a form means; None where it is what holds without one."""
    rules = {act.value: rule_of_choice(choice) for act, choice in choices.items()}
    stated = {act: rule for act, rule in rules.items() if rule is not None and rule != EVERYBODY}
    return Policy(**stated) if stated else None


# ---------------------------------------------------------------- words for people

_DO = {
    Act.REPLY: "reply to",
    Act.LIKE: "favourite",
    Act.BOOST: "boost",
    Act.QUOTE: "quote",
}
_WHO = {
    Group.EVERYBODY: "everybody",
    Group.FOLLOWERS: "followers of its author",
    Group.FOLLOWED: "people its author follows",
    Group.MENTIONED: "people it mentions",
}


@lru_cache(maxsize=256)
def reason(rule: Rule, act: Act) -> str:
    """Why somebody may not do something to a post, as a sentence for people."""
    named = [words for group, words in _WHO.items() if group in rule.automatic]
    if not named and act is Act.QUOTE:
        return "This post cannot be quoted by others."
    return f"Only {' and '.join(named) or 'its author'} can {_DO[act]} this post."


def forbidden(post: Post, act: Act) -> Forbidden:
    """What is said to somebody who may not do that to a post."""
    return Forbidden(reason(rule_for(post, act), act))
