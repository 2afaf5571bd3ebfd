"""Read a dataclass of settings from TOML and environment, and write its documentation; generic.

Knows types, not meanings: `instance/settings.py` says what there is and what fits together.
"""

import dataclasses
import tomllib
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from instance.errors import Misconfigured

PREFIX = "KITTIWAKE_"
TEST_PREFIX = "KITTIWAKE_TEST_"
TRUE = frozenset({"true", "yes", "on", "1"})
FALSE = frozenset({"false", "no", "off", "0"})
PORT_MAX = 65535
NUMBER_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One setting: its dotted name, its type, and what its field says about it."""

    name: str
    type: Any
    field: "dataclasses.Field[Any]"
    group_help: str

    @property
    def variable(self) -> str:
        """The name of its environment variable."""
        return variable_of(self.name)


@dataclass(frozen=True, slots=True)
class Given:
    """The settings that were read, and the names of those that somebody set."""

    settings: Any
    names: frozenset[str]


def variable_of(name: str) -> str:
    """Return the environment variable of a dotted name."""
    return PREFIX + name.upper().replace(".", "__")


def describe(name: str) -> str:
    """Return how a message names a setting: by its variable, which says the rest."""
    return variable_of(name)


def entries(settings_class: Any) -> Iterator[Entry]:
    """All settings of a dataclass and of the dataclasses in it, one level deep."""
    hints = typing.get_type_hints(settings_class)
    for one in dataclasses.fields(settings_class):
        kind = hints[one.name]
        if not dataclasses.is_dataclass(kind):
            yield Entry(one.name, kind, one, settings_class.__doc__)
            continue
        inner = typing.get_type_hints(kind)
        for part in dataclasses.fields(kind):
            yield Entry(f"{one.name}.{part.name}", inner[part.name], part, kind.__doc__ or "")


def read(settings_class: Any, variables: Mapping[str, str], toml_path: Path | None) -> Given:
    """Build the settings; raises `Misconfigured` naming the first one that is wrong."""
    known = {entry.name: entry for entry in entries(settings_class)}
    by_variable = {entry.variable: entry for entry in known.values()}
    values: dict[str, Any] = {}
    for name, value in _toml_values(toml_path):
        if name not in known:
            raise Misconfigured(f"{toml_path}: there is no setting {name}. {_look_up()}")
        values[name] = _convert(known[name], value, f"{toml_path}: {name}")
    for variable, text in sorted(variables.items()):
        if not variable.startswith(PREFIX) or variable.startswith(TEST_PREFIX):
            continue
        if variable not in by_variable:
            raise Misconfigured(f"{variable}: there is no such setting. {_look_up()}")
        entry = by_variable[variable]
        values[entry.name] = _convert(entry, text, variable)
    return Given(_build(settings_class, values), frozenset(values))


def _look_up() -> str:
    return "`python main.py settings` lists them all."


def _build(settings_class: Any, values: Mapping[str, Any]) -> Any:
    """Put dotted values where they belong."""
    outer: dict[str, Any] = {}
    inner: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        group, dot, part = name.partition(".")
        if dot:
            inner.setdefault(group, {})[part] = value
        else:
            outer[name] = value
    hints = typing.get_type_hints(settings_class)
    groups = {group: hints[group](**parts) for group, parts in inner.items()}
    return settings_class(**outer, **groups)


def _toml_values(path: Path | None) -> Iterator[tuple[str, Any]]:
    if path is None or not path.exists():
        return
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Misconfigured(f"{path}: cannot be read ({error}). Mend or remove it.") from error
    for name, value in document.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{part}", below) for part, below in value.items())
        else:
            yield name, value


def _convert(entry: Entry, value: Any, where: str) -> Any:
    """Turn what was written into the type of the field; raises `Misconfigured`."""
    try:
        made = _as_type(entry.type, value)
    except (ValueError, TypeError) as error:
        wanted = _wanted(entry)
        raise Misconfigured(f"{where}: {_shown(entry, value)} is not {wanted}.") from error
    choices = entry.field.metadata["choices"]
    least = entry.field.metadata["least"]
    is_number = isinstance(made, int | float) and not isinstance(made, bool)
    too_large = is_number and made > (PORT_MAX if entry.name.endswith("port") else NUMBER_MAX)
    if (choices and made not in choices) or (is_number and made < least) or too_large:
        raise Misconfigured(f"{where}: {_shown(entry, value)} is not {_wanted(entry)}.")
    return made


def _as_type(kind: Any, value: Any) -> Any:
    if kind is bool:
        return _as_bool(value)
    if kind is str:
        if not isinstance(value, str) or not value.isprintable():
            raise TypeError
        return value.strip()
    if kind is Path:
        if not isinstance(value, str) or not value.strip() or "\0" in value:
            raise TypeError
        return Path(value).expanduser()
    if kind in {int, float}:
        return _as_number(kind, value)
    parts = _as_parts(value)
    return tuple(parts) if kind == tuple[str, ...] else _as_networks(parts)


def _as_bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ValueError


def _as_number(kind: Any, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError
    made = kind(value)
    if made != made or made in {float("inf"), float("-inf")}:  # noqa: PLR0124 - finds NaN
        raise ValueError
    if kind is int and isinstance(value, float) and made != value:
        raise ValueError
    return made


def _as_parts(value: Any) -> list[str]:
    """Read words from a list, or from a text with commas or blanks between them."""
    parts = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise TypeError
    return parts


def _as_networks(parts: list[str]) -> Any:
    return tuple(ip_network(part, strict=False) for part in parts)


def _shown(entry: Entry, value: Any) -> str:
    return "what was given" if entry.field.metadata["secret"] else repr(value)


def _wanted(entry: Entry) -> str:
    choices, least = entry.field.metadata["choices"], entry.field.metadata["least"]
    if choices:
        return "one of " + ", ".join(choice or '""' for choice in choices)
    if entry.name.endswith("port"):
        return f"a port from 1 to {PORT_MAX}"
    words = {
        bool: "true or false",
        str: "a line of text",
        Path: "the path of a folder",
        int: f"a whole number from {least} to {NUMBER_MAX}",
        float: f"a number from {least} to {NUMBER_MAX}",
        tuple[str, ...]: "a list of hosts such as a.example, b.example",
    }
    return words.get(entry.type, "a list of networks such as 127.0.10.0/24, 10.0.0.0/8")


def shown_values(settings: Any) -> dict[str, str]:
    """All settings by dotted name as text; secrets only say whether they are set."""
    shown = {}
    for entry in entries(type(settings)):
        value = settings
        for part in entry.name.split("."):
            value = getattr(value, part)
        is_hidden = entry.field.metadata["secret"] and value
        shown[entry.name] = "(set)" if is_hidden else _as_text(value)
    return shown


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    return str(value)


def markdown(settings_class: Any) -> str:
    """Return `docs/settings.md`: every setting with its variable, default and meaning."""
    lines = [
        "# Settings",
        "",
        "Nothing is required to run on localhost; to federate, set the domain. Settings are read",
        "from `kittiwake.toml` in the working directory and from the environment, which wins:",
        "`url` of `[storage]` in the file is `KITTIWAKE_STORAGE__URL` in the environment.",
        "`python main.py check` shows what is in force.",
        "",
        "This page is made by `python main.py settings --markdown > docs/settings.md`.",
    ]
    group = None
    for entry in entries(settings_class):
        section = entry.name.rpartition(".")[0]
        if section != group:
            group = section
            title = f"[{section}]" if section else "At the top of the file"
            lines += ["", f"## {title}", "", entry.group_help, ""]
            lines += ["| setting | variable | default | meaning |", "|---|---|---|---|"]
        default = _as_text(entry.field.default)
        cells = (
            f"`{entry.name.rpartition('.')[2]}`",
            f"`{entry.variable}`",
            f"`{default}`" if default else "(empty)",
            _meaning(entry),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _meaning(entry: Entry) -> str:
    choices = [f"`{choice}`" for choice in entry.field.metadata["choices"] if choice]
    ending = f" One of {', '.join(choices)}." if choices else ""
    return f"{entry.field.metadata['help']}{ending}"
