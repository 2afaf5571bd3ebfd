"""What stands in the search index, and what is looked for there, for either database; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.records import RowId


@dataclass(frozen=True, slots=True)
class Entry:
    """The words of a post in their order, and marks: words that no text can hold."""

    post_id: RowId
    words: Sequence[str]
    marks: Sequence[str]


@dataclass(frozen=True, slots=True)
class Term:
    """A word, or several in a row; the last one may be the beginning of a word."""

    words: tuple[str, ...]
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """What a post must hold, all of it, and what it must not; at least one term is wanted."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...] = ()

    def for_sqlite(self) -> str:
        """As FTS5 reads it. Words hold letters, digits and `=#_`, no quotes."""
        wanted = " AND ".join(map(_fts5, self.wanted))
        if not self.unwanted:
            return wanted
        return f"({wanted}) NOT ({' OR '.join(map(_fts5, self.unwanted))})"

    def for_postgres(self) -> str:
        """As a tsquery."""
        return " & ".join(
            [*map(_tsquery, self.wanted), *(f"!{_tsquery(t)}" for t in self.unwanted)]
        )


def _fts5(term: Term) -> str:
    return f'"{" ".join(term.words)}"{" *" if term.is_prefix else ""}'


def _tsquery(term: Term) -> str:
    quoted = [f"'{word}'" for word in term.words]
    quoted[-1] += ":*" if term.is_prefix else ""
    return f"({' <-> '.join(quoted)})"
