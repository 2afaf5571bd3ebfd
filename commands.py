"""The short commands: each opens the instance, calls one use case and says what came of it."""

import asyncio
import code
import inspect
import platform
import sys
from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib import metadata
from pathlib import Path
from types import FunctionType
from typing import Any

import serving
from actors.activitystreams import handle_of
from instance.building import build, close
from instance.errors import Invalid, Misconfigured, NotFound
from instance.resources import Instance
from instance.settings import Settings
from instance.settings_reading import markdown, shown_values
from outbox import renaming
from progress import Progress
from storage import actors, moving
from storage.records import Actor, ActorKind, Role
from storage.store import Store
from users import grants, login, registration, setup, suspending, two_factor
from users import scopes as oauth_scopes

ROOT = Path(__file__).parent
INVITE_DAYS_MAX = 3650


@dataclass(frozen=True, slots=True)
class Result:
    """What a command says: `text` to people, `data` with --json."""

    text: str
    data: Mapping[str, object]


def read_file(path: Path) -> bytes:
    """Return what is in a file; raises `Invalid`."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from error


async def migrate(settings: Settings) -> Result:
    """Bring the tables up to date."""
    instance = await build(settings)
    try:
        applied = await serving.prepare(instance)
    finally:
        await close(instance)
    text = f"Applied: {', '.join(applied)}" if applied else "The database is up to date."
    return Result(text, {"applied": applied})


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


async def suspend_user(settings: Settings, username: str) -> Result:
    """Shut somebody out until `unsuspend_user`."""
    async with serving.opened(settings) as instance:
        actor = await person_here(username)
        await suspending.suspend(instance, actor)
        text = f"{actor.username} is suspended: they and their posts are hidden until `unsuspend`."
        return Result(text, {"id": str(actor.id), "suspended": True})


async def unsuspend_user(settings: Settings, username: str) -> Result:
    """Let somebody in again."""
    async with serving.opened(settings) as instance:
        actor = await person_here(username)
        await suspending.unsuspend(instance, actor)
        return Result(f"{actor.username} may come in.", {"id": str(actor.id), "suspended": False})


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
        invite = await registration.create_invite(
            instance, found[0], uses_max=uses_max, valid_for=valid_for
        )
        url = f"{instance.addresses.base_url}/sign-up?invite={invite.code}"
        return Result(url, {"url": url, "code": invite.code, "uses_max": invite.uses_max})


async def move_storage(settings: Settings, url: str) -> Result:
    """Move everything from the SQLite file into an empty PostgreSQL database, and compare both."""
    if settings.storage.url:
        raise Misconfigured("KITTIWAKE_STORAGE__URL is set: only the SQLite file can be moved.")
    if not url.startswith(("postgres://", "postgresql://")):
        raise Misconfigured("Say where to: python main.py storage move postgres://user@host/name")
    progress = Progress()
    source = await Store.open("", data_dir=settings.data_dir)
    try:
        source.lock_exclusively()  # nobody writes meanwhile
        await source.migrate()
        target = await Store.open(url, data_dir=settings.data_dir)
        try:
            found = await moving.move(source, target, domain=settings.domain, report=progress)
        finally:
            await target.close()
    except asyncio.CancelledError:
        progress.end()
        sys.stderr.write("Interrupted; the same command goes on where it was.\n")
        raise
    finally:
        progress.end()
        await source.close()
    rows = sum(digest.rows for digest in found.values())
    text = (
        f"Moved {rows:,} rows of {len(found)} tables; both databases hold the same, row by row.\n"
        "From now on start the server with KITTIWAKE_STORAGE__URL set to the new database.\n"
        f"Pictures stay in {settings.data_dir / 'media'}. Keep the old file until all is well."
    )
    tables = {name: {"rows": each.rows, "sha256": each.sha256} for name, each in found.items()}
    return Result(text, {"rows": rows, "tables": tables})


def version() -> Result:
    """Say which Kittiwake this is and what it runs on."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    number = text.partition('version = "')[2].partition('"')[0]
    libraries = {name: metadata.version(name) for name in ("quart", "hypercorn", "tortoise-orm")}
    data = {"version": number, "python": platform.python_version(), **libraries}
    return Result(f"Kittiwake {number} (Python {platform.python_version()})", data)


async def check(settings: Settings) -> Result:
    """Show the settings in force, without secrets, and whether what they name can be used."""
    instance = await build(settings)
    try:
        await instance.store.check()
        await instance.cache.check()
        await instance.blobs.check()
        is_current = await instance.store.is_current()
        if is_current:
            await serving.prepare(instance)
    finally:
        await close(instance)
    values = shown_values(settings)
    lines = [f"{name} = {value}" for name, value in values.items()]
    state = "up to date" if is_current else "not migrated yet: `serve` and `migrate` do it"
    lines += ["", f"address: {settings.base_url}", f"database: {state}", "All is well."]
    data = {"settings": values, "base_url": settings.base_url, "database_is_current": is_current}
    return Result("\n".join(lines), data)


def list_settings(settings: Settings, *, as_markdown: bool) -> Result:
    """Show all settings, or write the page about them."""
    if as_markdown:
        page = markdown(Settings)
        return Result(page.rstrip("\n"), {"markdown": page})
    values = shown_values(settings)
    return Result("\n".join(f"{name} = {value}" for name, value in values.items()), values)


async def shell(settings: Settings) -> None:
    """Read and run Python with `instance` ready and top-level await."""
    async with serving.opened(settings) as instance:
        console = _Console(instance)
        sys.stdout.write(f"`instance` is {settings.base_url}; await works. Ctrl-D ends.\n")
        while True:
            try:
                source = await asyncio.to_thread(input, console.prompt)
            except EOFError:
                sys.stdout.write("\n")
                return
            await console.push_line(source)


class _Console(code.InteractiveConsole):
    """The interactive interpreter, with one difference: what it runs may be awaited."""

    def __init__(self, instance: Instance) -> None:
        super().__init__({"instance": instance})
        self.compile.compiler.flags |= PyCF_ALLOW_TOP_LEVEL_AWAIT
        self.prompt = ">>> "
        self._made: Any = None

    def runcode(self, code: Any) -> None:
        """Keep what was made, for `push_line` to await."""
        made = FunctionType(code, self.locals)()
        self._made = made if inspect.isawaitable(made) else None

    async def push_line(self, source: str) -> None:
        """Run a line, or remember it when the next ones belong to it."""
        try:
            needs_more = self.push(source)
            if self._made is not None:
                await self._made
        except Exception:  # noqa: BLE001 - whatever was typed: it is shown, and one goes on
            self.showtraceback()
            self.resetbuffer()  # what failed is no part of the next line
            needs_more = False
        self._made = None
        self.prompt = "... " if needs_more else ">>> "
