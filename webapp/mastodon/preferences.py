"""Chapter preferences of the client API, https://docs.joinmastodon.org/methods/preferences/."""

from webapp.calls import Call
from webapp.mastodon import entities as e
from webapp.mastodon.accounts_rendering import quote_policy, visibility


async def show(call: Call) -> e.Preferences:
    """GET /api/v1/preferences: what pages and apps of somebody have in common."""
    chosen = call.me.user.preferences
    return {
        "posting:default:visibility": visibility(chosen.default_visibility),
        "posting:default:sensitive": chosen.default_sensitive,
        "posting:default:language": chosen.language,
        "posting:default:quote_policy": quote_policy(call.me.user),
        # How the pages show what is sensitive: nobody can choose it otherwise.
        "reading:expand:media": "default",
        "reading:expand:spoilers": False,
        "reading:autoplay:gifs": False,
    }
