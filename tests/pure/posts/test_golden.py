"""Every recorded Create of the six servers becomes the post that was read by eye once.

`python -m tests.pure.posts.test_golden` writes the golden files again; read what changed.
"""

import json
from dataclasses import asdict
from typing import Any

import pytest

from posts.activitystreams import post_from_note
from storage.records import RowId, SourceType
from tests.pure.posts.samples import DATA, NOW, creates, note_of, people

GOLDEN = DATA / "golden" / "posts"


def golden(name: str) -> dict[str, Any]:
    note = note_of(name)
    known = people()
    author = known[note.attributed_to]
    post = post_from_note(note, id=RowId(1000), author=author, now=NOW, people=known)
    record = asdict(post)
    record["author"] = f"{author.username}@{author.host}"
    shown: dict[str, Any] = json.loads(json.dumps(record, default=str))
    # Nothing is said about what stands at its default.
    return {
        key: value
        for key, value in shown.items()
        if value not in (None, "", [], False, SourceType.PLAIN)
    }


@pytest.mark.parametrize("name", creates())
def test_each_recorded_create(name: str) -> None:
    """Done-when 4 of issue 2: author, text, visibility, warning, attachments, tags, mentions."""
    assert golden(name) == json.loads((GOLDEN / name).read_text())


def test_there_is_a_golden_file_for_each_recording_and_no_other() -> None:
    assert {path.name for path in GOLDEN.glob("*.json")} == set(creates())
    assert len(creates()) >= 24


def write() -> None:
    """Write all golden files."""
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name in creates():
        text = json.dumps(golden(name), indent=1, ensure_ascii=False, sort_keys=True)
        (GOLDEN / name).write_text(text + "\n")


if __name__ == "__main__":
    write()
