"""The commands `search` and `trends`: the index of words, and what may be shown as trending."""

import argparse
from typing import Final

import serving
from commands.progress import Progress
from commands.results import Result
from feeds import trends
from instance.resources import Instance
from instance.settings import Settings
from posts import indexing
from storage import full_text
from storage import trends as rows
from storage.trends import Trend

KINDS: Final = (Trend.HASHTAG.value, Trend.POST.value, Trend.PAGE.value)


def add_arguments_of_search(noun: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the verbs of `search`; `common` has what all commands take."""
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="index")
    text = "index the words of all posts that are not indexed yet; again, it goes on"
    indexing_ = verbs.add_parser("index", help=text, description=text, parents=[common])
    indexing_.add_argument("--all", action="store_true", help="index every post anew")


async def run_search(given: argparse.Namespace, settings: Settings) -> Result:
    """Run `search index`, beside a running server or without one."""
    progress = Progress()
    async with serving.opened(settings) as instance:
        if given.all:
            await indexing.note_all(progress)
        done = await indexing.index_all(instance, progress)
        progress.end()
        left = await full_text.count_unindexed()
    text = f"{done:,} posts indexed." if done else "All posts are indexed."
    return Result(text, {"indexed": done, "left": left})


def add_arguments_of_trends(noun: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the verbs of `trends`."""
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="list|allow|refuse")
    for verb, text in (
        ("list", "list what trends, and what was decided about it"),
        ("allow", "let something trend, where the setting asks for that"),
        ("refuse", "never show something as trending"),
    ):
        made = verbs.add_parser(verb, help=text, description=text, parents=[common])
        made.add_argument("kind", choices=KINDS, help="what it is")
        if verb != "list":
            made.add_argument("name", metavar="NAME", help="as `trends list` shows it")


async def run_trends(given: argparse.Namespace, settings: Settings) -> Result:
    """Run one of the verbs of `trends`."""
    kind = Trend(given.kind)
    async with serving.opened(settings) as instance:
        if given.verb == "list":
            return await _list(instance, kind)
        is_allowed = given.verb == "allow"
        await trends.review(instance, kind, given.name.removeprefix("#"), is_allowed=is_allowed)
    done = "may trend" if is_allowed else "is never shown as trending"
    return Result(f"{given.name} {done}.", {"name": given.name, "allowed": is_allowed})


async def _list(instance: Instance, kind: Trend) -> Result:
    del instance
    found = await rows.with_reviews(kind, trends.COUNTED_MAX)
    said = {None: "not reviewed", True: "allowed", False: "refused"}
    lines = [f"{each.name:<30} {said[each.is_allowed]}" for each in found]
    data = [{"name": each.name, "score": each.score, "allowed": each.is_allowed} for each in found]
    return Result("\n".join(lines) or "Nothing trends.", {"trends": data})
