"""Posts → documents for other servers; pure. How they are spelt and why: `serializing.py`."""

from federation import consent_serializing
from federation.vocabulary import Attachment, Document, Json, LinkPreview, Note, Poll
from federation.writing import described, emoji_tags, finish, given, id_list, known, time_text


def note_document(note: Note, *, with_context: bool = True) -> Document:
    """Write a Note, Question or Article. An edited one has `updated`, or nobody applies it."""
    languages = note.content_by_language
    if not languages and note.language and note.content:
        languages = {note.language: note.content}
    document: Document = {
        "id": note.id,
        "type": note.type,
        "attributedTo": note.attributed_to,
        "content": note.content,
        "to": id_list(note.to),
        "cc": id_list(note.cc),
        "summary": note.summary,
        "sensitive": note.is_sensitive,
        "inReplyTo": note.in_reply_to,
        "tag": _tags(note),
        "attachment": [
            *(_attachment(attachment) for attachment in note.attachments),
            *(_link(link) for link in note.links),
        ],
    }
    document |= given(
        {
            "contentMap": dict(languages),
            "name": note.name,
            "nameMap": dict(note.name_by_language),
            "summaryMap": dict(note.summary_by_language),
            "published": time_text(note.published),
            "updated": time_text(note.updated),
            "url": note.url,
            "audience": id_list(note.audience),
            "conversation": note.conversation,
            "context": note.context,
            "replies": note.replies,
            "likes": note.likes,
            "shares": note.shares,
            "source": _source(note),
            **consent_serializing.note_parts(note),
        }
    )
    if note.poll is not None:
        document |= _poll(note.poll)
    if note.name and note.in_reply_to and not note.content:
        del document["content"]  # E132: a vote has a name and no text
    return finish(document, with_context=with_context)


def _source(note: Note) -> Document | None:
    """ActivityPub 3.3: what the author typed, where the content does not say all of it."""
    if note.source is None or note.source_media_type != "text/markdown":
        return None
    return {"content": note.source, "mediaType": note.source_media_type}


def _tags(note: Note) -> list[Json]:
    mentions: list[Json] = [
        {"type": "Mention", "href": tag.href, "name": tag.name} for tag in note.mentions
    ]
    hashtags: list[Json] = [
        {"type": "Hashtag", **given({"href": tag.href}), "name": f"#{tag.name}"}
        for tag in note.hashtags
    ]
    return mentions + hashtags + emoji_tags(note.emojis) + consent_serializing.quote_links(note)


def _attachment(attachment: Attachment) -> Document:
    point = attachment.focal_point
    return {
        "type": attachment.type,
        "url": attachment.url,
        **described(attachment.description),
        **given(
            {
                "mediaType": attachment.media_type,
                "width": attachment.width,
                "height": attachment.height,
                "blurhash": attachment.blurhash,
                "focalPoint": list(point) if point else None,
                "duration": _duration(attachment.duration_s),
                "sensitive": attachment.is_sensitive or None,
                "size": attachment.size_bytes,
                "digestMultibase": attachment.digest,
            }
        ),
    }


def _link(link: LinkPreview) -> Document:
    """FEP-8967: which link of a post is worth a preview, and the preview if we have one."""
    preview = given({"name": link.title, "summary": link.description})
    return {
        "type": "Link",
        "mediaType": "text/html",
        "href": link.url,
        **({"name": link.title, "preview": {"type": "Article", **preview}} if link.title else {}),
    }


def _duration(seconds: float | None) -> str | None:
    return f"PT{seconds:.3f}S" if seconds is not None else None


def _poll(poll: Poll) -> Document:
    options: list[Json] = [
        {
            "type": "Note",
            "name": option.name,
            "replies": {"type": "Collection", **known({"totalItems": option.votes})},
        }
        for option in poll.options
    ]
    document: Document = {"anyOf" if poll.is_multiple else "oneOf": options}
    return (
        document
        | given(
            {
                "endTime": time_text(poll.ends_at),
                "closed": time_text(poll.closed_at),
            }
        )
        | known({"votersCount": poll.voters})
    )
