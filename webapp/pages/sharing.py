"""Chapter sharing: the link of a post, its original, and the code to show it elsewhere (B87)."""

from urllib.parse import quote

from posts import threads
from posts.visibility import WIDE
from storage import actors
from storage.records import Visibility
from webapp import embedding
from webapp.asking import Answer
from webapp.pages import finding, presenting, views
from webapp.pages.visit import Visit

_ONLY = {
    Visibility.LOCAL: "Only people who are logged in on this server can open this link.",
    Visibility.FOLLOWERS: "Only followers of its author can open this link.",
    Visibility.DIRECT: "Only the people this post mentions can open this link.",
}


async def share(visit: Visit, post_id: str) -> Answer:
    """GET /posts/<id>/share: all there without scripts; with them it copies and hands on."""
    post = await threads.visible_post(visit.instance, finding.post_id(post_id), visit.reader)
    author = await actors.get(post.actor_id)
    path = f"{visit.instance.settings.base_url}{views.post_path(post, author)}"
    original = views.original_url(post, author)
    name = author.name or author.username
    return await presenting.page(
        visit,
        "share.html",
        here="",
        post_id=post.id,
        name=name,
        path=path,
        link=original or path,
        original=original,
        host=author.host,
        excerpt=views.post_excerpt(post),
        mail=f"mailto:?body={quote(original or path, safe='')}",
        only=_ONLY.get(post.visibility, ""),
        code=embedding.code(path, name) if post.is_local and post.visibility in WIDE else "",
    )
