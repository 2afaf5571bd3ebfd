"""What a community of some size needs: a model of plain functions; pure.

From people and their habits to operations a second (`flow`), and from those and measured costs to
cores and bytes (`load`); `machines.py` goes on to machines and money. Every cost comes from
`make bench` (docs/performance.json); every habit is an argument. docs/capacity.md explains it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

DAY_S = 86_400
MONTH_S = DAY_S * 365 / 12
GIB = 1024**3
RECEIPT_DAYS = 14
"""How long inbox/reception.py keeps what was sent to us."""

_NORMAL = NormalDist()
# Below this, lognormal tails have no meaning: two people have no celebrity.
_PEOPLE_FOR_TAILS = 3


def argument(default: float, help_text: str, *, least: float = 0.0, most: float = math.inf) -> Any:
    """Make a field that is an argument of the command line too."""
    return field(default=default, metadata={"help": help_text, "least": least, "most": most})


@dataclass(frozen=True, slots=True)
class Community:
    """People and their habits; everything is per person and day unless its name says otherwise."""

    people: float = argument(1000, "people who come every day", least=1, most=1e10)
    posts_per_day: float = argument(1.5, "posts of a person a day")
    boosts_per_day: float = argument(0.5, "boosts of a person a day")
    favourites_per_day: float = argument(5, "favourites of a person a day")
    reads_per_day: float = argument(40, "pages that a person opens a day")
    follows: float = argument(150, "whom a person follows, on average")
    remote_share: float = argument(0.8, "share of the followed who live on other servers", most=1)
    remote_hosts: float = argument(10_000, "other servers that our people have to do with", least=1)
    remote_authors: float = argument(500_000, "people elsewhere who could be followed", least=1)
    spread_followers: float = argument(1.8, "lognormal sigma of followers: celebrities", most=4)
    spread_posts: float = argument(1.2, "lognormal sigma of posts: heavy posters", most=4)
    correlation: float = argument(0.3, "of followers and posts: the followed write more", most=1)
    documents_per_delivery: float = argument(0.2, "documents that others fetch per delivery")
    media_per_post: float = argument(0.3, "pictures in a post")
    media_kib: float = argument(200, "KiB of a picture")
    media_seen_before: float = argument(0.6, "share of pictures that a cache already has", most=1)
    posts_per_page: float = argument(20, "posts on a page")
    feed_entries_max: float = argument(800, "entries that a feed keeps", least=1)
    years: float = argument(1, "how long posts have been collecting")


@dataclass(frozen=True, slots=True)
class Machines:
    """What machines there are, and how full they may be at the busiest time."""

    peak: float = argument(3, "the busiest second against the average one", least=1)
    busy_max: float = argument(0.6, "share of a core that may be used at peak", least=0.05, most=1)
    machine_cores: float = argument(8, "cores of a machine", least=1)
    machine_gib: float = argument(32, "GiB of memory of a machine", least=0.5)
    database_cores: float = argument(64, "cores of the largest database machine", least=1)
    disk_mib_s: float = argument(200, "MiB a second that a disk writes, durably", least=1)
    network_mbit_s: float = argument(1000, "Mbit a second of a machine", least=1)
    hot_days: float = argument(7, "days of posts that memory should hold")
    replicas: float = argument(1, "read replicas of each database, from step 3 on")
    page_compressed: float = argument(0.25, "what a proxy's compression leaves of a page", most=1)
    pull_above: float = argument(10_000, "local followers above which posts are pulled", least=1)


@dataclass(frozen=True, slots=True)
class Operation:
    """CPU milliseconds of the server's processes, and of the database's own."""

    app_ms: float
    database_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Costs:
    """Measured: each field is made of the rows of the bench that its comment names."""

    read: Operation  # home
    document: Operation  # the mean of actor and object
    post: Operation  # post
    inbox: Operation  # inbox
    delivery: Operation  # delivery
    feed_row: Operation  # fan_out, by its 10,000 rows
    post_written_kib: float  # post_bytes
    inbox_written_kib: float  # inbox_bytes
    deliveries_per_s: float  # slow_hosts
    process_mib: float  # memory_loaded
    page_bytes: float  # sizes: page
    activity_bytes: float  # sizes: activity
    stored_post_bytes: float  # sizes: post
    stored_feed_row_bytes: float  # sizes: feed_row
    stored_follow_bytes: float  # sizes: follow
    stored_user_bytes: float  # sizes: user


def costs_of(results: Mapping[str, Any]) -> Costs:
    """Read the costs from what `make bench --json` wrote."""
    rows, sizes = results["rows"], results["sizes"]

    def operation(*names: str, per: float = 1.0) -> Operation:
        share = 1 / (len(names) * per)
        return Operation(
            sum(rows[name]["median"] for name in names) * share,
            sum(rows[name].get("database_median", 0.0) for name in names) * share,
        )

    return Costs(
        read=operation("home"),
        document=operation("actor", "object"),
        post=operation("post"),
        inbox=operation("inbox"),
        delivery=operation("delivery"),
        feed_row=operation("fan_out", per=10_000),
        post_written_kib=rows["post_bytes"]["median"],
        inbox_written_kib=rows["inbox_bytes"]["median"],
        deliveries_per_s=rows["slow_hosts"]["median"],
        process_mib=rows["memory_loaded"]["median"],
        page_bytes=sizes["page"],
        activity_bytes=sizes["activity"],
        stored_post_bytes=sizes["post"],
        stored_feed_row_bytes=sizes["feed_row"],
        stored_follow_bytes=sizes["follow"],
        stored_user_bytes=sizes["user"],
    )


# ---------------------------------------------------------------- operations


@dataclass(frozen=True, slots=True)
class Flow:
    """Operations of the whole community: per second, on average over a day."""

    reads: float
    posts: float
    reactions: float
    """Favourites of our people: a row each, and a delivery where the post is of elsewhere."""
    incoming: float
    """Activities from other servers: posts and boosts of the followed, favourites for ours."""
    deliveries: float
    feed_rows: float
    documents: float
    top_followers: float
    """Followers of the most followed person."""
    pulled_share: float
    """Share of local fan-out that is pulled when somebody reads, and never written."""


def amplification(who: Community) -> float:
    """How many more followers a post has than a person: the followed write more.

    For two lognormals E[xy] / (E[x] E[y]) = exp(correlation * sigma * sigma).
    """
    return math.exp(who.correlation * who.spread_followers * who.spread_posts)


def distinct(drawn: float, among: float) -> float:
    """How many different ones are expected when so many are drawn at random, with repeats."""
    return among * -math.expm1(-drawn / among)


def top_followers(who: Community) -> float:
    """Followers of the most followed: the lognormal's quantile at 1 - 1 / people."""
    if who.people < _PEOPLE_FOR_TAILS:
        return who.follows
    sigma = who.spread_followers
    place = _NORMAL.inv_cdf(1 - 1 / who.people)
    return who.follows * math.exp(sigma * place - sigma**2 / 2)


