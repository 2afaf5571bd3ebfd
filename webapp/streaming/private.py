"""From a hint to what one person's streams say: notifications, filters that changed."""

from instance.hints import Hint, Kind
from instance.resources import Instance
from webapp.streaming.messages import Message
from webapp.streaming.streams import USER, Channel

FILTERS_CHANGED = "filters_changed"


async def tell(instance: Instance, hint: Hint) -> None:
    """Tell the open streams of this process what happened to one person."""
    match hint.kind, hint.ids:
        case Kind.FILTERS, (owner_id,):
            _say(instance, Channel(USER, str(owner_id)), Message(FILTERS_CHANGED))
        case _:
            return


def _say(instance: Instance, channel: Channel, message: Message) -> None:
    for connection, label in tuple(instance.streams.listening(channel).items()):
        connection.tell(message, label)
