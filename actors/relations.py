"""Following and blocking as pure state transitions; the same for local and remote people.

    none --request--> requested --accept--> following        (request of an open account: at once)
    requested | following --end--> none                      (unfollow, reject, remove follower)
    any --block--> blocked, both directions end;  blocked --unblock--> none

A state is one direction: how A stands to B. The other direction has its own.
"""

from dataclasses import dataclass
from enum import StrEnum

from instance.errors import Conflict, Forbidden, Invalid
from storage.records import FollowState, Relationship


class State(StrEnum):
    """How A stands to B. `BLOCKED`: one of the two blocks the other, whichever."""

    NONE = "none"
    REQUESTED = "requested"
    FOLLOWING = "following"
    BLOCKED = "blocked"


class Event(StrEnum):
    """What can happen to A's state towards B."""

    REQUEST = "request"  # A asks to follow B, who decides by hand
    FOLLOW = "follow"  # A asks to follow B, who takes everybody
    ACCEPT = "accept"  # B says yes
    END = "end"  # A unfollows, or B refuses or removes A
    BLOCK = "block"  # one blocks the other
    UNBLOCK = "unblock"  # no block is left between them


@dataclass(frozen=True, slots=True)
class Step:
    """The state after an event. `is_change` False: nothing to store, an answer may still be due."""

    state: State
    is_change: bool


_TABLE: dict[tuple[State, Event], State] = {
    (State.NONE, Event.REQUEST): State.REQUESTED,
    (State.NONE, Event.FOLLOW): State.FOLLOWING,
    (State.NONE, Event.END): State.NONE,
    (State.NONE, Event.BLOCK): State.BLOCKED,
    (State.NONE, Event.UNBLOCK): State.NONE,
    # INTEROP 8: a Follow works whatever was there before; an old request stays a request.
    (State.REQUESTED, Event.REQUEST): State.REQUESTED,
    (State.REQUESTED, Event.FOLLOW): State.FOLLOWING,
    (State.REQUESTED, Event.ACCEPT): State.FOLLOWING,
    (State.REQUESTED, Event.END): State.NONE,
    (State.REQUESTED, Event.BLOCK): State.BLOCKED,
    (State.REQUESTED, Event.UNBLOCK): State.REQUESTED,
    # E121: a Follow of somebody already followed is accepted again, never asked again.
    (State.FOLLOWING, Event.REQUEST): State.FOLLOWING,
    (State.FOLLOWING, Event.FOLLOW): State.FOLLOWING,
    (State.FOLLOWING, Event.ACCEPT): State.FOLLOWING,
    (State.FOLLOWING, Event.END): State.NONE,
    (State.FOLLOWING, Event.BLOCK): State.BLOCKED,
    (State.FOLLOWING, Event.UNBLOCK): State.FOLLOWING,
    (State.BLOCKED, Event.END): State.BLOCKED,
    (State.BLOCKED, Event.BLOCK): State.BLOCKED,
    (State.BLOCKED, Event.UNBLOCK): State.NONE,
}


def step(state: State, event: Event) -> Step:
    """The state after an event.

    Forbidden for a follow through a block; Conflict for an Accept that nobody asked for (FL-16,
    OR-15) - handlers of remote activities end quietly on both.
    """
    after = _TABLE.get((state, event))
    if after is None and state is State.BLOCKED:
        raise Forbidden("You cannot follow this person.", detail=f"{event} through a block")
    if after is None:
        raise Conflict("There is no follow request to accept.", detail=f"{event} in {state}")
    return Step(after, is_change=after is not state)


def is_barred(relationship: Relationship) -> bool:
    """Whether the two do not meet: one blocks the other, or the viewer the other's host (B90)."""
    return relationship.blocking or relationship.blocked_by or relationship.blocking_host


def state_of(relationship: Relationship) -> State:
    """How the viewer of a relationship stands to its target."""
    if is_barred(relationship):
        return State.BLOCKED
    if relationship.following:
        return State.FOLLOWING
    return State.REQUESTED if relationship.requested else State.NONE


def reverse_state_of(relationship: Relationship) -> State:
    """How the target of a relationship stands to its viewer."""
    if is_barred(relationship):
        return State.BLOCKED
    if relationship.followed_by:
        return State.FOLLOWING
    return State.REQUESTED if relationship.requested_by else State.NONE


def ask(state: State, *, is_locked: bool) -> Step:
    """A asks to follow B: accepted at once unless B decides by hand."""
    return step(state, Event.REQUEST if is_locked else Event.FOLLOW)


def follow_state(state: State) -> FollowState | None:
    """What is stored in the row of the follow; None: no row."""
    if state is State.FOLLOWING:
        return FollowState.ACCEPTED
    return FollowState.REQUESTED if state is State.REQUESTED else None


def check_two_people(actor_id: int, target_id: int) -> None:
    """Invalid when somebody means to follow, block or mute themselves."""
    if actor_id == target_id:
        raise Invalid("This is you: nobody can follow, block or mute themselves.")