def pulled_share(who: Community, pull_above: float) -> float:
    """Share of all local feed rows that come of people above the threshold.

    Weighted by followers and posts, the logarithm of followers is shifted by
    sigma**2 + correlation * sigma * sigma_posts.
    """
    local, sigma = who.follows * (1 - who.remote_share), who.spread_followers
    if local <= 0:
        return 0.0
    if sigma == 0:
        return float(local > pull_above)
    shift = sigma**2 / 2 + who.correlation * sigma * who.spread_posts
    return 1 - _NORMAL.cdf((math.log(pull_above / local) - shift) / sigma)


def flow(who: Community, pull_above: float) -> Flow:
    """Return what happens in a second, on average."""
    said = who.people * (who.posts_per_day + who.boosts_per_day)
    more = amplification(who)
    # Nobody has more local followers than there are people.
    local = min(who.follows * (1 - who.remote_share) * more, max(who.people - 1, 0))
    elsewhere = who.follows * who.remote_share
    hosts_told = distinct(elsewhere * more, who.remote_hosts)
    favourites = who.people * who.favourites_per_day
    deliveries = said * hosts_told + favourites * who.remote_share
    followed = distinct(who.people * elsewhere, who.remote_authors)
    heard = followed * (who.posts_per_day + who.boosts_per_day) * more
    incoming = heard + favourites * who.remote_share
    pulled = pulled_share(who, pull_above)
    # Each follow of somebody elsewhere brings rows of its own; each person has their own posts.
    per_follow = (who.posts_per_day + who.boosts_per_day) * more
    rows = said * (1 + local * (1 - pulled)) + who.people * elsewhere * per_follow
    per_s = 1 / DAY_S
    return Flow(
        reads=who.people * who.reads_per_day * per_s,
        posts=said * per_s,
        reactions=favourites * per_s,
        incoming=incoming * per_s,
        deliveries=deliveries * per_s,
        feed_rows=rows * per_s,
        documents=deliveries * who.documents_per_delivery * per_s,
        top_followers=top_followers(who),
        pulled_share=pulled,
    )


