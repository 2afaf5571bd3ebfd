"""The commands `user`, `token`, `invite`: people here, and keys and invitations in their name."""

import argparse
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import serving
from actors.activitystreams import handle_of
from commands.progress import Progress
from commands.results import Result, distance, read_secret, shortened, table
from instance.errors import Invalid, NotFound
from instance.settings import Settings
from outbox import appealing, moderating, profiles, renaming
from storage import actors, strikes
from storage.records import Actor, ActorKind, Page, Role, StrikeAction
from users import grants, invites, login, setup, two_factor
from users import scopes as oauth_scopes

INVITE_DAYS_MAX = 3650
PEOPLE_PER_READ = 100
STRIKES_LISTED_MAX = 100
_ACTIONS = {
    "warn": StrikeAction.WARN,
    "cover": StrikeAction.SENSITIVE,
    "freeze": StrikeAction.DISABLE,
    "silence": StrikeAction.SILENCE,
    "suspend": StrikeAction.SUSPEND,
}
_ACTED = {
    StrikeAction.WARN: "warned",
    StrikeAction.SENSITIVE: "covered: files they post are shown on a click until `uncover`",
    StrikeAction.DISABLE: "frozen: they cannot log in until `unfreeze`, and what they wrote stays",
    StrikeAction.SILENCE: "silenced: their followers alone meet them until `unsilence`",
    StrikeAction.SUSPEND: "suspended: they and their posts are hidden until `unsuspend`",
}

_LIFTS = {
    "unsuspend": (StrikeAction.SUSPEND, "let a suspended user in again", "may come in"),
    "unfreeze": (StrikeAction.DISABLE, "let a frozen user in again", "may come in"),
    "unsilence": (
        StrikeAction.SILENCE,
        "let everybody meet a silenced user again",
        "is met by everybody again",
    ),
    "uncover": (StrikeAction.SENSITIVE, "let a user say what is sensitive", "is covered no more"),
}


def add_arguments(noun: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the verbs of `user`; `common` has what all commands take."""
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="add|rename|suspend|…")

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=text, description=text, parents=[common])

    adding = verb("add", "add a user who may log in at once")
    adding.add_argument("name", metavar="NAME", help="the handle")
    adding.add_argument("--password", required=True, help="8 to 128 characters; - reads a line")
    adding.add_argument("--email", default="", help="for the log-in; optional")
    adding.add_argument("--role", default=Role.USER.value, choices=[role.value for role in Role])
    renames = verb("rename", "give a user another handle; the old one goes on leading there")
    renames.add_argument("name", metavar="NAME", help="the handle of now")
    renames.add_argument("new", metavar="NEW", help="the handle from now on")
    _add_moderation(verb)
    off = verb("two-factor", "take app, passkeys and recovery codes from a user who lost them")
    off.add_argument("what", choices=["off"], help="there is nothing to switch on for others")
    off.add_argument("name", metavar="NAME", help="the handle")
    rotating = verb("rotate-keys", "give people new keys, and tell the servers that know the old")
    who = rotating.add_mutually_exclusive_group(required=True)
    who.add_argument("name", metavar="NAME", nargs="?", help="the handle of a local person")
    who.add_argument("--all", action="store_true", help="everybody, and the server itself")


def _add_moderation(verb: Callable[[str, str], argparse.ArgumentParser]) -> None:
    warns = verb("warn", "write to a user as moderator: a notification and a mail")
    suspends = verb(
        "suspend", "shut a user out: they and their posts are hidden, and nothing is deleted"
    )
    silences = verb("silence", "let the followers of a user alone meet them")
    freezes = verb("freeze", "let a user in no more; what they wrote stays")
    covers = verb("cover", "show files that a user posts from now on on a click alone")
    lifts = [verb(name, text) for name, (_, text, _) in _LIFTS.items()]
    listing = verb("strikes", "list what moderators did to a user, and why")
    for each in (warns, suspends, silences, freezes, covers, *lifts, listing):
        each.add_argument("name", metavar="NAME", help="the handle")
    warns.add_argument("text", metavar="TEXT", help="what they are told")
    for each in (suspends, silences, freezes, covers):
        each.add_argument("--text", default="", help="why; they are told, here and by mail")
    verb("appeals", "list what users say against what moderators did")
    answers = verb("appeal", "answer an appeal; accepted, what was done is taken back")
    answers.add_argument("answer", choices=["accept", "refuse"])
    answers.add_argument("id", metavar="ID", type=int, help="as `user appeals` lists it")


async def run(given: argparse.Namespace, settings: Settings) -> Result:
    """Run one verb of `user`."""
    by_name: dict[str, Callable[[Settings, str], Awaitable[Result]]] = {
        "strikes": list_strikes,
        "two-factor": two_factor_off,
        **{verb: partial(lift_strike, verb=verb) for verb in _LIFTS},
    }
    if given.verb in by_name:
        return await by_name[given.verb](settings, given.name)
    match given.verb:
        case "rename":
            return await rename_user(settings, given.name, given.new)
        case "warn" | "silence" | "suspend" | "freeze" | "cover":
            return await strike_user(settings, given.name, _ACTIONS[given.verb], given.text)
        case "appeals" | "appeal":
            answers = answer_appeal if given.verb == "appeal" else list_appeals
            return await answers(settings, given)
        case "rotate-keys":
            return await rotate_keys(settings, given.name)
        case _:
            password, email = read_secret(given.password), given.email
            return await add_user(settings, given.name, password, email=email, role=given.role)


def add_arguments_of_token(noun: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the verb of `token`."""
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="add")
    text = "issue an access token; prints the token alone"
    token = verbs.add_parser("add", help=text, description=text, parents=[common])
    token.add_argument("name", metavar="NAME", help="the handle of its owner")
    token.add_argument("--scopes", default="read", help='such as "read write follow push"')
    token.add_argument("--label", default="Command line", help="what the token is for")


