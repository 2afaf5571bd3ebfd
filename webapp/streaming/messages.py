"""What streams say: an event as it goes over a WebSocket, and as a server-sent event. Pure.

https://docs.joinmastodon.org/methods/streaming/#events
"""

from typing import Any, Final

import msgspec

BEAT: Final = b":thump\n"
GREETING: Final = b":)\n"
"""The first line of server-sent events: a comment, so that proxies pass the head on at once."""


class Message:
    """One event, written once for all who hear it by the same label."""

    __slots__ = ("_as_event", "_by_label", "event", "payload")

    def __init__(self, event: str, payload: str | None = None) -> None:
        self.event = event
        self.payload = payload
        self._by_label: dict[tuple[str, ...], str] = {}
        self._as_event = b""

    def for_socket(self, label: tuple[str, ...]) -> str:
        """The text of a WebSocket's frame; the payload is JSON as a text, as apps expect it."""
        found = self._by_label.get(label)
        if found is None:
            said: dict[str, Any] = {"stream": label, "event": self.event}
            if self.payload is not None:
                said["payload"] = self.payload
            found = self._by_label[label] = msgspec.json.encode(said).decode()
        return found

    def as_event(self) -> bytes:
        """A server-sent event; JSON has no line ends in it."""
        if not self._as_event:
            payload = "undefined" if self.payload is None else self.payload
            self._as_event = f"event: {self.event}\ndata: {payload}\n\n".encode()
        return self._as_event


def of_entity(event: str, entity: Any) -> Message:
    """An event whose payload is an entity of the client API."""
    return Message(event, msgspec.json.encode(entity).decode())


def mistake(words: str, status: int) -> str:
    """What a WebSocket is told that asked for something it does not get."""
    return msgspec.json.encode({"error": words, "status": status}).decode()
