"""Four real servers, two on SQLite and two on PostgreSQL: people do everything, both ways.

Each step is done in the web pages, by forms, and must be seen on the other side within a second.
The pairs are so chosen that each database speaks with each.
"""

import itertools
import re
import time
from collections.abc import Callable

import httpx
import pytest

from tests.processes.conftest import Net
from tests.processes.people import Form, Person, articles, eventually, forms_of
from tests.processes.servers import Server

PAIRS = (("alpha", "beta"), ("beta", "alpha"), ("gamma", "alpha"), ("delta", "beta"))
_serial = itertools.count(1)


class Two:
    """Ann on one server, Ben on another; Ben follows Ann."""

    def __init__(self, ann: Person, ben: Person) -> None:
        number = next(_serial)
        self.ann = ann.sign_up(f"ann{number}")
        self.ben = ben.sign_up(f"ben{number}")

    def ben_follows(self) -> None:
        self.ben.follow(self.ann.handle)
        eventually(lambda: "Unfollow" in self.ben.read(f"/{self.ann.handle}"))

    def buttons_to_follow(self) -> list[Form]:
        """What Ben can press on Ann's profile to follow her, or to stop: none through a block."""
        return [
            form
            for form in forms_of(self.ben.read(f"/{self.ann.handle}"))
            if form.action.endswith("/follow") and form.action != "/follow"
        ]

    def seen_by_ben(self, text: str) -> str:
        """The post as it stands in Ben's home, within a second."""
        return eventually(lambda: next((a for a in self.ben.home() if text in a), ""))


@pytest.fixture(params=PAIRS, ids="-".join)
def two(request: pytest.FixtureRequest, net: Net, person: Callable[[Server], Person]) -> Two:
    here, there = request.param
    both = Two(person(getattr(net, here)), person(getattr(net, there)))
    both.ben_follows()
    return both


def _shown(article: str) -> str:
    """The words of a post, without the markup around them."""
    words = re.search(
        r'<div class="txt[^>]*>(.*?)</div>\s*(?:<p class="facts|<div class="acts|<p)',
        article,
        re.DOTALL,
    )
    assert words, article
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", words[1])).strip()


def _count(article: str, what: str) -> int:
    found = re.search(rf"/{what}\".*?<span>(\d*)</span>", article, re.DOTALL)
    assert found, article
    return int(found[1] or 0)


def test_sign_up_follow_and_read(two: Two) -> None:
    two.ann.write("Good morning from **here** #birds https://example.org/a/long/path")
    there = two.seen_by_ben("Good morning")
    here = two.ann.article("/home", "Good morning")
    assert _shown(here) == _shown(there)
    followers = two.ann.read(f"/@{two.ann.username}/followers")
    assert two.ben.username in followers


def test_a_post_with_a_content_note_stays_covered(two: Two) -> None:
    two.ann.write("the film ends well", note="Spoiler")
    there = two.seen_by_ben("the film ends well")
    assert "<summary>" in there
    assert "Spoiler" in there


def test_reply_and_thread_are_the_same_on_both_sides(two: Two) -> None:
    two.ann.write("Who is awake?")
    two.seen_by_ben("Who is awake?")
    two.ben.reply("/home", "Who is awake?", "I am, unfortunately")
    eventually(lambda: "I am, unfortunately" in two.ann.read("/notifications"))
    page = two.ann.post_path("/home", "Who is awake?")
    thread_here = [_shown(a) for a in articles(two.ann.read(page))]
    thread_there = [
        _shown(a) for a in articles(two.ben.read(two.ben.post_path("/home", "Who is awake?")))
    ]
    assert [re.sub(r"@\S+ ?", "", t).strip() for t in thread_here] == [
        re.sub(r"@\S+ ?", "", t).strip() for t in thread_there
    ]
    assert len(thread_here) == 2


def test_like_and_boost_arrive_and_can_be_taken_back(two: Two) -> None:
    two.ann.write("Please like this")
    two.seen_by_ben("Please like this")
    two.ben.press("/home", "Please like this", "favourite")
    two.ben.press("/home", "Please like this", "boost")

    def counts() -> tuple[int, int]:
        article = two.ann.article("/home", "Please like this")
        return _count(article, "favourite"), _count(article, "boost")

    eventually(lambda: counts() == (1, 1))
    page = two.ann.read("/notifications")
    assert two.ben.username in page
    two.ben.press("/home", "Please like this", "favourite")
    two.ben.press("/home", "Please like this", "boost")
    eventually(lambda: counts() == (0, 0))


