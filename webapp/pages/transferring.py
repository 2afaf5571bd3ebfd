"""Chapter settings, data: lists as CSV out and in, and an archive of everything."""

from typing import Any

from instance.errors import Conflict, Failure, Invalid, NotFound
from storage import transfers
from storage.records import Actor, Archive, Import, ImportKind, User
from transfers import archiving, bringing, exporting, importing, lists
from webapp import paging
from webapp.asking import Answer, Rest
from webapp.pages import settings, words
from webapp.pages.visit import Visit, redirect

PATH = "/settings/data"
TITLE = "Your data"
_OK = 200
_NO_IMPORT = "There is no such import."
_MEGABYTE = 1024 * 1024
KINDS = {
    ImportKind.FOLLOWS: "People you follow",
    ImportKind.LISTS: "Lists",
    ImportKind.BLOCKS: "People you block",
    ImportKind.MUTES: "People you mute",
    ImportKind.HOST_BLOCKS: "Servers you block",
    ImportKind.BOOKMARKS: "Saved posts",
    ImportKind.POSTS: "Posts I wrote elsewhere",
}
_BY_FILE = {name: kind for kind, name in lists.FILES.items()}


async def data(visit: Visit) -> Answer:
    """GET /settings/data."""
    return await _page(visit)


async def fetch_list(visit: Visit, name: str) -> Answer:
    """GET /settings/data/<name>.csv: one list of one's own (B125)."""
    kind = _BY_FILE.get(name)
    if kind is None:
        raise NotFound("There is no such list.")
    text = await exporting.csv_of(visit.instance, visit.me.actor, kind)
    return csv_file(name, text)


def csv_file(name: str, text: str) -> Answer:
    """Return a list as a file to keep."""
    return Answer(_OK, _download(name, "text/csv; charset=utf-8"), text.encode())


async def begin_import(visit: Visit) -> Answer:
    """POST /settings/data/import: the file is read now, and carried out by jobs."""
    form = visit.form
    try:
        await importing.begin(
            visit.instance,
            visit.me.user,
            _kind(form.line("kind")),
            form.file("file") or b"",
            overwrites=form.line("mode") == "overwrite",
        )
    except (Invalid, Conflict) as failure:
        return await _page(visit, failure)
    return redirect(f"{PATH}?said=importing#imports")


async def show_import(visit: Visit, import_id: str) -> Answer:
    """GET /settings/data/imports/<id>: how far it is, and the lines of which nothing came."""
    found = await transfers.find_import(paging.named_row(import_id, _NO_IMPORT))
    if found is None or found.user_id != visit.me.user.id:  # AU-29
        raise NotFound(_NO_IMPORT)
    failed = await transfers.failed_lines(found.id, importing.FAILED_SHOWN_MAX)
    return await settings.panel(
        visit,
        "settings_import.html",
        TITLE,
        made=await _import_view(visit, found),
        failed=[(one.number, ", ".join(one.cells[:2]), one.failure) for one in failed],
    )


async def undo_import(visit: Visit, import_id: str) -> Answer:
    """POST /settings/data/imports/<id>/undo: the posts that came by it go again (B127)."""
    wanted = paging.named_row(import_id, _NO_IMPORT)
    await bringing.undo(visit.instance, visit.me.user, wanted)
    return redirect(f"{PATH}?said=undoing#imports")


async def ask_archive(visit: Visit) -> Answer:
    """POST /settings/data/archive: one a week."""
    try:
        await archiving.ask(visit.instance, visit.me.user)
    except Conflict as failure:
        return await _page(visit, failure)
    return redirect(f"{PATH}?said=archiving#archive")


async def fetch_archive(visit: Visit, archive_id: str) -> Answer:
    """GET /settings/data/archives/<id>: by its owner alone, for a week (PV-23, AU-29)."""
    return await archive_of(visit, visit.me.user, visit.me.actor, archive_id)


async def archive_of(visit: Visit, user: User, actor: Actor, archive_id: str) -> Answer:
    """Return one of somebody's own archives as a file."""
    wanted = paging.named_row(archive_id, "There is no such archive.")
    found = await archiving.find(visit.instance, user, wanted)
    name = f"{actor.username}-{found.created_at:%Y-%m-%d}.zip"
    head = [*_download(name, "application/zip"), ("Content-Length", str(found.size_bytes))]
    return Answer(_OK, head, rest=_sending(visit, found))


def _sending(visit: Visit, archive: Archive) -> Rest:
    async def rest(_: Any, send: Any) -> None:
        async for part in archiving.content(visit.instance, archive):
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return rest


async def _page(visit: Visit, failure: Failure | None = None) -> Answer:
    user = visit.me.user
    imports = await transfers.imports_of(user.id, importing.SHOWN_MAX)
    archives = await archiving.list_of(user)
    return await settings.panel(
        visit,
        "settings_data.html",
        TITLE,
        failure,
        kinds=[(kind.value, name, lists.FILES.get(kind)) for kind, name in KINDS.items()],
        imports=[await _import_view(visit, one) for one in imports],
        archives=[archive_view(visit, one) for one in archives],
    )


async def _import_view(visit: Visit, made: Import) -> dict[str, Any]:
    done, failed = await transfers.count_lines(made.id)
    is_of_posts = made.kind is ImportKind.POSTS
    return {
        "id": made.id,
        "name": KINDS[made.kind],
        "when": words.when(made.created_at, visit.instance.now()),
        "overwrites": made.overwrites,
        "total": made.lines_total,
        "done": done,
        "failed": failed,
        "is_done": made.finished_at is not None,
        "posts": await transfers.count_imported(made.id) if is_of_posts else 0,
    }


def archive_view(visit: Visit, made: Archive) -> dict[str, Any]:
    """Return an archive as its owner is shown it."""
    now = visit.instance.now()
    return {
        "id": made.id,
        "when": words.when(made.created_at, now),
        "is_ready": made.finished_at is not None and now - made.created_at <= archiving.KEPT_FOR,
        "is_under_way": made.finished_at is None,
        "done": made.items_done,
        "total": made.items_total,
        "megabytes": f"{made.size_bytes / _MEGABYTE:.1f}",
    }


def _download(name: str, media_type: str) -> list[tuple[str, str]]:
    return [
        ("Content-Type", media_type),
        ("Content-Disposition", f'attachment; filename="{name}"'),
        ("Cache-Control", "private, no-store"),
    ]


def _kind(text: str) -> ImportKind:
    if text not in set(ImportKind):
        reason = "Choose what is in the file."
        raise Invalid(reason, fields={"kind": reason})
    return ImportKind(text)
