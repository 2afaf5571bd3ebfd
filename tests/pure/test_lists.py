"""CSV lists: written as Mastodon does, read as all its versions wrote them (B125)."""

import pytest

from instance.errors import Invalid
from storage.records import ImportKind
from transfers import lists
from transfers.lists import Line


def test_b125_follows_are_written_with_mastodons_columns() -> None:
    made = lists.write(ImportKind.FOLLOWS, [["bob@far.test", "true", "false", "en, de"]])
    assert made == (
        "Account address,Show boosts,Notify on new posts,Languages\n"
        'bob@far.test,true,false,"en, de"\n'
    )
    assert lists.write(ImportKind.BLOCKS, [["bob@far.test"]]) == "bob@far.test\n"
    assert lists.write(ImportKind.MUTES, []) == "Account address,Hide notifications\n"


NAMES = "Account address,Show boosts,Notify on new posts,Languages"


@pytest.mark.parametrize(
    "text",
    [
        f"{NAMES}\nbob@far.test,false,true,en\n",
        f"\ufeff{NAMES}\r\nbob@far.test,false,true,en\r\n",
        "Account address,Languages,Notify on new posts,Show boosts\n@bob@FAR.test,en,true,false\n",
    ],
)
def test_b125_columns_are_found_by_their_names(text: str) -> None:
    (line,) = lists.read(ImportKind.FOLLOWS, text.encode())
    assert line == Line(1, ("bob@far.test", "false", "true", "en"))


def test_b125_old_lists_without_names_are_read_too() -> None:
    found = lists.read(ImportKind.FOLLOWS, b"bob@far.test\n\n@Carol@far.test\n")
    assert [line.cells[0] for line in found] == ["bob@far.test", "Carol@far.test"]
    assert all(lists.is_yes(line.cells[1]) for line in found)


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        (ImportKind.FOLLOWS, "not a handle"),
        (ImportKind.FOLLOWS, "bob"),
        (ImportKind.BLOCKS, "@"),
        (ImportKind.LISTS, "Friends"),
        (ImportKind.LISTS, ",bob@far.test"),
        (ImportKind.BOOKMARKS, "javascript:alert(1)"),
        (ImportKind.HOST_BLOCKS, "no host/at all"),
        (ImportKind.MUTES, "x" * 3000),
    ],
)
def test_b125_lines_that_are_wrong_are_named_one_by_one(kind: ImportKind, line: str) -> None:
    right = {
        ImportKind.LISTS: "Friends,bob@far.test",
        ImportKind.BOOKMARKS: "https://far.test/posts/1",
        ImportKind.HOST_BLOCKS: "far.test",
    }.get(kind, "bob@far.test")
    found = lists.read(kind, f"{right}\n{line}\n{right}\n".encode())
    assert [one.failure is None for one in found] == [True, False, True]


@pytest.mark.parametrize(
    "data",
    [b"", b"\n\n", b"Account address\n", b"\xff\xfe\x00", b'"open', b"x" * (lists.BYTES_MAX + 1)],
)
def test_files_that_are_no_lists_are_refused(data: bytes) -> None:
    """B125."""
    with pytest.raises(Invalid):
        lists.read(ImportKind.FOLLOWS, data)


def test_a_file_has_at_most_so_many_lines() -> None:
    """B125."""
    data = b"a@b.de\n" * (lists.LINES_MAX + 1)
    with pytest.raises(Invalid, match="lines"):
        lists.read(ImportKind.BLOCKS, data)


def test_what_is_written_is_read_again() -> None:
    """B125: also titles with everything in them."""
    rows = [['Fri"ends, and\nothers', "bob@far.test"], ["=1+1", "carol@far.test"]]
    read = lists.read(ImportKind.LISTS, lists.write(ImportKind.LISTS, rows).encode())
    assert [list(line.cells) for line in read] == rows
