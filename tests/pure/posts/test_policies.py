"""One policy: judged, chosen in a form, and written in both dialects; the words of a quote."""

import pytest

from federation import consent_serializing, serializing
from federation import vocabulary as v
from federation.consent_parsing import policy as parse_policy
from federation.parsing import parse_activity, parse_authorization
from instance.errors import Invalid
from posts import policies
from posts.consent_claims import policy_claim, policy_of
from posts.policies import NOBODY, ON_REQUEST, Standing, Verdict, judge, rule_of
from posts.quotes import TAIL_LETTERS_MAX, fallback, without_fallback
from posts.visibility import held_back, let_in, may_see
from storage.records import Act, Group, Policy, RowId, Rule, Visibility
from tests.factories import make_actor, make_post, make_remote_actor
from tests.pure.posts.test_activitystreams import ADDRESSES

STRANGER = Standing(uri="https://b.test/users/b")
FOLLOWER = Standing(uri="https://b.test/users/b", follows=True)
NAMED = Standing(uri="https://b.test/users/b", is_named=True)
AUTHOR = Standing(is_author=True)
EVERYBODY = policies.EVERYBODY


@pytest.mark.parametrize(
    ("rule", "act", "who", "verdict"),
    [
        (EVERYBODY, Act.LIKE, STRANGER, Verdict.FREE),
        (NOBODY, Act.LIKE, STRANGER, Verdict.NEVER),
        (NOBODY, Act.LIKE, AUTHOR, Verdict.FREE),
        (NOBODY, Act.REPLY, NAMED, Verdict.FREE),
        (NOBODY, Act.QUOTE, NAMED, Verdict.NEVER),
        (ON_REQUEST, Act.BOOST, STRANGER, Verdict.ASK),
        (Rule(("followers",)), Act.REPLY, FOLLOWER, Verdict.MEMBER),
        (Rule(("followers",)), Act.REPLY, STRANGER, Verdict.NEVER),
        (Rule(("followers", "everybody")), Act.REPLY, FOLLOWER, Verdict.FREE),
        (Rule(("followers",), ("everybody",)), Act.REPLY, STRANGER, Verdict.ASK),
        (Rule(("mentioned",)), Act.BOOST, NAMED, Verdict.FREE),
        # the more particular word goes first
        (Rule(("everybody",), (STRANGER.uri,)), Act.REPLY, STRANGER, Verdict.ASK),
        (Rule((STRANGER.uri,), ("everybody",)), Act.REPLY, STRANGER, Verdict.FREE),
        (Rule((STRANGER.uri,), (STRANGER.uri,)), Act.REPLY, STRANGER, Verdict.FREE),
        (Rule(("everybody",), ("followers",)), Act.REPLY, FOLLOWER, Verdict.ASK),
    ],
)
def test_a189_rules_are_judged(rule: Rule, act: Act, who: Standing, verdict: Verdict) -> None:
    assert judge(rule, act, who) is verdict


def test_a188_what_is_said_about_quotes_where_nothing_is_said() -> None:
    """Here everybody may; elsewhere they are asked; and never of what is not for everybody."""
    assert rule_of(None, Act.QUOTE, "public", is_local=True) == EVERYBODY
    assert rule_of(None, Act.QUOTE, "public", is_local=False) == ON_REQUEST
    for visibility in ("followers", "direct"):
        said = Policy(quote=EVERYBODY)
        assert rule_of(said, Act.QUOTE, visibility, is_local=True) == NOBODY
    assert rule_of(None, Act.REPLY, "direct", is_local=False) == EVERYBODY


@pytest.mark.parametrize("choice", policies.CHOICES)
def test_p10_each_choice_of_the_form_is_a_rule(choice: str) -> None:
    rule = policies.rule_of_choice(choice)
    assert rule is not None
    assert policies.choice_of(rule) == choice


def test_p10_a_form_with_nonsense_is_the_usual() -> None:
    assert policies.rule_of_choice("<script>") is None
    assert policies.policy_of_choices({Act.REPLY: "x", Act.LIKE: "everybody"}) is None