# ---------------------------------------------------------------- what they need


@dataclass(frozen=True, slots=True)
class Load:
    """What is needed: cores and bytes a second at the busiest time, bytes that are kept."""

    app_cores: Mapping[str, float]
    """By part: reads, posts, inbox, feeds, deliveries, documents."""
    database_read_cores: float
    database_write_cores: float
    written_mib_s: float
    sent_mbit_s: float
    sent_bytes_per_month: float
    database_bytes: float
    hot_bytes: float
    """What of the database memory should hold: the newest posts, all feeds and follows."""
    media_bytes: float

    @property
    def all_app_cores(self) -> float:
        """Cores of the server's own processes."""
        return sum(self.app_cores.values())


def load(who: Community, machines: Machines, costs: Costs) -> Load:
    """Return what the community needs with these costs."""
    now, days = flow(who, machines.pull_above), 365 * who.years
    # What a post or an activity costs holds one feed row already; a favourite is taken for a post.
    rows = max(now.feed_rows - now.posts - now.incoming, 0.0)
    work = {
        "reads": (now.reads, costs.read),
        "posts": (now.posts + now.reactions, costs.post),
        "inbox": (now.incoming, costs.inbox),
        "feeds": (rows, costs.feed_row),
        "deliveries": (now.deliveries, costs.delivery),
        "documents": (now.documents, costs.document),
    }
    peak_s = machines.peak / 1000
    database = {name: times * cost.database_ms * peak_s for name, (times, cost) in work.items()}
    reading = database["reads"] + database["documents"]
    written_kib = (now.posts + now.reactions) * costs.post_written_kib
    written_kib += now.incoming * costs.inbox_written_kib
    written = written_kib / 1024 + rows * costs.stored_feed_row_bytes / 1024**2
    media = who.media_per_post * who.media_kib * 1024
    pictures = now.reads * who.posts_per_page * media * (1 - who.media_seen_before)
    sent = now.reads * costs.page_bytes * machines.page_compressed + pictures
    sent += (now.deliveries + now.documents) * costs.activity_bytes
    return Load(
        app_cores={name: times * cost.app_ms * peak_s for name, (times, cost) in work.items()},
        database_read_cores=reading,
        database_write_cores=sum(database.values()) - reading,
        written_mib_s=written * machines.peak,
        sent_mbit_s=sent * 8 / 1e6 * machines.peak,
        sent_bytes_per_month=sent * MONTH_S,
        database_bytes=_rows(who, now, costs, days) + _documents(now, costs, days),
        hot_bytes=_rows(who, now, costs, min(machines.hot_days, days)),
        media_bytes=now.posts * DAY_S * 365 * who.years * media,
    )


def _documents(now: Flow, costs: Costs, days: float) -> float:
    """What we said is kept as it was sent, what others sent for as long as its receipt."""
    kept = now.posts * days + now.incoming * min(days, RECEIPT_DAYS)
    return kept * DAY_S * costs.activity_bytes


def _rows(who: Community, now: Flow, costs: Costs, days: float) -> float:
    posts = (now.posts + now.incoming) * DAY_S * days * costs.stored_post_bytes
    kept = min(now.feed_rows * DAY_S * days / who.people, who.feed_entries_max)
    feeds = who.people * kept * costs.stored_feed_row_bytes
    # Follows by us and of us: as many come as go.
    follows = who.people * who.follows * (1 + who.remote_share) * costs.stored_follow_bytes
    return posts + feeds + follows + who.people * costs.stored_user_bytes
