"""Policies as functions: the first that refuses has the last word, and what they change adds up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import vocabulary as v
from instance.host_rules import HostRules, host_name
from instance.settings import PolicySettings
from moderation import policies, wording
from moderation.policies import Accept, Ask, Facts, Hold, Reject
from storage.records import (
    ContentAction,
    ContentKind,
    ContentRule,
    HostRule,
    HostSeverity,
    RowId,
)
from tests.factories import make_actor

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def facts(**changes: Any) -> Facts:
    sender = make_actor(host="b.test", uri="https://b.test/u", created_at=NOW)
    return replace(
        Facts(sender, HostRules(), (), PolicySettings(), NOW),
        **changes,
    )


def rule(pattern: str, action: ContentAction, **more: Any) -> ContentRule:
    return ContentRule(RowId(7), ContentKind.WORD, pattern, action, NOW, **more)


def host_rule(host: str, **more: Any) -> HostRules:
    made = HostRule(host, HostSeverity.ALLOW, created_at=NOW, changed_at=NOW, **more)
    return HostRules.of_rows([made], is_allow_list=False)


def create(content: str = "Hello", **more: Any) -> v.Create:
    note = v.Note("https://b.test/n", "Note", "https://b.test/u", content, **more)
    return v.Create("https://b.test/c", "https://b.test/u", note)


MENTIONS = tuple(v.MentionTag(f"https://a.test/{number}", "@a") for number in range(6))


def test_nothing_speaks_against_a_usual_post() -> None:
    activity = create(mentions=MENTIONS[:1])
    assert policies.judge(activity, facts()) == policies.Judgement(activity, Accept())


@pytest.mark.parametrize(("is_known", "verdict"), [(None, Ask), (True, Accept), (False, Hold)])
def test_whether_somebody_follows_is_asked_only_when_it_matters(
    *, is_known: bool | None, verdict: type
) -> None:
    """FL-9: six people named by an account of today."""
    found = policies.judge(create(mentions=MENTIONS), facts(is_known=is_known))
    assert isinstance(found.verdict, verdict)
    old = replace(facts().sender, created_at=NOW - timedelta(days=2))
    found = policies.judge(create(mentions=MENTIONS), facts(is_known=is_known, sender=old))
    assert found.verdict == Accept()


def test_limits_that_are_0_are_off() -> None:
    off = PolicySettings(mentions_max=0, hashtags_max=0, young_days=0)
    many = create(mentions=MENTIONS * 9, hashtags=tuple(v.HashtagTag(f"t{n}") for n in range(60)))
    assert policies.judge(many, facts(limits=off)).verdict == Accept()
    assert isinstance(policies.judge(many, facts()).verdict, Reject)


def test_the_strictest_rule_counts_and_says_its_number_only() -> None:
    rules = (rule("hello", ContentAction.SENSITIVE), rule("hello", ContentAction.REJECT))
    found = policies.judge(create(), facts(contents=rules))
    assert found.verdict == Reject("contents: word rule 7")


def test_what_policies_change_adds_up() -> None:
    """A warning by one, no pictures by another; the activity's own words stay."""
    picture = v.Attachment("Image", "https://b.test/x.png")
    known = facts(
        contents=(rule("hello", ContentAction.SENSITIVE),),
        hosts=host_rule("b.test", rejects_media=True),
    )
    found = policies.judge(create(attachments=(picture,)), known)
    note = policies.note_of(found.activity)
    assert note is not None
    assert (note.is_sensitive, note.attachments, note.content) == (True, (), "Hello")
    assert [each.partition(":")[0] for each in found.notes] == ["contents", "media"]
    assert found.verdict == Accept()


def test_a_request_that_brings_its_post_is_judged_by_it() -> None:
    """A post that comes along with a QuoteRequest, and not by a Create."""
    note = policies.note_of(create("badword"))
    assert note is not None
    asked = v.InteractionRequest(
        "https://b.test/r", "QuoteRequest", note.attributed_to, "https://alpha.test/posts/1", note
    )
    rules = (rule("badword", ContentAction.REJECT),)
    assert isinstance(policies.judge(asked, facts(contents=rules)).verdict, Reject)
    marked = (rule("badword", ContentAction.SENSITIVE),)
    found = policies.note_of(policies.judge(asked, facts(contents=marked)).activity)
    assert found is not None
    assert found.is_sensitive


@pytest.mark.parametrize("kind", [v.Delete, v.Block])
def test_activities_without_a_post_pass(kind: Any) -> None:
    activity = kind("https://b.test/x", "https://b.test/u", "https://b.test/y")
    rules = (rule("https", ContentAction.REJECT),)
    assert policies.judge(activity, facts(contents=rules)).verdict == Accept()


def test_the_table_refuses_before_it_changes() -> None:
    assert [name for name, _ in policies.POLICIES][-1] == "media"
    assert len({name for name, _ in policies.POLICIES}) == len(policies.POLICIES)


@given(st.text(max_size=200))
def test_mo5_folding_is_stable(text: str) -> None:
    """MO-5: what is folded folds to itself, and no text breaks it."""
    once = wording.folded(text)
    assert wording.folded(once) == once
    assert "  " not in once


@given(st.text(max_size=80))
def test_mo1_no_text_breaks_the_name_of_a_host(text: str) -> None:
    """MO-1: it is a name or nothing, and its own name."""
    name = host_name(text)
    assert name == "" or host_name(f"[{name}]" if ":" in name else name) == name


@given(st.text(alphabet="<>ab&;#x1/ \n", max_size=200))
def test_rx16_odd_markup_is_read_all_the_same(text: str) -> None:
    """RX-16: words and links of broken markup; nothing raises."""
    note = policies.note_of(create(text))
    assert note is not None
    assert wording.words_of(note).startswith(" ")
    assert all(isinstance(url, str) for url in wording.links_of(note))
