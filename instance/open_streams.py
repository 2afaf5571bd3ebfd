"""`OpenStreams`: which streams are open in this process, by what they listen to; bounded.

It knows nothing of the web: who listens is put something, and that is all (`webapp/streaming/`).
"""

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Any, Final, Generic, TypeVar

from instance.errors import TooMany

CONNECTIONS_MAX: Final = 15_000
CONNECTIONS_PER_PERSON_MAX: Final = 50
SUBSCRIPTIONS_MAX: Final = 50
"""So many channels one connection listens to."""

C = TypeVar("C", bound=Hashable)


class OpenStreams(Generic[C]):
    """The connections of this process, and for each channel those that listen to it.

    What a connection gave as its label comes back with it.
    """

    def __init__(self) -> None:
        self.connections: dict[C, dict[Hashable, Any]] = {}
        self._by_channel: dict[Hashable, dict[C, Any]] = {}
        self._by_person: Counter[Hashable] = Counter()
        self._people: dict[C, Hashable] = {}
        self.pump: Any = None
        """What feeds them (`webapp/streaming/pump.py`)."""

    def check_room(self, person: Hashable) -> None:
        """Raise `TooMany` when there are too many connections of all or of a person."""
        is_full = len(self.connections) >= CONNECTIONS_MAX
        if is_full or self._by_person.get(person, 0) >= CONNECTIONS_PER_PERSON_MAX:
            raise TooMany("Too many open streams. Close one first.", retry_after_s=60)

    def open(self, connection: C, person: Hashable) -> None:
        """Let a connection in; raises `TooMany` when there is no room."""
        self.check_room(person)
        self._by_person[person] += 1
        self._people[connection] = person
        self.connections[connection] = {}

    def close(self, connection: C) -> None:
        """Forget a connection and all that it listens to; twice is once."""
        for channel in tuple(self.connections.get(connection, ())):
            self.unsubscribe(connection, channel)
        if self.connections.pop(connection, None) is None:
            return
        person = self._people.pop(connection)
        self._by_person[person] -= 1
        if not self._by_person[person]:
            del self._by_person[person]

    def subscribe(self, connection: C, channel: Hashable, label: Any) -> None:
        """Listen to a channel; raises `TooMany` when that are too many. Twice is once."""
        mine = self.connections[connection]
        if channel in mine:
            return
        if len(mine) >= SUBSCRIPTIONS_MAX:
            raise TooMany("Too many subscriptions.", retry_after_s=60)
        mine[channel] = label
        self._by_channel.setdefault(channel, {})[connection] = label

    def unsubscribe(self, connection: C, channel: Hashable) -> None:
        """Listen to a channel no more."""
        self.connections[connection].pop(channel, None)
        listening = self._by_channel.get(channel, {})
        listening.pop(connection, None)
        if not listening:
            self._by_channel.pop(channel, None)

    def listening(self, channel: Hashable) -> Mapping[C, Any]:
        """Return who listens to a channel, with the label of each."""
        return self._by_channel.get(channel, {})

    def channels(self) -> tuple[Hashable, ...]:
        """Return the channels that somebody listens to."""
        return tuple(self._by_channel)
