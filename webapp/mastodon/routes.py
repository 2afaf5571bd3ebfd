"""The client API as one table, a line an endpoint, in the order of Mastodon's documentation."""

from typing import Final

from webapp.calls import APP, PUBLIC, WAITING, CallHandler, call
from webapp.mastodon import (
    accounts,
    announcements,
    annual_reports,
    apps,
    async_refreshes,
    blocks,
    collections,
    conversations,
    custom_emojis,
    endorsements,
    featured_tags,
    filters,
    follow_requests,
    grouped_notifications,
    health,
    instances,
    lists,
    markers,
    media,
    notification_requests,
    notifications,
    oembed,
    polls,
    preferences,
    profile,
    push,
    reactions,
    relationships,
    reports,
    scheduled,
    search,
    sign_ups,
    statuses,
    suggestions,
    tags,
    timelines,
    trends,
)
from webapp.routing import Route, plain

UPLOAD_BYTES_MAX: Final = 100 * 1024 * 1024
_ACCOUNT: Final = "write:accounts"
_COLLECTIONS: Final = "write:collections"
_OPEN_ACCOUNTS: Final = f"{PUBLIC} read:accounts"
_OPEN_STATUSES: Final = f"{PUBLIC} read:statuses"
_OPEN_COLLECTIONS: Final = f"{PUBLIC} read:collections"
_ITEMS: Final = "/api/v1/collections/<pack_id>/items"


def _line(method: str, path: str, handler: CallHandler, scope: str) -> Route:
    return plain(method, path, call(handler, scope), scope)


def _upload(path: str, handler: CallHandler) -> Route:
    """A line whose body is a file; how large one may be is the handler's question."""
    answer = call(handler, "write:media", body_bytes_max=UPLOAD_BYTES_MAX)
    return plain("POST", path, answer, "write:media")


def _press(what: str, handler: CallHandler, scope: str) -> Route:
    """Something that one does to a status."""
    return _line("POST", f"/api/v1/statuses/<status_id>/{what}", handler, scope)


_TOLD: Final = "read:notifications"
_TELLS: Final = "write:notifications"
_ANNOUNCEMENTS: Final = "/api/v1/announcements"
_EMOJI: Final = "/api/v1/announcements/<announcement_id>/reactions/<name>"
_GROUP: Final = "/api/v2/notifications/<group_key>"
_REQUESTS: Final = "/api/v1/notifications/requests"


def _account(method: str, what: str, handler: CallHandler, scope: str) -> Route:
    """Something of somebody, or that one does to somebody."""
    return _line(method, f"/api/v1/accounts/<account_id>{what}", handler, scope)


def _pictures(path: str, handler: CallHandler) -> Route:
    """A line whose body may bring an avatar and a header."""
    answer = call(handler, _ACCOUNT, body_bytes_max=2 * UPLOAD_BYTES_MAX)
    return plain("PATCH", path, answer, _ACCOUNT)


