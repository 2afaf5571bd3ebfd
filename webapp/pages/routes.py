"""The web pages as one table, a line an address; who may enter stands at the end of each line."""

from webapp.pages import admin, assets, entry, reading, relations, reporting, settings, writing
from webapp.pages.visit import ADMIN, MODERATOR, PUBLIC, SESSION, PageHandler, page
from webapp.routing import Route, plain


def _page(method: str, path: str, handler: PageHandler, scope: str) -> Route:
    return plain(method, path, page(handler, scope), scope)


ROUTES = (
    # entry
    _page("GET", "/", entry.landing, PUBLIC),
    _page("GET", "/sign-up", entry.sign_up_form, PUBLIC),
    _page("POST", "/sign-up", entry.sign_up, PUBLIC),
    _page("GET", "/log-in", entry.log_in_form, PUBLIC),
    _page("GET", "/login", entry.log_in_form, PUBLIC),  # as mails say and people guess
    _page("POST", "/log-in", entry.log_in, PUBLIC),
    _page("POST", "/log-out", entry.log_out, SESSION),
    _page("GET", "/setup/<token>", entry.setup_form, PUBLIC),
    _page("POST", "/setup/<token>", entry.set_up, PUBLIC),
    _page("GET", "/confirm", entry.resend_form, PUBLIC),
    _page("POST", "/confirm", entry.resend, PUBLIC),
    _page("GET", "/confirm/<token>", entry.confirm_form, PUBLIC),
    _page("POST", "/confirm/<token>", entry.confirm, PUBLIC),
    # reading
    _page("GET", "/home", reading.read_home, SESSION),
    _page("GET", "/explore", reading.explore, PUBLIC),
    _page("GET", "/explore/everywhere", reading.explore_everywhere, PUBLIC),
    _page("GET", "/tags/<name>", reading.hashtag, PUBLIC),
    _page("GET", "/favourites", reading.favourites, SESSION),
    _page("GET", "/saved", reading.saved, SESSION),
    _page("GET", "/private", reading.private, SESSION),
    _page("GET", "/search", reading.search, PUBLIC),
    _page("GET", "/notifications", reading.read_notifications, SESSION),
    _page("POST", "/notifications/read", reading.mark_notifications_read, SESSION),
    # writing
    _page("GET", "/compose", writing.compose_form, SESSION),
    _page("POST", "/compose", writing.compose, SESSION),
    _page("GET", "/posts/<post_id>/edit", writing.edit_form, SESSION),
    _page("POST", "/posts/<post_id>/edit", writing.edit, SESSION),
    _page("GET", "/posts/<post_id>/delete", writing.delete_form, SESSION),
    _page("POST", "/posts/<post_id>/delete", writing.delete, SESSION),
    _page("GET", "/posts/<post_id>/report", reporting.form_about_post, SESSION),
    _page("POST", "/posts/<post_id>/report", reporting.report_post, SESSION),
    _page("GET", "/posts/<post_id>/history", reading.history, PUBLIC),
    _page("GET", "/posts/<post_id>/favourites", relations.favourited_by, PUBLIC),
    _page("GET", "/posts/<post_id>/boosts", relations.boosted_by, PUBLIC),
    _page("POST", "/posts/<post_id>/favourite", writing.favourite, SESSION),
    _page("POST", "/posts/<post_id>/boost", writing.boost, SESSION),
    _page("POST", "/posts/<post_id>/save", writing.save, SESSION),
    _page("POST", "/posts/<post_id>/pin", writing.pin, SESSION),
    # people
    _page("POST", "/follow", relations.follow_anyone, SESSION),
    _page("GET", "/requests", relations.requests, SESSION),
    _page("POST", "/requests", relations.answer_request, SESSION),
    _page("GET", "/@<handle>", relations.profile, PUBLIC),
    _page("GET", "/@<handle>/replies", relations.profile_with_replies, PUBLIC),
    _page("GET", "/@<handle>/followers", relations.followers, PUBLIC),
    _page("GET", "/@<handle>/following", relations.follows, PUBLIC),
    _page("POST", "/@<handle>/follow", relations.follow, SESSION),
    _page("POST", "/@<handle>/block", relations.block, SESSION),
    _page("POST", "/@<handle>/mute", relations.mute, SESSION),
    _page("GET", "/@<handle>/report", reporting.form_about_person, SESSION),
    _page("POST", "/@<handle>/report", reporting.report_person, SESSION),
    _page("POST", "/@<handle>/remove-follower", relations.remove_follower, SESSION),
    _page("GET", "/@<handle>/<post_id>", reading.show_post, PUBLIC),
    # settings
    _page("GET", "/settings", settings.start, SESSION),
    _page("GET", "/settings/profile", settings.profile_form, SESSION),
    _page("POST", "/settings/profile", settings.change_profile, SESSION),
    _page("GET", "/settings/looks", settings.looks_form, SESSION),
    _page("POST", "/settings/looks", settings.change_looks, SESSION),
    _page("GET", "/settings/posting", settings.posting_form, SESSION),
    _page("POST", "/settings/posting", settings.change_posting, SESSION),
    _page("GET", "/settings/privacy", settings.privacy_form, SESSION),
    _page("POST", "/settings/privacy", settings.change_privacy, SESSION),
    _page("GET", "/settings/blocks", settings.blocks, SESSION),
    _page("GET", "/settings/sign-in", settings.sign_in_form, SESSION),
    _page("POST", "/settings/sign-in/password", settings.change_password, SESSION),
    _page("POST", "/settings/sign-in/end", settings.end_session, SESSION),
    _page("GET", "/settings/delete", settings.delete_form, SESSION),
    _page("POST", "/settings/delete", settings.delete, SESSION),
    # admin
    _page("GET", "/admin", admin.sign_ups, ADMIN),
    _page("POST", "/admin/sign-ups", admin.answer_sign_up, ADMIN),
    _page("GET", "/admin/reports", reporting.reports, MODERATOR),
    _page("POST", "/admin/reports", reporting.answer_report, MODERATOR),
    _page("GET", "/admin/invites", admin.invites, ADMIN),
    _page("POST", "/admin/invites", admin.invite, ADMIN),
    _page("GET", "/admin/server", admin.server_form, ADMIN),
    _page("POST", "/admin/server", admin.change_server, ADMIN),
    # assets
    Route("GET", "/static/<content_hash>/<name>", assets.static, PUBLIC),
    Route("GET", "/avatars/<name>", assets.avatar, PUBLIC),
    Route("GET", "/media/<name>", assets.media, PUBLIC),
    Route("GET", "/manifest.webmanifest", assets.manifest, PUBLIC),
    Route("GET", "/favicon.ico", assets.favicon, PUBLIC),
    Route("GET", "/robots.txt", assets.robots, PUBLIC),
)