async def run_token(given: argparse.Namespace, settings: Settings) -> Result:
    """Run the verb of `token`."""
    return await add_token(settings, given.name, given.scopes, given.label)


def add_arguments_of_invite(noun: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the verb of `invite`."""
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="add")
    text = "make an invitation; prints its link alone"
    invite = verbs.add_parser("add", help=text, description=text, parents=[common])
    invite.add_argument("name", metavar="NAME", help="the handle of who invites")
    invite.add_argument("--uses", type=int, default=1, help="how many may join with it")
    invite.add_argument("--days", type=int, default=0, help="how long it is valid; 0: no end")


async def run_invite(given: argparse.Namespace, settings: Settings) -> Result:
    """Run the verb of `invite`."""
    return await add_invite(settings, given.name, given.uses, given.days)


async def add_user(
    settings: Settings, username: str, password: str, *, email: str, role: str
) -> Result:
    """Make a user who may log in at once."""
    async with serving.opened(settings) as instance:
        user, actor = await setup.add_user(
            instance, username, password, email=email, role=Role(role)
        )
        login_url = f"{instance.addresses.base_url}/login"
        handle = handle_of(actor, settings.handles_at)
        data = {
            "id": str(user.id),
            "actor_id": str(actor.id),
            "username": actor.username,
            "handle": handle,
            "uri": actor.uri,
            "url": actor.url,
            "role": user.role,
        }
        return Result(f"{handle} ({user.role}) may log in now: {login_url}", data)


async def rename_user(settings: Settings, username: str, wanted: str) -> Result:
    """Give somebody another handle, as the operator."""
    async with serving.opened(settings) as instance:
        actor = await person_here(username)
        after = await renaming.rename(instance, actor, wanted, is_operator=True)
        handle = handle_of(after, settings.handles_at)
        return Result(f"{handle} is the name now.", {"id": str(after.id), "handle": handle})


async def strike_user(settings: Settings, username: str, action: StrikeAction, text: str) -> Result:
    """Warn somebody or take something from them, as the operator."""
    async with serving.opened(settings) as instance:
        actor = await person_here(username)
        made = await moderating.strike(instance, actor, action, text)
        said = f"{actor.username} is {_ACTED[action]}."
        return Result(said, {"id": str(actor.id), "strike": str(made.id), "action": action.value})


async def lift_strike(settings: Settings, username: str, verb: str) -> Result:
    """Take back what was done to somebody."""
    action, _, text = _LIFTS[verb]
    async with serving.opened(settings) as instance:
        actor = await person_here(username)
        await moderating.lift(instance, actor, action)
        return Result(f"{actor.username} {text}.", {"id": str(actor.id), "lifted": action.value})


async def list_strikes(settings: Settings, username: str) -> Result:
    """List what moderators did to somebody, newest first."""
    async with serving.opened(settings) as instance:
        actor, now = await person_here(username), instance.now()
        found = await moderating.against(actor, Page(limit=STRIKES_LISTED_MAX))
        rows = [
            (distance(each.created_at, now), each.action.name.lower(), shortened(each.text))
            for each in found
        ]
        told = [{"id": str(each.id), "action": each.action, "text": each.text} for each in found]
        return Result(table(("WHEN", "WHAT", "WHY"), rows), {"strikes": told})


async def list_appeals(settings: Settings, _: argparse.Namespace) -> Result:
    """List the appeals that nobody has answered, newest first."""
    async with serving.opened(settings) as instance:
        found, now = await strikes.list_appealed(Page(limit=STRIKES_LISTED_MAX)), instance.now()
        people = await actors.by_ids({each.target_id for each in found})
        rows = [
            (
                *(str(each.id), people[each.target_id].username, each.action.name.lower()),
                *(distance(each.created_at, now), shortened(each.appeal)),
            )
            for each in found
        ]
        told = [
            {"id": str(each.id), "action": each.action, "appeal": each.appeal} for each in found
        ]
        return Result(table(("ID", "WHO", "WHAT", "WHEN", "APPEAL"), rows), {"appeals": told})


async def answer_appeal(settings: Settings, given: argparse.Namespace) -> Result:
    """Answer an appeal, as the operator."""
    async with serving.opened(settings) as instance:
        is_accepted = given.answer == "accept"
        answer = appealing.accept if is_accepted else appealing.refuse
        made = await answer(instance, given.id)
        text = "accepted: what was done is taken back" if is_accepted else "refused"
        return Result(f"The appeal is {text}.", {"id": str(made.id), "state": made.appeal_state})


async def two_factor_off(settings: Settings, username: str) -> Result:
    """Take all second factors of somebody away; their sessions and apps end too."""
    async with serving.opened(settings) as instance:
        actor = await two_factor.switch_off_by_name(instance, username)
        text = f"{actor.username} logs in with the password alone now, everywhere anew."
        return Result(text, {"id": str(actor.id), "two_factor": False})


async def person_here(name: str) -> Actor:
    """Return the local person of this handle; raises `NotFound`."""
    found = await actors.find_by_handle(name.removeprefix("@"), None)
    if found is None or found.deleted_at is not None or found.kind is ActorKind.APPLICATION:
        raise NotFound(f"There is nobody called {name!r} here.")
    return found


async def add_token(settings: Settings, username: str, scopes: str, name: str) -> Result:
    """Issue an access token to somebody; the text is the token alone."""
    async with serving.opened(settings) as instance:
        token = await grants.issue_token_by_name(instance, username, scopes, name)
        return Result(token, {"token": token, "scopes": sorted(oauth_scopes.parse(scopes))})


async def add_invite(settings: Settings, username: str, uses_max: int, days: int) -> Result:
    """Make an invitation in somebody's name; the text is the link alone."""
    async with serving.opened(settings) as instance:
        found = await login.find_by_name(username)
        if found is None:
            raise NotFound(f"There is no user {username!r}. `python main.py user add` makes one.")
        if not 0 <= days <= INVITE_DAYS_MAX:
            raise Invalid(f"--days is a number of days from 0 (no end) to {INVITE_DAYS_MAX}.")
        valid_for = timedelta(days=days) if days else None
        invite = await invites.create(instance, found[0], uses_max=uses_max, valid_for=valid_for)
        url = f"{instance.addresses.base_url}/sign-up?invite={invite.code}"
        return Result(url, {"url": url, "code": invite.code, "uses_max": invite.uses_max})


async def rotate_keys(settings: Settings, name: str | None) -> Result:
    """New keys for one person, or for everybody here when there is no name."""
    progress = Progress()
    async with serving.opened(settings) as instance:
        if name is not None:
            await profiles.rotate_keys(instance, await person_here(name))
            return Result(f"{name} has new keys; followers' servers are told.", {"rotated": 1})
        total, done = await actors.count_local_people() + 1, 0
        max_id: int | None = None
        while True:
            page = await actors.list_local(Page(limit=PEOPLE_PER_READ, max_id=max_id))
            for actor in page:
                await profiles.rotate_keys(instance, actor)
                done += 1
                progress("people with new keys", done, max(total, done))
            if len(page) < PEOPLE_PER_READ:
                break
            max_id = page[-1].id
        progress.end()
    return Result(f"{done} actors have new keys; followers' servers are told.", {"rotated": done})
