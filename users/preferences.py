"""What somebody prefers for posting and reading."""

import re
from dataclasses import dataclass, replace

from instance.errors import Invalid, NotFound
from instance.resources import Instance
from storage import users
from storage.records import Preferences, Rule, SourceType, Theme, User, Visibility

# The shape of a language tag (RFC 5646): a language, then at most a script and a region.
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{4})?(?:-(?:[A-Z]{2}|[0-9]{3}))?", re.ASCII)


def parse(old: Preferences, theme: str, language: str, default_visibility: str) -> Preferences:
    """Read what a form changes of preferences; raises `Invalid` with each wrong field."""
    wrong = {}
    if theme not in set(Theme):
        wrong["theme"] = f"Choose one of: {', '.join(Theme)}."
    if not _LANGUAGE.fullmatch(language):
        wrong["language"] = "Name a language such as en, de or pt-BR."
    if default_visibility not in set(Visibility):
        wrong["default_visibility"] = f"Choose one of: {', '.join(Visibility)}."
    if wrong:
        raise Invalid("These preferences cannot be kept.", fields=wrong)
    return replace(
        old,
        theme=Theme(theme),
        language=language,
        default_visibility=Visibility(default_visibility),
    )


def is_language(text: str) -> bool:
    """Whether a text is a language tag that may be kept."""
    return _LANGUAGE.fullmatch(text) is not None


def language_or_default(language: str) -> str:
    """Return a language tag that may be kept: what a browser says may be anything."""
    return language if _LANGUAGE.fullmatch(language) else Preferences().language


async def save(instance: Instance, user: User, preferences: Preferences) -> User:
    """Keep somebody's preferences."""
    async with instance.store.transaction():
        row = await users.find_locked(user.id)
        if row is None:
            raise NotFound("This account is gone.")
        changed = replace(row, preferences=preferences)
        await users.save(changed)
    return changed


@dataclass(frozen=True, slots=True)
class Change:
    """What an app wants otherwise; None leaves a thing as it is."""

    visibility: str | None = None
    is_sensitive: bool | None = None
    language: str | None = None
    quote: Rule | None = None
    source_type: SourceType | None = None


async def change(instance: Instance, user: User, wanted: Change) -> User:
    """Change some preferences. Raises `Invalid` with each wrong field."""
    if wanted == Change():
        return user
    old = user.preferences
    parsed = parse(
        old,
        old.theme,
        old.language if wanted.language is None else wanted.language,
        wanted.visibility or old.default_visibility,
    )
    policy = old.policy if wanted.quote is None else replace(old.policy, quote=wanted.quote)
    is_sensitive = old.default_sensitive if wanted.is_sensitive is None else wanted.is_sensitive
    changed = replace(
        parsed,
        policy=policy,
        default_sensitive=is_sensitive,
        source_type=wanted.source_type or old.source_type,
    )
    return await save(instance, user, changed)
