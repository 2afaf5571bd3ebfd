"""The capacity model: small cases by hand, monotone in every habit, its units, its edges."""

import dataclasses
import math

import pytest

from capacity import machines as planning
from capacity.machines import Prices
from capacity.needs import (
    Community,
    Costs,
    Machines,
    Operation,
    amplification,
    costs_of,
    distinct,
    flow,
    load,
    pulled_share,
    top_followers,
)

pytestmark = pytest.mark.pure

COSTS = Costs(
    read=Operation(1.0, 2.0),
    document=Operation(0.5),
    post=Operation(4.0, 8.0),
    inbox=Operation(2.0),
    delivery=Operation(1.0),
    feed_row=Operation(0.01, 0.02),
    post_written_kib=40,
    inbox_written_kib=20,
    deliveries_per_s=500,
    process_mib=150,
    page_bytes=40_000,
    activity_bytes=2_000,
    stored_post_bytes=2_000,
    stored_feed_row_bytes=100,
    stored_follow_bytes=300,
    stored_user_bytes=5_000,
)
MACHINES = Machines()
# Nobody differs from anybody, and everybody lives here: all can be counted on fingers.
VILLAGE = Community(
    people=86_400,
    posts_per_day=1,
    boosts_per_day=0,
    favourites_per_day=0,
    reads_per_day=10,
    follows=100,
    remote_share=0,
    spread_followers=0,
    spread_posts=0,
    documents_per_delivery=0,
    media_per_post=0,
)
GROWING = [
    *("people", "posts_per_day", "boosts_per_day", "favourites_per_day", "reads_per_day"),
    *("follows", "documents_per_delivery", "media_per_post"),
]


def test_a_village_by_hand() -> None:
    now = flow(VILLAGE, pull_above=10_000)
    assert now.posts == pytest.approx(1)  # 86,400 people, one post a day each
    assert now.reads == pytest.approx(10)
    assert now.feed_rows == pytest.approx(101)  # the own feed and 100 followers
    assert (now.deliveries, now.incoming, now.documents) == (0, 0, 0)
    assert now.pulled_share == 0


def test_the_needs_of_the_village_by_hand() -> None:
    need = load(VILLAGE, Machines(peak=2), COSTS)
    # 10 reads of 1 ms a second are 1% of a core; twice that at peak.
    assert need.app_cores["reads"] == pytest.approx(0.02)
    assert need.app_cores["posts"] == pytest.approx(0.008)
    assert need.app_cores["feeds"] == pytest.approx(100 * 0.01 / 1000 * 2)
    assert need.database_read_cores == pytest.approx(10 * 2 / 1000 * 2)
    assert need.database_write_cores == pytest.approx((1 * 8 + 100 * 0.02) / 1000 * 2)
    assert need.sent_mbit_s == pytest.approx(10 * 40_000 * 0.25 * 8 / 1e6 * 2)
    rows, people = 100 * 100, 86_400
    posts = people * 365 * (2_000 + 2_000)  # the post, and its Create as it was sent
    feeds = people * 800 * 100
    assert need.database_bytes == pytest.approx(posts + feeds + people * (100 * 300 + 5_000))
    assert need.written_mib_s == pytest.approx((40 / 1024 + rows / 1024**2) * 2)


def test_one_who_lives_alone_delivers_to_no_local_follower() -> None:
    alone = flow(dataclasses.replace(VILLAGE, people=1), pull_above=10_000)
    assert alone.feed_rows * 86_400 == pytest.approx(1)  # the own feed alone


def test_deliveries_by_hand() -> None:
    who = dataclasses.replace(VILLAGE, people=1, remote_share=1, remote_hosts=1, follows=50)
    assert flow(who, 10_000).deliveries * 86_400 == pytest.approx(1)  # fifty on one host: once
    many = dataclasses.replace(who, remote_hosts=1e9)
    assert flow(many, 10_000).deliveries * 86_400 == pytest.approx(50, rel=1e-3)


@pytest.mark.parametrize("name", GROWING)
@pytest.mark.parametrize("people", [10, 100_000, 1e7])
def test_more_of_a_habit_never_needs_less(name: str, people: float) -> None:
    little = Community(people=people)
    much = dataclasses.replace(little, **{name: getattr(little, name) * 1.5})
    before, after = load(little, MACHINES, COSTS), load(much, MACHINES, COSTS)
    for part in dataclasses.fields(before):
        if part.name != "app_cores":
            assert getattr(after, part.name) >= getattr(before, part.name) * (1 - 1e-9), part.name
    assert after.all_app_cores >= before.all_app_cores


def test_tails_of_the_lognormal() -> None:
    who = Community(people=1e6, follows=100, spread_followers=2, spread_posts=1, correlation=0.5)
    assert amplification(who) == pytest.approx(math.e)
    # 4.753 sigmas above a median of 100 / e^2
    assert top_followers(who) == pytest.approx(100 * math.exp(2 * 4.7534 - 2), rel=1e-3)
    shares = [pulled_share(who, above) for above in (1, 1_000, 100_000, 1e9)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.95
    assert shares[-1] < 1e-3


def test_drawing_with_repeats() -> None:
    assert distinct(1, 1e12) == pytest.approx(1)
    assert distinct(1e12, 100) == pytest.approx(100)
    assert distinct(0, 100) == 0


def test_steps_follow_each_other_and_the_last_one_is_divided() -> None:
    def plan(people: float) -> planning.Plan:
        return planning.plan(Community(people=people), MACHINES, Prices(), COSTS, COSTS)

    steps = [plan(10**power).step for power in range(1, 10)]
    assert steps == sorted(steps)
    assert steps[0] == 1
    assert steps[-1] == len(planning.STEPS)
    assert plan(10).machines == 1
    assert plan(1e9).database_machines > plan(1e8).database_machines > 2
    assert plan(1e6).money_per_person < plan(10).money_per_person


def test_a_part_is_full_where_the_model_says_so() -> None:
    who = Community()
    for part in planning.limits(who, MACHINES, COSTS, COSTS):
        people = planning.people_at(part, who, MACHINES, COSTS, COSTS)
        if people < planning.PEOPLE_MOST / 2:
            there = dataclasses.replace(who, people=people)
            found = planning.limits(there, MACHINES, COSTS, COSTS)
            used = next(e.used for e in found if (e.step, e.part) == (part.step, part.part))
            assert used == pytest.approx(1, rel=1e-3), part


def test_limits_name_a_step_that_is_there() -> None:
    found = planning.limits(Community(), MACHINES, COSTS, COSTS)
    assert {each.step for each in found} == {1, 2, 3}
    assert all(each.used >= 0 for each in found)


def test_costs_are_the_rows_of_the_bench() -> None:
    names = [
        *("home", "actor", "object", "post", "inbox", "delivery", "fan_out", "post_bytes"),
        *("inbox_bytes", "slow_hosts", "memory_loaded"),
    ]
    rows = {name: {"median": place + 1.0} for place, name in enumerate(names)}
    rows["home"]["database_median"] = 7.0
    sizes = dict.fromkeys(("page", "activity", "post", "feed_row", "follow", "user"), 1.0)
    costs = costs_of({"rows": rows, "sizes": sizes})
    assert costs.read == Operation(1.0, 7.0)
    assert costs.document == Operation(2.5)  # the mean of 2 and 3
    assert costs.feed_row == Operation(7.0 / 10_000)
