"""The commands `version`, `settings` and `check`: what this server is, and whether all works."""

import platform
from importlib import metadata
from pathlib import Path

import serving
from commands.results import Result
from instance.building import build, close
from instance.settings import Settings
from instance.settings_reading import markdown, shown_values

ROOT = Path(__file__).parents[1]


def version() -> Result:
    """Say which Kittiwake this is and what it runs on."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    number = text.partition('version = "')[2].partition('"')[0]
    libraries = {name: metadata.version(name) for name in ("quart", "hypercorn", "tortoise-orm")}
    data = {"version": number, "python": platform.python_version(), **libraries}
    return Result(f"Kittiwake {number} (Python {platform.python_version()})", data)


async def check(settings: Settings) -> Result:
    """Show the settings in force, without secrets, and whether what they name can be used."""
    instance = await build(settings)
    try:
        await instance.store.check()
        await instance.cache.check()
        await instance.blobs.check()
        is_current = await instance.store.is_current()
        if is_current:
            await serving.prepare(instance)
    finally:
        await close(instance)
    values = shown_values(settings)
    lines = [f"{name} = {value}" for name, value in values.items()]
    state = "up to date" if is_current else "not migrated yet: `serve` and `migrate` do it"
    lines += ["", f"address: {settings.base_url}", f"database: {state}", "All is well."]
    data = {"settings": values, "base_url": settings.base_url, "database_is_current": is_current}
    return Result("\n".join(lines), data)


def list_settings(settings: Settings, *, as_markdown: bool) -> Result:
    """Show all settings, or write the page about them."""
    if as_markdown:
        page = markdown(Settings)
        return Result(page.rstrip("\n"), {"markdown": page})
    values = shown_values(settings)
    return Result("\n".join(f"{name} = {value}" for name, value in values.items()), values)
