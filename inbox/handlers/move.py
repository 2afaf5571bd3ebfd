"""An actor says that it lives elsewhere now; kept until followers can be taken along."""

from federation import vocabulary as v
from inbox.authentication import VerifiedActivity
from inbox.results import Result, recorded, refused
from instance.resources import Instance


async def move(instance: Instance, verified: VerifiedActivity[v.Move]) -> Result:  # noqa: ARG001 - the form of all handlers
    """Record a Move of the actor itself; nobody is moved by it yet (OR-17, OR-18)."""
    if verified.activity.object != verified.actor.uri:
        return refused("only the actor itself can move")
    return recorded("moves are not carried out yet")
