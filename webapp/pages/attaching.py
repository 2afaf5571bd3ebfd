"""Pictures, films and sounds in the form to write in; it works without scripts.

What was chosen is stored at once and stays in the form, also when something else in it is wrong. A
file without a description is asked about once before it goes out (B59).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from instance.errors import Invalid
from instance.resources import Instance
from posts import files
from posts.drafts import FileChange
from posts.files import PER_POST_MAX
from storage import media
from storage.records import Actor, Attachment, Media, MediaState, Post, RowId
from webapp.forms import Fields
from webapp.pages.visit import Visit

ASKED = "Say what it shows, for those who cannot see it. Or press the button once more."
_TOO_MANY = f"A post has room for {PER_POST_MAX} files."


@dataclass(frozen=True, slots=True)
class FileField:
    """A file in the form; `preview` is '' where there is nothing to see."""

    id: int
    kind: str
    preview: str
    description: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Attached:
    """The files of a form as it was sent, and what it says of them."""

    fields: tuple[FileField, ...] = ()
    error: str = ""

    @property
    def ids(self) -> tuple[RowId, ...]:
        """The files, in their order."""
        return tuple(RowId(each.id) for each in self.fields)

    @property
    def changes(self) -> dict[RowId, FileChange]:
        """What an edit says of them."""
        return {RowId(each.id): FileChange(each.description) for each in self.fields}

    @property
    def lacks_words(self) -> bool:
        """Whether one of them has no description."""
        return any(not each.description for each in self.fields)


async def read(visit: Visit) -> Attached:
    """Take in what was chosen, and drop what is to be taken out; says itself what went wrong."""
    form, me = visit.form, visit.me.actor
    kept = await _kept(visit.instance, me, form)
    new = form.files_of("files")
    room = PER_POST_MAX - len(kept)
    error = "" if len(new) <= room else _TOO_MANY
    try:
        for data in new[:room]:
            kept.append(await files.accept(visit.instance, me, data))
    except Invalid as wrong:
        error = wrong.public
    return Attached(tuple(_field(each, form) for each in kept), error)


def of_post(post: Post) -> tuple[FileField, ...]:
    """Return the files of a post that is edited."""
    return tuple(
        FileField(each.media_id, each.kind, _preview(each), each.description)
        for each in post.attachments
        if each.media_id is not None
    )


def is_to_wait(form: Fields, attached: Attached) -> bool:
    """Whether the form is shown again first: something went wrong, was added, or is to be said."""
    is_adding = form.get("do") == "add" or any(form.is_checked(name) for name in _removing(form))
    is_asked = attached.lacks_words and not form.is_checked("files_asked")
    return bool(attached.error) or is_adding or is_asked


async def _kept(instance: Instance, me: Actor, form: Fields) -> list[Media]:
    """The files that were in the form already, described as it says, without those taken out."""
    ids = [form.id(f"media_{place}") for place in range(PER_POST_MAX) if form.get(f"media_{place}")]
    found = await media.of_actor(me.id, ids)
    kept = []
    for media_id in ids:
        each = found.get(RowId(media_id))
        if each is None:
            continue
        if not form.is_checked(f"remove_{media_id}"):
            kept.append(await _described(instance, me, each, form))
        elif each.post_id is None:
            await files.discard(instance, me, each.id)
    return kept


async def _described(instance: Instance, me: Actor, of: Media, form: Fields) -> Media:
    words = form.text(f"alt_{of.id}").strip()[: files.DESCRIPTION_LETTERS_MAX]
    if words == of.description or of.post_id is not None:
        return of  # an edit says it of the post
    return await files.describe(instance, me, of.id, description=words, focal_point=None)


def _field(of: Media, form: Fields) -> FileField:
    name = f"alt_{of.id}"
    words = form.text(name).strip() if name in form else of.description
    is_waiting = of.state is MediaState.WAITING
    said = "It is being prepared, which takes a while." if is_waiting else of.error
    preview = of.preview_url or (of.url if of.kind == "image" else None) or ""
    return FileField(of.id, of.kind, preview, words[: files.DESCRIPTION_LETTERS_MAX], said)


def _preview(of: Attachment) -> str:
    return of.preview_url or (of.url if of.kind == "image" else "")


def _removing(form: Fields) -> Sequence[str]:
    return [name for name in form if name.startswith("remove_")]
