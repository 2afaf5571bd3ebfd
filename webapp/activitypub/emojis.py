"""GET a custom emoji of this server, by the id that stands in posts and profiles (FEP-9098)."""

from federation.vocabulary import EmojiTag
from federation.writing import emoji_tag, finish
from instance.errors import NotFound
from instance.resources import Instance
from storage import emojis
from webapp.activitypub import negotiation
from webapp.asking import Answer, Asked


async def show(instance: Instance, asked: Asked, shortcode: str) -> Answer:
    """GET /emojis/<shortcode>."""
    found = await emojis.find(shortcode)
    if found is None:
        raise NotFound("There is no emoji at this address.")
    tag = EmojiTag(
        found.shortcode,
        found.url,
        id=instance.addresses.emoji(found.shortcode),
        updated=found.created_at,
        media_type=found.media_type,
    )
    document = finish(emoji_tag(tag), with_context=True)
    return negotiation.answer(asked, negotiation.write(document))
