"""Every event in every state of a follow or block."""

import pytest

from actors.relations import (
    Event,
    State,
    ask,
    check_two_people,
    follow_state,
    reverse_state_of,
    state_of,
    step,
)
from instance.errors import Conflict, Failure, Forbidden, Invalid
from storage.records import FollowState, Relationship

NONE, REQUESTED, FOLLOWING, BLOCKED = State

TABLE: dict[State, tuple[State | type[Failure], ...]] = {
    # state: request, follow, accept, end, block, unblock
    NONE: (REQUESTED, FOLLOWING, Conflict, NONE, BLOCKED, NONE),
    REQUESTED: (REQUESTED, FOLLOWING, FOLLOWING, NONE, BLOCKED, REQUESTED),
    FOLLOWING: (FOLLOWING, FOLLOWING, FOLLOWING, NONE, BLOCKED, FOLLOWING),
    BLOCKED: (Forbidden, Forbidden, Forbidden, BLOCKED, BLOCKED, NONE),
}
CASES = [
    (state, event, after)
    for state, row in TABLE.items()
    for event, after in zip(Event, row, strict=True)
]


@pytest.mark.parametrize(("state", "event", "after"), CASES)
def test_each_step(state: State, event: Event, after: State | type[Failure]) -> None:
    """FL-16, E121, E123: repeated and unasked events are harmless or named."""
    if isinstance(after, State):
        result = step(state, event)
        assert result.state is after
        assert result.is_change is (after is not state)
    else:
        with pytest.raises(after):
            step(state, event)


def test_or15_an_accept_nobody_asked_for_gives_nothing() -> None:
    with pytest.raises(Conflict):
        step(State.NONE, Event.ACCEPT)


def test_interop_16_after_unblock_one_can_follow_again() -> None:
    assert ask(step(BLOCKED, Event.UNBLOCK).state, is_locked=False).state is FOLLOWING


def test_a_locked_account_is_asked_and_an_open_one_followed() -> None:
    assert ask(NONE, is_locked=True).state is REQUESTED
    assert ask(NONE, is_locked=False).state is FOLLOWING
    assert ask(FOLLOWING, is_locked=True) == step(FOLLOWING, Event.REQUEST)


@pytest.mark.parametrize(
    ("relationship", "state", "reverse"),
    [
        (Relationship(), NONE, NONE),
        (Relationship(following=True), FOLLOWING, NONE),
        (Relationship(requested=True, followed_by=True), REQUESTED, FOLLOWING),
        (Relationship(requested_by=True), NONE, REQUESTED),
        (Relationship(blocking=True, following=True, followed_by=True), BLOCKED, BLOCKED),
        (Relationship(blocked_by=True, requested=True), BLOCKED, BLOCKED),
        (Relationship(muting=True, following=True), FOLLOWING, NONE),
    ],
)
def test_states_of_a_relationship(relationship: Relationship, state: State, reverse: State) -> None:
    assert state_of(relationship) is state
    assert reverse_state_of(relationship) is reverse


def test_what_is_stored() -> None:
    assert follow_state(FOLLOWING) is FollowState.ACCEPTED
    assert follow_state(REQUESTED) is FollowState.REQUESTED
    assert follow_state(NONE) is None
    assert follow_state(BLOCKED) is None


def test_nobody_follows_themselves() -> None:
    check_two_people(1, 2)
    with pytest.raises(Invalid):
        check_two_people(1, 1)