@pytest.mark.parametrize("choice", policies.CHOICES)
@pytest.mark.parametrize("act", list(Act))
def test_a189_what_we_write_is_read_again(choice: str, act: Act) -> None:
    """One policy, both dialects: canReply, canLike, canAnnounce and canQuote."""
    rule = policies.rule_of_choice(choice)
    author = make_actor("alice")
    post = make_post(author, policy=Policy(**{act.value: rule}))
    document = consent_serializing.policy(policy_claim(post, author, addresses=ADDRESSES))
    remote = make_remote_actor(
        "alice",
        uri=author.uri,
        followers_url=author.followers_url or ADDRESSES.followers(author.id),
        following_url=author.following_url or ADDRESSES.following(author.id),
    )
    read = policy_of(parse_policy(document), remote) or Policy()
    expected = None if rule == EVERYBODY and act is not Act.QUOTE else rule
    if rule is not None and Group.MENTIONED in rule.automatic:
        expected = Rule((), rule.approval)  # nobody is mentioned
    assert getattr(read, act) == expected


def test_e134_the_names_before_0_20_are_read() -> None:
    old: v.Json = {"canLike": {"always": ["as:Public"], "approvalRequired": []}}
    assert parse_policy(old) == v.InteractionPolicy(can_like=v.SubPolicy((v.PUBLIC,), ()))
    assert parse_policy({"canReply": {}}) is None
    nonsense: list[v.Json] = [None, [], "x", {"canReply": 7}]
    assert [parse_policy(each) for each in nonsense] == [None] * len(nonsense)


def test_e134_a_stamp_that_does_not_say_enough_is_none() -> None:
    for missing in ("id", "attributedTo", "interactingObject", "type"):
        document = {
            "id": "https://a.test/s",
            "type": "QuoteAuthorization",
            "attributedTo": "https://a.test/u",
            "interactingObject": "https://b.test/n",
        }
        document.pop(missing)
        with pytest.raises(Invalid):
            parse_authorization(dict(document))


@pytest.mark.parametrize("kind", ["QuoteRequest", "ReplyRequest", "LikeRequest", "AnnounceRequest"])
def test_e134_requests_are_written_and_read(kind: str) -> None:
    request = v.InteractionRequest(
        "https://a.test/r", kind, "https://a.test/u", "https://b.test/n", "https://a.test/n"
    )
    assert parse_activity(serializing.activity_document(request)) == request
    for answer in (
        v.Accept("https://b.test/a", "https://b.test/u", request, result="https://b.test/s"),
        v.Reject("https://b.test/a", "https://b.test/u", request),
    ):
        assert parse_activity(serializing.activity_document(answer)) == answer


@pytest.mark.parametrize("visibility", list(Visibility))
def test_p10_what_is_held_is_for_its_author_and_who_is_asked(visibility: Visibility) -> None:
    author, asked, named = make_remote_actor(), make_actor(), make_actor()
    parent = make_post(asked)
    post = make_post(author, visibility=visibility, reply_to=parent, mentions=(named,))
    held = held_back(post)
    assert let_in(held) == post
    assert held_back(held) == held
    seen = {
        viewer: may_see(held, viewer, follows_author=True, is_blocked=False)
        for viewer in (author.id, asked.id, named.id, RowId(1), None)
    }
    assert [viewer for viewer, sees in seen.items() if sees] == [author.id, asked.id]


U = "https://a.test/notes/1"
LINK = f'<a href="{U}" rel="x"><span class="invisible">https://</span>a.test/notes/1</a>'


@pytest.mark.parametrize(
    ("markup", "left"),
    [
        (f"<p>Hi<br><br>RE: {LINK}</p>", "<p>Hi"),
        (f'Hi<span class="quote-inline"><br/><br/>RE: {LINK}</span>', "Hi"),
        (f"<p>Hi</p>{fallback(U)}", "<p>Hi</p>"),
        (f'<p class="quote-inline">RE: {LINK}</p><p>Hi</p>', "<p>Hi</p>"),
        (f"<p>Hi</p><p>QT: {U}</p>", "<p>Hi</p>"),
        (f"RE: {U}", ""),
        (f"<p>RE: {LINK} and more</p>", None),
        ("<p>we are: here</p>", None),
        ("<p>RE: your letter</p>", None),
        (f"<p>RE: {LINK}" + "x" * TAIL_LETTERS_MAX, None),
        ("<p>" * 5000 + "RE: ", None),
        ("RE: <a " + "href=" * 5000, None),
    ],
)
def test_e104_the_fallback_of_a_quote_is_taken_off(markup: str, left: str | None) -> None:
    assert without_fallback(markup) == (markup if left is None else left)


def test_e104_the_fallback_is_escaped() -> None:
    assert '"><script' not in fallback('https://a.test/"><script>')
