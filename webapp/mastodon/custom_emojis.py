"""The custom emoji of this server. See docs.joinmastodon.org, methods, custom_emojis."""

from federation.addresses import still_address
from storage import emojis
from storage.records import CustomEmoji
from webapp.calls import Call
from webapp.mastodon import accounts_loading
from webapp.mastodon import entities as e
from webapp.mastodon.accounts_rendering import Here


async def index(call: Call) -> list[e.CustomEmoji]:
    """GET /api/v1/custom_emojis."""
    here = accounts_loading.here(call.instance)
    return [_entity(each, here) for each in await emojis.list_all()]


def _entity(emoji: CustomEmoji, here: Here) -> e.CustomEmoji:
    url = here.absolute(emoji.url)
    return {
        "shortcode": emoji.shortcode,
        "url": url,
        "static_url": still_address(url),
        "visible_in_picker": True,
    }
