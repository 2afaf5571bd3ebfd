"""The routes for other servers; they mirror `federation/addresses.py`.

`server`: other servers come here, by the door of `admission.py`; what needs a signature beyond
that is decided by the use case.
"""

from typing import Final

from webapp.activitypub import (
    actors,
    admission,
    collections,
    contexts,
    emojis,
    inbox,
    objects,
    stamps,
    wellknown,
)
from webapp.activitypub import client_to_server as clients
from webapp.calls import call
from webapp.routing import plain

UPLOAD_BYTES_MAX: Final = 100 * 1024 * 1024
UPLOAD: Final = call(clients.upload_media, "write", body_bytes_max=UPLOAD_BYTES_MAX)

_ROUTES: Final = (
    # actors
    plain("GET", "/actors/<actor_id>", actors.show, scope="server"),
    plain("POST", "/actors/<actor_id>/inbox", inbox.post_personal, scope="server"),
    plain("POST", "/inbox", inbox.post_shared, scope="server"),
    plain("GET", "/actors/<actor_id>/outbox", collections.outbox, scope="server"),
    # clients (ActivityPub 6)
    plain("POST", "/actors/<actor_id>/outbox", call(clients.post_outbox, "write"), scope="write"),
    plain("GET", "/actors/<actor_id>/inbox", call(clients.read_inbox, "read"), scope="read"),
    plain("POST", "/proxy", call(clients.proxy, "read"), scope="read"),
    plain("POST", "/upload", UPLOAD, scope="write"),
    plain("GET", "/actors/<actor_id>/followers", collections.followers, scope="server"),
    plain(
        "GET",
        "/actors/<actor_id>/followers/synchronization",
        collections.followers_at_asker,
        scope="server",
    ),
    plain("GET", "/actors/<actor_id>/following", collections.following, scope="server"),
    plain("GET", "/actors/<actor_id>/featured", collections.featured, scope="server"),
    plain("GET", "/actors/<actor_id>/tags", collections.featured_tags, scope="server"),
    # objects
    plain("GET", "/posts/<post_id>", objects.show_post, scope="server"),
    plain("GET", "/posts/<post_id>/replies", collections.replies, scope="server"),
    plain("GET", "/posts/<post_id>/context", contexts.show, scope="server"),
    plain("GET", "/posts/<post_id>/likes", collections.likes, scope="server"),
    plain("GET", "/posts/<post_id>/shares", collections.shares, scope="server"),
    plain("GET", "/activities/<activity_id>", objects.show_activity, scope="server"),
    plain("GET", "/stamps/<stamp_id>", stamps.show, scope="server"),
    plain("GET", "/emojis/<shortcode>", emojis.show, scope="server"),
    # well-known
    plain("GET", "/.well-known/webfinger", wellknown.find, scope="public"),
    plain("GET", "/.well-known/host-meta", wellknown.host_meta, scope="public"),
    plain("GET", "/.well-known/host-meta.json", wellknown.host_meta_json, scope="public"),
    plain("GET", "/.well-known/nodeinfo", wellknown.nodeinfo_links, scope="public"),
    plain("GET", "/nodeinfo/2.0", wellknown.nodeinfo_2_0, scope="public"),
    plain("GET", "/nodeinfo/2.1", wellknown.nodeinfo_2_1, scope="public"),
)

# Who is let in is decided at one door, whatever a line above forgets.
ROUTES: Final = tuple(map(admission.guarded, _ROUTES))