def test_a_boost_reaches_the_followers_of_the_booster(
    two: Two, net: Net, person: Callable[[Server], Person]
) -> None:
    cleo = person(net.gamma).sign_up(f"cleo{next(_serial)}")
    cleo.follow(two.ben.handle)
    eventually(lambda: "Unfollow" in cleo.read(f"/{two.ben.handle}"))
    two.ann.write("Worth passing on")
    two.seen_by_ben("Worth passing on")
    two.ben.press("/home", "Worth passing on", "boost")
    boosted = eventually(lambda: next((a for a in cleo.home() if "Worth passing on" in a), ""))
    assert "boosted" in boosted


def test_edit_and_delete_reach_the_other_side(two: Two) -> None:
    two.ann.write("A tpyo")
    two.seen_by_ben("A tpyo")
    two.ann.edit("/home", "A tpyo", "A typo, mended")
    there = two.seen_by_ben("A typo, mended")
    assert "Edited" in there
    page = two.ben.post_path("/home", "A typo, mended")
    two.ann.delete("/home", "A typo, mended")
    eventually(lambda: not any("A typo, mended" in a for a in two.ben.home()))
    assert two.ben.http.get(page).status_code in (404, 410)
    assert not any("A typo, mended" in a for a in two.ann.home())


def test_a_locked_account_is_asked_first(two: Two) -> None:
    ann, ben = two.ann, two.ben
    ben.submit("/settings/privacy", "/settings/privacy", approve="1")
    ann.follow(ben.handle)
    assert "Cancel request" in ann.read(f"/{ben.handle}")
    ben.write("only for accepted followers", audience="followers")
    request = eventually(
        lambda: next(
            (
                form
                for form in forms_of(ben.read("/requests"))
                if form.action == "/requests" and "who" in form.fields
            ),
            None,
        )
    )
    assert request
    ben.send(request, do="accept")
    eventually(lambda: "Unfollow" in ann.read(f"/{ben.handle}"))
    ben.write("now you may read me", audience="followers")
    eventually(lambda: any("now you may read me" in a for a in ann.home()))
    assert not any("only for accepted followers" in a for a in ann.home())


def test_pv1_followers_only_posts_are_hidden_from_strangers(two: Two) -> None:
    two.ann.write("for my followers", audience="followers")
    two.seen_by_ben("for my followers")
    path = two.ann.post_path("/home", "for my followers")
    assert httpx.get(f"{two.ann.server_url}{path}", timeout=60).status_code == 404
    profile = httpx.get(f"{two.ann.server_url}/@{two.ann.username}", timeout=60)
    assert profile.status_code == 200
    assert "for my followers" not in profile.text


def test_unfollow_ends_it_on_both_sides(two: Two) -> None:
    two.ben.on_profile(two.ann.handle, "follow", "undo")
    own_followers = f"/@{two.ann.username}/followers"
    eventually(lambda: two.ben.username not in two.ann.read(own_followers))
    two.ann.write("nobody hears this")
    time.sleep(0.5)
    assert not any("nobody hears this" in a for a in two.ben.home())


def test_block_ends_it_on_both_sides(two: Two) -> None:
    two.ann.write("before the block")
    two.seen_by_ben("before the block")
    two.ann.on_profile(two.ben.handle, "block")
    # Two activities: a Reject ends the follow, then the Block takes the button away.
    eventually(lambda: not two.buttons_to_follow())
    two.ben.http.post("/follow", data={"csrf": two.ben.csrf(), "who": two.ann.handle})
    two.ann.write("after the block")
    time.sleep(0.5)
    assert not any("after the block" in a for a in two.ben.home())
    own_followers = f"/@{two.ann.username}/followers"
    assert two.ben.username not in two.ann.read(own_followers)
    two.ann.on_profile(two.ben.handle, "block", "undo")
    # INTEROP 16: Undo(Block) really unblocks; once it is here the button to follow is back.
    two.ben.send(eventually(two.buttons_to_follow)[0], do="do")
    eventually(lambda: two.ben.username in two.ann.read(own_followers))