ROUTES = (
    # apps
    _line("POST", "/api/v1/apps", apps.create, PUBLIC),
    _line("GET", "/api/v1/apps/verify_credentials", apps.verify_credentials, APP),
    # sign-up by apps
    _line("POST", "/api/v1/accounts", sign_ups.create, f"{APP} {_ACCOUNT}"),
    _line(
        "POST",
        "/api/v1/emails/confirmations",
        sign_ups.confirm_email_again,
        f"{WAITING} {_ACCOUNT}",
    ),
    _line(
        "GET",
        "/api/v1/emails/check_confirmation",
        sign_ups.is_email_confirmed,
        f"{WAITING} read:accounts",
    ),
    # collections
    _line("POST", "/api/v1/collections", collections.create, _COLLECTIONS),
    _line("GET", "/api/v1/collections/<pack_id>", collections.show, _OPEN_COLLECTIONS),
    _line("PATCH", "/api/v1/collections/<pack_id>", collections.change, _COLLECTIONS),
    _line("DELETE", "/api/v1/collections/<pack_id>", collections.remove, _COLLECTIONS),
    _line("POST", f"{_ITEMS}", collections.add_item, _COLLECTIONS),
    _line("DELETE", f"{_ITEMS}/<item_id>", collections.remove_item, _COLLECTIONS),
    _line("POST", f"{_ITEMS}/<item_id>/revoke", collections.revoke_item, _COLLECTIONS),
    _line(
        "GET",
        "/api/v1/accounts/<account_id>/collections",
        collections.of_account,
        _OPEN_COLLECTIONS,
    ),
    _line(
        "GET",
        "/api/v1/accounts/<account_id>/in_collections",
        collections.with_account,
        _OPEN_COLLECTIONS,
    ),
    # announcements
    _line("GET", _ANNOUNCEMENTS, announcements.index, "read"),
    _line("POST", f"{_ANNOUNCEMENTS}/<announcement_id>/dismiss", announcements.dismiss, _ACCOUNT),
    _line("PUT", _EMOJI, announcements.react, "write:favourites"),
    _line("DELETE", _EMOJI, announcements.unreact, "write:favourites"),
    # annual_reports
    _line("GET", "/api/v1/annual_reports", annual_reports.index, "read:accounts"),
    _line("GET", "/api/v1/annual_reports/<year>", annual_reports.show, "read:accounts"),
    _line("GET", "/api/v1/annual_reports/<year>/state", annual_reports.state, "read:accounts"),
    _line("POST", "/api/v1/annual_reports/<year>/generate", annual_reports.generate, _ACCOUNT),
    _line("POST", "/api/v1/annual_reports/<year>/read", annual_reports.read, _ACCOUNT),
    # async_refreshes
    _line("GET", "/api/v1_alpha/async_refreshes/<refresh_id>", async_refreshes.show, "read"),
    # accounts
    _line("GET", "/api/v1/accounts/verify_credentials", accounts.verify_credentials, "profile"),
    _pictures("/api/v1/accounts/update_credentials", profile.update_credentials),
    _line("GET", "/api/v1/accounts", accounts.show_many, _OPEN_ACCOUNTS),
    _line("GET", "/api/v1/accounts/lookup", accounts.lookup, _OPEN_ACCOUNTS),
    _line("GET", "/api/v1/accounts/relationships", accounts.relationships, "read:follows"),
    _line(
        "GET", "/api/v1/accounts/familiar_followers", accounts.familiar_followers, "read:follows"
    ),
    _account("GET", "", accounts.show, _OPEN_ACCOUNTS),
    _account("GET", "/statuses", accounts.statuses, _OPEN_STATUSES),
    _account("GET", "/followers", accounts.followers, _OPEN_ACCOUNTS),
    _account("GET", "/following", accounts.following, _OPEN_ACCOUNTS),
    _account("GET", "/featured_tags", featured_tags.of_account, _OPEN_ACCOUNTS),
    _account("GET", "/endorsements", endorsements.of_account, _OPEN_ACCOUNTS),
    _account("GET", "/lists", accounts.lists_with, "read:lists"),
    _account("GET", "/identity_proofs", accounts.identity_proofs, "read:accounts"),
    _account("POST", "/follow", relationships.follow, "write:follows"),
    _account("POST", "/unfollow", relationships.unfollow, "write:follows"),
    _account(
        "POST", "/remove_from_followers", relationships.remove_from_followers, "write:follows"
    ),
    _account("POST", "/block", relationships.block, "write:blocks"),
    _account("POST", "/unblock", relationships.unblock, "write:blocks"),
    _account("POST", "/mute", relationships.mute, "write:mutes"),
    _account("POST", "/unmute", relationships.unmute, "write:mutes"),
    _account("POST", "/note", relationships.note, _ACCOUNT),
    _account("POST", "/endorse", relationships.endorse, _ACCOUNT),
    _account("POST", "/unendorse", relationships.unendorse, _ACCOUNT),
    _account("POST", "/pin", relationships.endorse, _ACCOUNT),
    _account("POST", "/unpin", relationships.unendorse, _ACCOUNT),
    # blocks, mutes, domain_blocks
    _line("GET", "/api/v1/blocks", blocks.blocks, "read:blocks"),
    _line("GET", "/api/v1/mutes", blocks.mutes, "read:mutes"),
    _line("GET", "/api/v1/domain_blocks", blocks.domain_blocks, "read:blocks"),
    _line("POST", "/api/v1/domain_blocks", blocks.block_domain, "write:blocks"),
    _line("DELETE", "/api/v1/domain_blocks", blocks.unblock_domain, "write:blocks"),
    # endorsements, featured_tags, follow_requests
    _line("GET", "/api/v1/endorsements", endorsements.index, "read:accounts"),
    _line("GET", "/api/v1/featured_tags", featured_tags.index, "read:accounts"),
    _line("POST", "/api/v1/featured_tags", featured_tags.create, _ACCOUNT),
    _line("DELETE", "/api/v1/featured_tags/<featured_id>", featured_tags.remove, _ACCOUNT),
    _line("GET", "/api/v1/featured_tags/suggestions", featured_tags.suggestions, "read:accounts"),
    _line("GET", "/api/v1/follow_requests", follow_requests.index, "read:follows"),
    _line(
        "POST",
        "/api/v1/follow_requests/<account_id>/authorize",
        follow_requests.authorize,
        "write:follows",
    ),
    _line(
        "POST",
        "/api/v1/follow_requests/<account_id>/reject",
        follow_requests.reject,
        "write:follows",
    ),
    # profile, preferences
    _line("GET", "/api/v1/profile", profile.show, "profile"),
    _pictures("/api/v1/profile", profile.change),
    _line("DELETE", "/api/v1/profile/avatar", profile.remove_avatar, _ACCOUNT),
    _line("DELETE", "/api/v1/profile/header", profile.remove_header, _ACCOUNT),
    _line("GET", "/api/v1/preferences", preferences.show, "read:accounts"),
    # instance
    _line("GET", "/api/v2/instance", instances.show, PUBLIC),
    _line("GET", "/api/v1/instance", instances.show_v1, PUBLIC),
    _line("GET", "/api/v1/instance/activity", instances.activity, PUBLIC),
    _line("GET", "/api/v1/instance/peers", instances.peers, PUBLIC),
    _line("GET", "/api/v1/instance/domain_blocks", instances.domain_blocks, PUBLIC),
    _line("GET", "/api/v1/instance/rules", instances.rules, PUBLIC),
    _line("GET", "/api/v1/instance/extended_description", instances.extended_description, PUBLIC),
    _line("GET", "/api/v1/instance/privacy_policy", instances.privacy_policy, PUBLIC),
    _line("GET", "/api/v1/instance/terms_of_service", instances.terms_of_service, PUBLIC),
    _line("GET", "/api/v1/instance/terms_of_service/<day>", instances.terms_of_service, PUBLIC),
    _line("GET", "/api/v1/instance/languages", instances.all_languages, PUBLIC),
    _line("GET", "/api/v1/instance/translation_languages", instances.translations, PUBLIC),
    _line("GET", "/api/v1/custom_emojis", custom_emojis.index, PUBLIC),
    _line("GET", "/api/oembed", oembed.show, PUBLIC),
    _line("GET", "/health", health.show, PUBLIC),
    # media
    _upload("/api/v1/media", media.upload),
    _upload("/api/v2/media", media.upload),
    _line("GET", "/api/v1/media/<media_id>", media.show, "write:media"),
    _line("PUT", "/api/v1/media/<media_id>", media.change, "write:media"),
    _line("DELETE", "/api/v1/media/<media_id>", media.discard, "write:media"),
    # filters
    _line("GET", "/api/v2/filters", filters.index, "read:filters"),
    _line("POST", "/api/v2/filters", filters.create, "write:filters"),
    _line("GET", "/api/v2/filters/<filter_id>", filters.show, "read:filters"),
    _line("PUT", "/api/v2/filters/<filter_id>", filters.change, "write:filters"),
    _line("DELETE", "/api/v2/filters/<filter_id>", filters.remove, "write:filters"),
    _line("GET", "/api/v2/filters/<filter_id>/keywords", filters.keywords, "read:filters"),
    _line("POST", "/api/v2/filters/<filter_id>/keywords", filters.add_keyword, "write:filters"),
    _line("GET", "/api/v2/filters/keywords/<keyword_id>", filters.keyword, "read:filters"),
    _line("PUT", "/api/v2/filters/keywords/<keyword_id>", filters.change_keyword, "write:filters"),
    _line(
        "DELETE", "/api/v2/filters/keywords/<keyword_id>", filters.remove_keyword, "write:filters"
    ),
    _line("GET", "/api/v2/filters/<filter_id>/statuses", filters.statuses, "read:filters"),
    _line("POST", "/api/v2/filters/<filter_id>/statuses", filters.add_status, "write:filters"),
    _line("GET", "/api/v2/filters/statuses/<filtered_id>", filters.status, "read:filters"),
    _line(
        "DELETE", "/api/v2/filters/statuses/<filtered_id>", filters.remove_status, "write:filters"
    ),
    _line("GET", "/api/v1/filters", filters.first_index, "read:filters"),
    _line("POST", "/api/v1/filters", filters.first_create, "write:filters"),
    _line("GET", "/api/v1/filters/<keyword_id>", filters.first_show, "read:filters"),
    _line("PUT", "/api/v1/filters/<keyword_id>", filters.first_change, "write:filters"),
    _line("DELETE", "/api/v1/filters/<keyword_id>", filters.first_remove, "write:filters"),
    # statuses
    _line("POST", "/api/v1/statuses", statuses.create, "write:statuses"),
    _line("GET", "/api/v1/statuses", statuses.show_many, _OPEN_STATUSES),
    _line("GET", "/api/v1/statuses/<status_id>", statuses.show, _OPEN_STATUSES),
    _line("PUT", "/api/v1/statuses/<status_id>", statuses.change, "write:statuses"),
    _line("DELETE", "/api/v1/statuses/<status_id>", statuses.delete, "write:statuses"),
    _line("GET", "/api/v1/statuses/<status_id>/context", statuses.context, _OPEN_STATUSES),
    _line("GET", "/api/v1/statuses/<status_id>/history", statuses.history, _OPEN_STATUSES),
    _line("GET", "/api/v1/statuses/<status_id>/source", statuses.source, "read:statuses"),
    _line(
        "GET", "/api/v1/statuses/<status_id>/favourited_by", statuses.favourited_by, _OPEN_ACCOUNTS
    ),
    _line(
        "GET", "/api/v1/statuses/<status_id>/reblogged_by", statuses.reblogged_by, _OPEN_ACCOUNTS
    ),
    _press("favourite", statuses.favourite, "write:favourites"),
    _press("unfavourite", statuses.unfavourite, "write:favourites"),
    _press("reblog", statuses.reblog, "write:statuses"),
    _press("unreblog", statuses.unreblog, "write:statuses"),
    _press("bookmark", statuses.bookmark, "write:bookmarks"),
    _press("unbookmark", statuses.unbookmark, "write:bookmarks"),
    _press("mute", statuses.mute, "write:mutes"),
    _press("unmute", statuses.unmute, "write:mutes"),
    _press("translate", statuses.translate, "read:statuses"),
    _press("pin", statuses.pin, "write:accounts"),
    _press("unpin", statuses.unpin, "write:accounts"),
    _line("GET", "/api/v1/statuses/<status_id>/quotes", statuses.quotes, _OPEN_STATUSES),
    _press("quotes/<quoting_id>/revoke", statuses.revoke_quote, "write:statuses"),
    _line(
        "PUT",
        "/api/v1/statuses/<status_id>/interaction_policy",
        statuses.allow_quotes,
        "write:statuses",
    ),
    # reactions
    _line("GET", "/api/v1/pleroma/statuses/<status_id>/reactions", reactions.index, _OPEN_STATUSES),
    _line(
        "GET",
        "/api/v1/pleroma/statuses/<status_id>/reactions/<emoji>",
        reactions.index,
        _OPEN_STATUSES,
    ),
    _line(
        "PUT",
        "/api/v1/pleroma/statuses/<status_id>/reactions/<emoji>",
        reactions.put,
        "write:favourites",
    ),
    _line(
        "DELETE",
        "/api/v1/pleroma/statuses/<status_id>/reactions/<emoji>",
        reactions.remove,
        "write:favourites",
    ),
    # notifications
    _line("GET", "/api/v1/notifications", notifications.index, _TOLD),
    _line("POST", "/api/v1/notifications/clear", notifications.clear, _TELLS),
    _line("GET", "/api/v1/notifications/unread_count", notifications.unread_count, _TOLD),
    _line("GET", _REQUESTS, notification_requests.index, _TOLD),
    _line("GET", f"{_REQUESTS}/merged", notification_requests.merged, _TOLD),
    _line("POST", f"{_REQUESTS}/accept", notification_requests.accept_many, _TELLS),
    _line("POST", f"{_REQUESTS}/dismiss", notification_requests.dismiss_many, _TELLS),
    _line("GET", f"{_REQUESTS}/<request_id>", notification_requests.show, _TOLD),
    _line("POST", f"{_REQUESTS}/<request_id>/accept", notification_requests.accept, _TELLS),
    _line("POST", f"{_REQUESTS}/<request_id>/dismiss", notification_requests.dismiss, _TELLS),
    _line("GET", "/api/v1/notifications/<notification_id>", notifications.show, _TOLD),
    _line("POST", "/api/v1/notifications/<notification_id>/dismiss", notifications.dismiss, _TELLS),
    _line("GET", "/api/v1/notifications/policy", notification_requests.first_policy, _TOLD),
    _line(
        "PATCH", "/api/v1/notifications/policy", notification_requests.change_first_policy, _TELLS
    ),
    _line("GET", "/api/v2/notifications/policy", notification_requests.policy, _TOLD),
    _line("PATCH", "/api/v2/notifications/policy", notification_requests.change_policy, _TELLS),
    _line("GET", "/api/v2/notifications/unread_count", grouped_notifications.unread_count, _TOLD),
    _line("GET", "/api/v2/notifications", grouped_notifications.index, _TOLD),
    _line("POST", "/api/v2/notifications/clear", notifications.clear, _TELLS),
    _line("GET", _GROUP, grouped_notifications.show, _TOLD),
    _line("GET", f"{_GROUP}/accounts", grouped_notifications.accounts, _TOLD),
    _line("POST", f"{_GROUP}/dismiss", grouped_notifications.dismiss, _TELLS),
    # push
    _line("POST", "/api/v1/push/subscription", push.create, "push"),
    _line("GET", "/api/v1/push/subscription", push.show, "push"),
    _line("PUT", "/api/v1/push/subscription", push.change, "push"),
    _line("DELETE", "/api/v1/push/subscription", push.remove, "push"),
    # scheduled statuses
    _line("GET", "/api/v1/scheduled_statuses", scheduled.index, "read:statuses"),
    _line("GET", "/api/v1/scheduled_statuses/<scheduled_id>", scheduled.show, "read:statuses"),
    _line("PUT", "/api/v1/scheduled_statuses/<scheduled_id>", scheduled.change, "write:statuses"),
    _line(
        "DELETE", "/api/v1/scheduled_statuses/<scheduled_id>", scheduled.cancel, "write:statuses"
    ),
    # polls
    _line("GET", "/api/v1/polls/<poll_id>", polls.show, _OPEN_STATUSES),
    _line("POST", "/api/v1/polls/<poll_id>/votes", polls.vote, "write:statuses"),
    # timelines
    _line("GET", "/api/v1/timelines/home", timelines.read_home, "read:statuses"),
    _line("GET", "/api/v1/timelines/public", timelines.read_public, _OPEN_STATUSES),
    _line("GET", "/api/v1/timelines/bubble", timelines.read_bubble, _OPEN_STATUSES),
    _line("GET", "/api/v1/timelines/tag/<name>", timelines.read_hashtag, _OPEN_STATUSES),
    _line("GET", "/api/v1/timelines/list/<list_id>", timelines.read_list, "read:lists"),
    _line("GET", "/api/v1/timelines/direct", timelines.read_direct, "read:statuses"),
    _line("GET", "/api/v1/timelines/link", timelines.read_link, _OPEN_STATUSES),
    _line("GET", "/api/v1/favourites", timelines.read_favourites, "read:favourites"),
    _line("GET", "/api/v1/bookmarks", timelines.read_bookmarks, "read:bookmarks"),
    # lists
    _line("GET", "/api/v1/lists", lists.index, "read:lists"),
    _line("POST", "/api/v1/lists", lists.create, "write:lists"),
    _line("GET", "/api/v1/lists/<list_id>", lists.show, "read:lists"),
    _line("PUT", "/api/v1/lists/<list_id>", lists.change, "write:lists"),
    _line("DELETE", "/api/v1/lists/<list_id>", lists.delete, "write:lists"),
    _line("GET", "/api/v1/lists/<list_id>/accounts", lists.accounts, "read:lists"),
    _line("POST", "/api/v1/lists/<list_id>/accounts", lists.add, "write:lists"),
    _line("DELETE", "/api/v1/lists/<list_id>/accounts", lists.remove, "write:lists"),
    # conversations
    _line("GET", "/api/v1/conversations", conversations.index, "read:statuses"),
    _line(
        "POST",
        "/api/v1/conversations/<conversation_id>/read",
        conversations.read,
        "write:conversations",
    ),
    _line(
        "POST",
        "/api/v1/conversations/<conversation_id>/unread",
        conversations.unread,
        "write:conversations",
    ),
    _line(
        "DELETE",
        "/api/v1/conversations/<conversation_id>",
        conversations.remove,
        "write:conversations",
    ),
    # markers
    _line("GET", "/api/v1/markers", markers.show, "read:statuses"),
    _line("POST", "/api/v1/markers", markers.move, "write:statuses"),
    # search
    _line("GET", "/api/v2/search", search.search, f"{PUBLIC} read:search"),
    _line("GET", "/api/v1/accounts/search", search.accounts, "read:accounts"),
    # tags
    _line("GET", "/api/v1/tags/<name>", tags.show, PUBLIC),
    _line("POST", "/api/v1/tags/<name>/follow", tags.follow, "write:follows"),
    _line("POST", "/api/v1/tags/<name>/unfollow", tags.unfollow, "write:follows"),
    _line("POST", "/api/v1/tags/<name>/feature", tags.feature, "write:accounts"),
    _line("POST", "/api/v1/tags/<name>/unfeature", tags.unfeature, "write:accounts"),
    _line("GET", "/api/v1/followed_tags", tags.followed, "read:follows"),
    # trends
    _line("GET", "/api/v1/trends/tags", trends.tags, PUBLIC),
    _line("GET", "/api/v1/trends", trends.tags, PUBLIC),  # its name before 3.5, and in old apps
    _line("GET", "/api/v1/trends/statuses", trends.statuses, _OPEN_STATUSES),
    _line("GET", "/api/v1/trends/links", trends.links, PUBLIC),
    # suggestions, directory
    _line("GET", "/api/v2/suggestions", suggestions.index, "read"),
    _line("GET", "/api/v1/suggestions", suggestions.first_index, "read"),
    _line("DELETE", "/api/v1/suggestions/<account_id>", suggestions.dismiss, "write"),
    _line("GET", "/api/v1/directory", suggestions.directory, PUBLIC),
    # reports
    _line("POST", "/api/v1/reports", reports.create, "write:reports"),
)
