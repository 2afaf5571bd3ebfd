"""What is known of this server -> entities of the client API. Reads nothing."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NotRequired, TypedDict

from actors import profile
from federation.nodeinfo import features
from instance.settings import Settings
from posts import drafts, files, interactions
from storage.activity import Activity
from storage.records import HostRule, RegistrationMode, Site, SiteRule, SourceType
from users.site_texts import Published
from webapp import files as static
from webapp.mastodon import entities as e
from webapp.mastodon.accounts_rendering import instant

API_VERSION: Final = 10
"""Of Mastodon 4.6; https://docs.joinmastodon.org/api/versions/."""
LINK_LETTERS: Final = 23
FEATURED_TAGS_MAX: Final = 10
IMAGE_TYPES: Final = tuple(
    f"image/{kind}" for kind in ("jpeg", "png", "gif", "webp", "avif", "heic", "heif")
)


class _Near(TypedDict):
    """What is there where there is a bubble."""

    pleroma: NotRequired[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What files people may upload here."""

    mime_types: Sequence[str]
    image_bytes_max: int
    image_pixels_max: int
    video_bytes_max: int
    video_pixels_max: int
    video_frames_per_s_max: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of this server."""

    settings: Settings
    site: Site
    mode: RegistrationMode
    rules: Sequence[SiteRule]
    counts: Mapping[str, int]
    limits: Limits
    contact: e.Account | None
    vapid_key: str
    version: str
    has_terms: bool
    translates: bool
    wrapstodon: str | None


def instance(facts: Facts) -> e.Instance:
    """Render this server."""
    settings, site = facts.settings, facts.site
    base = settings.base_url
    banner = f"{base}{static.url('banner.webp')}"
    return {
        **_near(facts),
        "domain": settings.handles_at,
        "title": site.name,
        "version": facts.version,
        "source_url": base,
        "description": site.description,
        "usage": {"users": {"active_month": facts.counts["active_month"]}},
        "thumbnail": {
            "url": banner,
            "blurhash": None,
            "description": None,
            "versions": {"@1x": banner},
        },
        "icon": [{"src": f"{base}{static.url('mark.svg')}", "size": "512x512"}],
        "languages": ["en"],
        "configuration": _configuration(facts),
        "registrations": {
            "enabled": facts.mode in (RegistrationMode.OPEN, RegistrationMode.APPROVAL),
            "approval_required": facts.mode is RegistrationMode.APPROVAL,
            "reason_required": facts.mode is RegistrationMode.APPROVAL,
            "message": None,
            "min_age": None,
            "url": None,
        },
        "api_versions": {"mastodon": API_VERSION},
        "wrapstodon": facts.wrapstodon,
        "contact": {"email": site.contact_email, "account": facts.contact},
        "rules": [rule(each) for each in facts.rules],
    }


def v1_instance(facts: Facts) -> e.V1Instance:
    """Render this server for apps of before Mastodon 4.0."""
    newer, counts = instance(facts), facts.counts
    mode = facts.mode
    return {
        **_near(facts),
        "uri": newer["domain"],
        "title": newer["title"],
        "short_description": newer["description"],
        "description": newer["description"],
        "email": facts.site.contact_email,
        "version": newer["version"],
        "urls": {"streaming_api": newer["configuration"]["urls"]["streaming"]},
        "stats": {
            "user_count": counts["users"],
            "status_count": counts["posts"],
            "domain_count": counts["hosts"],
        },
        "thumbnail": newer["thumbnail"]["url"],
        "languages": newer["languages"],
        "registrations": newer["registrations"]["enabled"],
        "approval_required": newer["registrations"]["approval_required"],
        "invites_enabled": mode is not RegistrationMode.CLOSED,
        "configuration": newer["configuration"],
        "contact_account": facts.contact,
        "rules": newer["rules"],
    }


def _near(facts: Facts) -> _Near:
    """Where Akkoma says that there is a bubble (B121); apps take who has this key for Akkoma."""
    bubble = facts.settings.feeds.bubble
    return {"pleroma": {"metadata": {"features": list(features(bubble))}}} if bubble else {}


def _configuration(facts: Facts) -> dict[str, Any]:
    base = facts.settings.base_url
    return {
        "urls": {
            # ws:// where the server itself has no TLS: apps on test nets go there (INTEROP 17).
            "streaming": f"ws{base.removeprefix('http')}",
            "status": None,
            "about": f"{base}/about",
            "privacy_policy": f"{base}/privacy-policy",
            "terms_of_service": f"{base}/terms-of-service" if facts.has_terms else None,
        },
        "vapid": {"public_key": facts.vapid_key},
        "accounts": {
            "max_display_name_length": profile.NAME_LETTERS_MAX,
            "max_note_length": profile.BIO_LETTERS_MAX,
            "max_avatar_description_length": profile.ALT_LETTERS_MAX,
            "max_header_description_length": profile.ALT_LETTERS_MAX,
            "max_featured_tags": FEATURED_TAGS_MAX,
            "max_pinned_statuses": interactions.PINS_MAX,
            "max_profile_fields": profile.FIELDS_MAX,
            "profile_field_name_limit": profile.FIELD_LETTERS_MAX,
            "profile_field_value_limit": profile.FIELD_LETTERS_MAX,
        },
        "statuses": {
            "max_characters": facts.settings.limits.post_letters_max,
            "max_media_attachments": files.PER_POST_MAX,
            "characters_reserved_per_url": LINK_LETTERS,
            "supported_mime_types": list(SourceType),
        },
        "media_attachments": _media_attachments(facts.limits),
        "polls": {
            "max_options": drafts.POLL_OPTIONS_MAX,
            "max_characters_per_option": drafts.POLL_OPTION_LETTERS_MAX,
            "min_expiration": int(drafts.POLL_MIN.total_seconds()),
            "max_expiration": int(drafts.POLL_MAX.total_seconds()),
        },
        "translation": {"enabled": facts.translates},
        "timelines_access": {
            "live_feeds": {"local": "public", "remote": "public"},
            "hashtag_feeds": {"local": "public", "remote": "public"},
            "trending_link_feeds": {"local": "public", "remote": "public"},
        },
        "limited_federation": facts.settings.federation.allow_list,
    }


def _media_attachments(limits: Limits) -> dict[str, Any]:
    return {
        "description_limit": files.DESCRIPTION_LETTERS_MAX,
        "supported_mime_types": list(limits.mime_types),
        "image_size_limit": limits.image_bytes_max,
        "image_matrix_limit": limits.image_pixels_max,
        "video_size_limit": limits.video_bytes_max,
        "video_matrix_limit": limits.video_pixels_max,
        "video_frame_rate_limit": limits.video_frames_per_s_max,
    }


def rule(given: SiteRule) -> e.Rule:
    """Render a rule of this server."""
    return {"id": str(given.id), "text": given.text, "hint": given.hint, "translations": {}}


def text(given: Published) -> e.ExtendedDescription:
    """Render a text about this server, or its privacy policy."""
    return {"updated_at": instant(given.effective_at), "content": given.html}


def terms(given: Published) -> e.TermsOfService:
    """Render terms of service."""
    later = given.succeeded_by
    return {
        "effective_date": given.effective_at.date().isoformat(),
        "effective": given.is_in_force,
        "content": given.html,
        "succeeded_by": later.date().isoformat() if later is not None else None,
    }


def host_rule(given: HostRule) -> e.DomainBlock:
    """Render what is said of a server that is kept away; its name in part where that is wanted."""
    return {
        "domain": _half_hidden(given.host) if given.obfuscates else given.host,
        "digest": hashlib.sha256(given.host.encode()).hexdigest(),
        "severity": given.severity.value,
        "comment": given.public_comment or None,
    }


def _half_hidden(host: str) -> str:
    """`evil.example` as `evi*.****ple`: who knows the name knows it again."""
    shown = len(host) // 4
    return "".join(
        "*" if shown <= place < len(host) - shown and letter != "." else letter
        for place, letter in enumerate(host)
    )


def week(since: datetime, happened: Activity) -> e.WeekOfActivity:
    """Render what happened in a week; numbers are texts, as Mastodon writes them."""
    return {
        "week": str(int(since.timestamp())),
        "statuses": str(happened.posts),
        "logins": str(happened.log_ins),
        "registrations": str(happened.sign_ups),
    }
