"""The targets of `make fuzz` in small: their corpus, and what hypothesis makes of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instance.errors import Failure
from tests.fuzz import corpus
from tests.fuzz.targets import TARGETS

# What breaks readers: pieces put into an input, or cut out of it.
_WORDS = (
    *(b"null", b"[]", b"{}", b'""', b"-1", b"1e999", b'"\\ud800"', b"[[[[", b'"as:Public"'),
    *(b"<p>", b"</", b"<!--", b"&#0;", b'","', b"\r\n", b"\x00", b"\xff", b'"id":[{}]'),
)
_PIECES = st.one_of(st.binary(max_size=6), st.sampled_from(_WORDS))


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_a_target_refuses_or_returns_for_all_that_was_recorded(target: str) -> None:
    """E11, A111: nothing that was ever sent raises what nobody expects."""
    inputs = corpus.of(target)
    assert len(inputs) >= 3
    assert sum(_run(target, data) for data in inputs) > 0


@pytest.mark.parametrize("target", sorted(TARGETS))
@settings(max_examples=60)
@given(data=st.data())
def test_a_target_refuses_or_returns_for_what_is_broken(target: str, data: st.DataObject) -> None:
    """E11, A111: recorded inputs, cut and pasted."""
    whole = data.draw(st.sampled_from(corpus.of(target)))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(whole)))
        end = data.draw(st.integers(start, min(len(whole), start + 12)))
        whole = whole[:start] + data.draw(_PIECES) + whole[end:]
    assert _run(target, whole) in {True, False}  # and raises nothing else


def _run(target: str, data: bytes) -> bool:
    """Whether it was taken rather than refused."""
    try:
        TARGETS[target](data)
    except Failure:
        return False
    return True
