"""Chapter assets: static files, default avatars, manifest, robots.txt."""

import json
import re

from quart import Response, request

from actors.avatars import default_avatar, default_avatar_png
from instance.errors import NotFound
from instance.resources import Instance
from storage import site
from webapp import files

_AVATAR = re.compile(r"([A-Za-z0-9_.-]{1,64})\.(svg|png)")
# MD-7: a picture can run nothing, even opened alone.
_SANDBOX = {"Content-Security-Policy": "default-src 'none'; sandbox"}
_DAY = "public, max-age=86400"


async def static(instance: Instance, content_hash: str, name: str) -> Response:
    """GET /static/<hash>/<name>: one of our own files, packed for those who can unpack it."""
    del instance
    found = files.find(name)
    if found is None:
        raise NotFound("There is no such file.")
    headers = {"Cache-Control": files.cache_control(found, content_hash)}
    if found.media_type == "image/svg+xml":
        headers |= {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    content = found.content
    if found.packed is not None:
        headers |= {"Vary": "Accept-Encoding"}
        if request.accept_encodings.quality("gzip") > 0:
            content = found.packed
            headers |= {"Content-Encoding": "gzip"}
    return Response(content, content_type=found.media_type, headers=headers)


async def avatar(instance: Instance, name: str) -> Response:
    """GET /avatars/<name>.svg, and .png for apps: four tiles for who chose no picture."""
    del instance
    found = _AVATAR.fullmatch(name)
    if found is None:
        raise NotFound("There is no such picture.")
    headers = {"Cache-Control": _DAY, **_SANDBOX}
    if found[2] == "png":
        return Response(default_avatar_png(found[1]), content_type="image/png", headers=headers)
    return Response(default_avatar(found[1]), content_type="image/svg+xml", headers=headers)


async def manifest(instance: Instance) -> Response:
    """GET /manifest.webmanifest: so that phones can keep the server on their first page."""
    del instance
    name = (await site.read()).name
    icon = {"src": files.url("mark.svg"), "sizes": "any", "type": "image/svg+xml"}
    document = {
        "name": name,
        "short_name": name[:12],
        "start_url": "/home",
        "display": "standalone",
        "background_color": "#f6f3ec",
        "theme_color": "#0b5a4b",
        "icons": [{**icon, "purpose": "any maskable"}],
        "share_target": {
            "action": "/compose",
            "method": "GET",
            "enctype": "application/x-www-form-urlencoded",
            "params": {"title": "title", "text": "text", "url": "url"},
        },
    }
    body = json.dumps(document, ensure_ascii=False)
    headers = {"Cache-Control": "public, max-age=3600"}
    return Response(body, content_type="application/manifest+json", headers=headers)


async def favicon(instance: Instance) -> Response:
    """GET /favicon.ico, for those who ask without reading the page."""
    del instance
    found = files.find("mark.svg")
    if found is None:
        raise NotFound("There is no such picture.")
    headers = {"Cache-Control": _DAY}
    return Response(found.content, content_type=found.media_type, headers=headers)


async def robots(instance: Instance) -> Response:
    """GET /robots.txt: what is personal or endless is not for machines."""
    del instance
    private = ("/settings", "/admin", "/search", "/log-in", "/compose", "/explore", "/tags/")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in private)]
    headers = {"Cache-Control": _DAY}
    text = "\n".join(lines) + "\n"
    return Response(text, content_type="text/plain; charset=utf-8", headers=headers)
