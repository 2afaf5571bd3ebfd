"""The routes for other servers; they mirror `federation/addresses.py`.

`server`: other servers come here; whether a signature is needed is decided by the use case.
"""

from typing import Final

from webapp.activitypub import actors, collections, inbox, objects, wellknown
from webapp.routing import Route

ROUTES: Final = (
    # actors
    Route("GET", "/actors/<actor_id>", actors.show, scope="server"),
    Route("POST", "/actors/<actor_id>/inbox", inbox.post_personal, scope="server"),
    Route("POST", "/inbox", inbox.post_shared, scope="server"),
    Route("GET", "/actors/<actor_id>/outbox", collections.outbox, scope="server"),
    Route("GET", "/actors/<actor_id>/followers", collections.followers, scope="server"),
    Route("GET", "/actors/<actor_id>/following", collections.following, scope="server"),
    Route("GET", "/actors/<actor_id>/featured", collections.featured, scope="server"),
    # objects
    Route("GET", "/posts/<post_id>", objects.show_post, scope="server"),
    Route("GET", "/posts/<post_id>/replies", collections.replies, scope="server"),
    Route("GET", "/activities/<activity_id>", objects.show_activity, scope="server"),
    # well-known
    Route("GET", "/.well-known/webfinger", wellknown.find, scope="public"),
    Route("GET", "/.well-known/host-meta", wellknown.host_meta, scope="public"),
    Route("GET", "/.well-known/host-meta.json", wellknown.host_meta_json, scope="public"),
    Route("GET", "/.well-known/nodeinfo", wellknown.nodeinfo_links, scope="public"),
    Route("GET", "/nodeinfo/2.0", wellknown.nodeinfo_2_0, scope="public"),
    Route("GET", "/nodeinfo/2.1", wellknown.nodeinfo_2_1, scope="public"),
)
