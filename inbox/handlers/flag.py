"""A report from another server; kept until there is somebody to read it."""

from federation import vocabulary as v
from inbox.authentication import VerifiedActivity
from inbox.results import Result, recorded
from instance.resources import Instance


async def flag(instance: Instance, verified: VerifiedActivity[v.Flag]) -> Result:  # noqa: ARG001 - the form of all handlers
    """Record a report whole; reports are read and forwarded by a later release."""
    return recorded("reports are not read yet")
