"""Pictures, films and sounds in the form to write in; it works without scripts.

What was chosen is stored at once and stays in the form, also when something else in it is wrong. A
file without a description is asked about once before it goes out (B59).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from federation.addresses import Addresses
from instance.errors import Invalid
from instance.resources import Instance
from posts import files
from posts.drafts import FileChange
from posts.files import PER_POST_MAX, FocalPoint
from storage import media
from storage.records import Actor, Attachment, Media, MediaState, Post, RowId
from webapp.forms import Fields
from webapp.pages import cropping
from webapp.pages.visit import Visit

ASKED = "Say what it shows, for those who cannot see it. Or press the button once more."
_ADDING = frozenset({"add", "another"})
_CHOICES = frozenset(map(str, range(len(cropping.PARTS))))
_TOO_MANY = f"A post has room for {PER_POST_MAX} files."


@dataclass(frozen=True, slots=True)
class FileField:
    """A file in the form; `preview` is '' where there is nothing to see."""

    id: int
    kind: str
    preview: str
    description: str
    words: str = ""
    part: int = cropping.part_of(None)
    """What of a picture stays in sight where it is cropped (B60), as a place in `parts`."""
    focal_point: FocalPoint | None = None
    """The same as a point, where the form says something new."""

    parts: ClassVar = cropping.PARTS


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
        return {
            RowId(each.id): FileChange(each.description, each.focal_point) for each in self.fields
        }

    @property
    def lacks_words(self) -> bool:
        """Whether one of them has no description."""
        return any(not each.description for each in self.fields)


async def read(visit: Visit, suffix: str = "", held_by: RowId | None = None) -> Attached:
    """Take in what was chosen, and drop what is to be taken out; says itself what went wrong.

    `suffix` is that of the fields of one of several posts, `held_by` the draft that has its files.
    """
    form, me = visit.form, visit.me.actor
    ids = [
        form.id(name) for place in range(PER_POST_MAX) if form.get(name := f"media{suffix}_{place}")
    ]
    kept = await _kept(visit.instance, me, form, ids, held_by)
    new = form.files_of(f"files{suffix}")
    room = PER_POST_MAX - len(kept)
    error = "" if len(new) <= room else _TOO_MANY
    try:
        for data in new[:room]:
            kept.append(await files.accept(visit.instance, me, data))
    except Invalid as wrong:
        error = wrong.public
    return Attached(tuple(_field(each, form, visit.instance.addresses) for each in kept), error)


def of_post(visit: Visit, post: Post) -> tuple[FileField, ...]:
    """Return the files of a post that is edited."""
    addresses = visit.instance.addresses
    return tuple(
        FileField(
            *(each.media_id, each.kind, _preview(each, addresses), each.description),
            part=cropping.part_of(each.focal_point),
        )
        for each in post.attachments
        if each.media_id is not None
    )


async def of_draft(visit: Visit, media_ids: Sequence[RowId]) -> dict[RowId, FileField]:
    """Return the files of a draft, those that are still there."""
    found = await files.own(visit.me.actor, media_ids)
    return {each.id: _field(each, Fields(), visit.instance.addresses) for each in found}


def is_to_wait(form: Fields, attached: Sequence[Attached]) -> bool:
    """Whether the form is shown again first: something went wrong, was added, or is to be said."""
    is_adding = _is_adding(form) or any(form.is_checked(name) for name in _removing(form))
    is_asked = any(each.lacks_words for each in attached) and not form.is_checked("files_asked")
    return any(each.error for each in attached) or is_adding or is_asked


def problem(form: Fields, attached: Sequence[Attached]) -> str:
    """Return what is to be said of the files before the post goes out (B59)."""
    errors = [each.error for each in attached if each.error]
    is_asked = any(each.lacks_words for each in attached) and not _is_adding(form)
    return errors[0] if errors else ASKED if is_asked else ""


def _is_adding(form: Fields) -> bool:
    return form.get("do") in _ADDING


async def _kept(
    instance: Instance, me: Actor, form: Fields, ids: Sequence[int], held_by: RowId | None
) -> list[Media]:
    """The files that were in the form already, described as it says, without those taken out."""
    found = await media.of_actor(me.id, ids)
    kept = []
    for media_id in ids:
        each = found.get(RowId(media_id))
        if each is None:
            continue
        if not form.is_checked(f"remove_{media_id}"):
            is_free = each.post_id in {None, held_by}
            kept.append(
                await _described(instance, me, each, form) if is_free else each
            )  # else: an edit
        elif each.post_id is None:
            await files.discard(instance, me, each.id)
    return kept


async def _described(instance: Instance, me: Actor, of: Media, form: Fields) -> Media:
    words = form.text(f"alt_{of.id}").strip()[: files.DESCRIPTION_LETTERS_MAX]
    point = _new_point(of, form)
    if words == of.description and point is None:
        return of
    return await files.describe(instance, me, of.id, description=words, focal_point=point)


def _new_point(of: Media, form: Fields) -> FocalPoint | None:
    """Return what the form says of the middle of a picture; None where it stays as it is.

    An app may have set it to the letter: as long as it lies in the chosen part, it does.
    """
    chosen = form.get(f"focus_{of.id}", "")
    if chosen not in _CHOICES or int(chosen) == cropping.part_of(of.focal_point):
        return None
    return cropping.middle_of(int(chosen))


def _field(of: Media, form: Fields, addresses: Addresses) -> FileField:
    name = f"alt_{of.id}"
    words = form.text(name).strip() if name in form else of.description
    is_waiting = of.state is MediaState.WAITING
    said = "It is being prepared, which takes a while." if is_waiting else of.error
    preview = _preview(of, addresses)
    point = _new_point(of, form)
    return FileField(
        *(of.id, of.kind, preview, words[: files.DESCRIPTION_LETTERS_MAX], said),
        part=cropping.part_of(point or of.focal_point),
        focal_point=point,
    )


def _preview(of: Media | Attachment, addresses: Addresses) -> str:
    url = of.preview_url or (of.url if of.kind == "image" else None)
    return addresses.private_file(url) if url else ""


def _removing(form: Fields) -> Sequence[str]:
    return [name for name in form if name.startswith("remove_")]
