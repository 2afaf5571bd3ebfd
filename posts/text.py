"""The words of a post: what other files of `posts` and above need from text and markup. Pure.

The work is done in `actors/text.py` (reading), `actors/markup.py` (the only maker of `SafeHtml`)
and `actors/links.py`: profiles need them too, and `actors` stands below `posts` on the ladder.
"""

from collections.abc import Mapping

from actors.markup import ResolvedMention as ResolvedMention
from actors.markup import clean_html as clean_html
from actors.markup import plain_text as plain_text
from actors.markup import render as render
from actors.markup import render_plain as render_plain
from actors.text import clean_line as clean_line
from actors.text import clean_name as clean_name
from actors.text import clean_source as clean_source
from actors.text import find_hashtags as find_hashtags
from actors.text import find_mentions as find_mentions
from actors.text import fold_hashtag as fold_hashtag
from actors.text import is_hashtag as is_hashtag
from actors.text import letters as letters
from storage.records import Actor


def resolve_mentions(actors: Mapping[str, Actor]) -> dict[str, ResolvedMention]:
    """Actors by the handle that was typed (as `find_mentions` gives it) -> what `render` needs."""
    return {
        handle: ResolvedMention(username=actor.username, url=actor.url or actor.uri)
        for handle, actor in actors.items()
    }
