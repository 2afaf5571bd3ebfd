"""Local actors: their names and their URIs. Their keys: `local_keys.py`."""

import re

from actors import local_keys
from actors.local_keys import new_private_key as new_private_key
from federation.signatures import Signer
from instance.errors import Conflict, Invalid, Misconfigured
from instance.resources import Instance
from storage import actors
from storage.records import Actor, ActorKind, ActorUri, RowId

USERNAME_LETTERS_MAX = 30
_USERNAME = re.compile(rf"[A-Za-z0-9_]{{1,{USERNAME_LETTERS_MAX}}}", re.ASCII)

# Names that would be taken for the server itself, or for one of its addresses (AU-28).
RESERVED = frozenset(
    """
    abuse about account accounts actor actors activities activity admin admins administrator
    administration administrators all anonymous api apps auth authorize billing bot bots contact
    css deleted dev docs everybody everyone explore favicon federation followers following
    guest healthz help home host_meta hostmaster html inbox info instance instance_actor invite
    invites js json kittiwake legal list lists localhost login log_in logout mail mailer_daemon
    media mod moderation moderator moderators mods news nobody nodeinfo noc no_reply noreply
    notifications null oauth official operator outbox owner password policy postmaster posts
    preferences privacy proxy public register robots root rss rules search security server
    service session sessions settings setup sign_in sign_up signin signup site staff static
    status statuses streaming support sysadmin sysop system tag tags team terms thread timeline
    timelines token tos undefined unknown update updates user users verified webfinger
    webmaster welcome wellknown well_known www
    """.split()  # noqa: SIM905 - a table of words reads better without quotes
)
_RESERVED_LETTERS = frozenset(word.replace("_", "") for word in RESERVED)


def check_username(text: str) -> str:
    """Return the handle as it is kept; raises `Invalid` with what to change (AU-28)."""
    name = check_letters(text)
    if is_reserved(name):
        raise _wrong_name("This name is reserved. Choose another.")
    return name


def check_letters(text: str) -> str:
    """Return a handle that may be a reserved one; raises `Invalid` for wrong letters."""
    name = text.strip().removeprefix("@")
    if not _USERNAME.fullmatch(name):
        raise _wrong_name(f"Use 1 to {USERNAME_LETTERS_MAX} letters a-z, digits and underscores.")
    return name


def _wrong_name(reason: str) -> Invalid:
    return Invalid(f"This name cannot be used. {reason}", fields={"username": reason})


def is_reserved(name: str) -> bool:
    """Whether a name could be taken for the server; underscores around and within do not help."""
    return name.casefold().replace("_", "") in _RESERVED_LETTERS


async def create_local(
    instance: Instance,
    username: str,
    *,
    kind: ActorKind = ActorKind.PERSON,
    private_pem: str | None = None,
) -> Actor:
    """Insert a local actor and its keys; raises `Conflict` when the handle is or was in use.

    `private_pem` comes from `new_private_key`; without it the key is made here and now, which a
    caller within a transaction should not do to the others who wait for it.
    """
    pem = private_pem or await new_private_key()
    async with instance.store.transaction():
        # Handles of deleted people stay theirs (PV-26): their rows are still there.
        if await actors.is_handle_taken(username):
            raise Conflict("This handle is taken. Choose another.")
        actor = new_actor(instance, username, kind)
        await actors.insert(actor)
        for key in local_keys.new_rows(instance, actor.id, pem):
            await actors.insert_key(key)
    return actor


def new_actor(instance: Instance, username: str, kind: ActorKind) -> Actor:
    """Return the record of a new local actor with all its addresses; inserts nothing."""
    addresses = instance.addresses
    row_id = instance.ids.new()
    is_person = kind is not ActorKind.APPLICATION
    return Actor(
        id=row_id,
        uri=ActorUri(addresses.actor(row_id)),
        username=username,
        host=None,
        kind=kind,
        inbox_url=addresses.inbox(row_id),
        created_at=instance.now(),
        url=addresses.profile_page(username) if is_person else addresses.base_url,
        shared_inbox_url=addresses.shared_inbox,
        outbox_url=addresses.outbox(row_id),
        followers_url=addresses.followers(row_id),
        following_url=addresses.following(row_id),
        featured_url=addresses.featured(row_id),
        is_locked=not is_person,
        is_discoverable=is_person,
        is_indexable=False,  # A194: being found by one's words takes a yes
        hides_follows=not is_person,
    )


async def instance_actor(instance: Instance) -> Actor:
    """Find or create the actor that signs what no person asks for.

    Its handle is our host's name, as other servers do it; the dot in it keeps it from sign-ups,
    and `localhost` is a reserved name.
    """
    username = instance.settings.host
    found = await actors.find_by_handle(username, None)
    if found is not None:
        return found
    try:
        return await create_local(instance, username, kind=ActorKind.APPLICATION)
    except Conflict:  # another process was faster
        found = await actors.find_by_handle(username, None)
        if found is None:
            raise
        return found


async def signer(instance: Instance, actor_id: RowId) -> Signer:
    """Return what a local actor signs requests with; raises `NotFound` for who has no key."""
    return (await local_keys.of(instance, actor_id)).request


async def instance_signer(instance: Instance) -> Signer:
    """Return what the instance actor signs with."""
    return await signer(instance, (await instance_actor(instance)).id)


async def check_domain(instance: Instance) -> None:
    """Raise `Misconfigured` when the people in the database live at another address than ours.

    Ids are spread over other servers: a changed domain would cut everybody off. Before anybody has
    joined there is only the instance actor, which nobody knows: it is made anew by the new name.
    """
    async with instance.store.transaction():
        oldest = await actors.find_oldest_local()
        if oldest is None or instance.addresses.is_ours(oldest.uri):
            return
        if await actors.remove_instance_actor_if_alone(oldest.id):
            return
    there = oldest.uri.removesuffix(f"/actors/{oldest.id}")
    domain = there.partition("://")[2]
    raise Misconfigured(
        f"KITTIWAKE_DOMAIN: the people in this database live at {there}, and we are set up as "
        f"{instance.addresses.base_url}. Set KITTIWAKE_DOMAIN={domain} (and the scheme as it was), "
        "or name another KITTIWAKE_DATA_DIR."
    )
